/* SPDX-License-Identifier: MIT */
/*
 * What tasks share, declared: `mutexes`, `semaphores`, `pipes`, `barriers`, `conditions`,
 * `devices`, `futexes` and others.
 *
 * Only barriers and devices need a declaration; the others exist by being used and are declared to
 * differ from the default, or to let a reader see them at the top.
 */
#include "input/quantity.h"
#include "input/scenario.h"

static const u64 pipe_max = 1ULL << 31, pipe_default = 65536;

static void read_mutex(struct reader *r, const struct doc_node *node, const char *name)
{
	struct mutex_map {
		bool pi;
		struct mutex_spec spec;
	} m = {.spec.name = name};
	static const char *const types[] = {"normal", "errorcheck", "recursive"};
	static const struct field table[] = {
		FIELD("pi", FIELD_BOOL, struct mutex_map, pi),
		FIELD("protect", FIELD_UINT, struct mutex_map, spec.ceiling, .lowest = 1,
		      .highest = 99),
		FIELD("type", FIELD_WORD, struct mutex_map, spec.type, .words = types,
		      .nr_words = ARRAY_SIZE(types)),
		FIELD("robust", FIELD_BOOL, struct mutex_map, spec.robust),
	};
	const char *where = arena_printf(r->scratch, "mutex '%s'", clip_text(r, name));

	if (node->key && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	if (m.pi && m.spec.ceiling) {
		diag_error(r->diag, node->loc, "%s has 'pi' or 'protect', not both", where);
		return;
	}
	m.spec.kind = m.pi ? MUTEX_PI : m.spec.ceiling ? MUTEX_PROTECT : MUTEX_NORMAL;
	builder_mutex_spec(r->builder, node->key ? node->key_loc : node->loc, &m.spec);
}

/* It is one of a list of names, or there is nothing behind its name. */
static bool is_bare(const struct doc_node *node)
{
	return !node->key || node->kind == DOC_NULL;
}

static struct loc place_of(const struct doc_node *node)
{
	return node->key ? node->key_loc : node->loc;
}

static void read_semaphore(struct reader *r, const struct doc_node *node, const char *name)
{
	u64 value = 0;

	if (is_bare(node) || read_uint(r, node, 0, INT32_MAX, &value))
		builder_semaphore(r->builder, place_of(node), name, value);
}

static void read_pipe(struct reader *r, const struct doc_node *node, const char *name)
{
	struct pipe_map {
		const struct doc_node *capacity;
		bool eof, fifo;
	} m = {0};
	static const struct field table[] = {
		FIELD("capacity", FIELD_NODE, struct pipe_map, capacity),
		FIELD("eof", FIELD_BOOL, struct pipe_map, eof),
		FIELD("fifo", FIELD_BOOL, struct pipe_map, fifo),
	};
	const char *where = arena_printf(r->scratch, "pipe '%s'", clip_text(r, name));
	u64 capacity = pipe_default;

	if (!is_bare(node) && node->kind == DOC_SCALAR)
		m.capacity = node;
	else if (!is_bare(node) && !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	if (!m.capacity || read_size(r, m.capacity, 1, pipe_max, &capacity))
		builder_pipe(r->builder, place_of(node), name, capacity,
			     m.fifo  ? PIPE_FIFO
			     : m.eof ? PIPE_WITH_ENDS
				     : PIPE_ENDLESS);
}

static void read_barrier(struct reader *r, const struct doc_node *node, const char *name)
{
	u64 parties;

	if (read_uint(r, node, 1, INT32_MAX, &parties))
		builder_barrier(r->builder, node->key_loc, name, (u32)parties);
}

/* What is declared by its name alone. */
static void read_bare(struct reader *r, const struct doc_node *node, const char *name,
		      enum symbol_kind kind)
{
	if (node->key && node->kind != DOC_NULL)
		diag_error(r->diag, node->loc, "a %s has no value", symbol_kind_names[kind]);
	else
		builder_bare(r->builder, node->key ? node->key_loc : node->loc, kind, name);
}

static void read_condition(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_COND);
}

static void read_rwlock(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_RWLOCK);
}

static void read_kernel_mutex(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_KERNEL_MUTEX);
}

static void read_completion(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_COMPLETION);
}

static void read_kernel_semaphore(struct reader *r, const struct doc_node *node, const char *name)
{
	u64 value = 1;

	if (is_bare(node) || read_uint(r, node, 0, INT32_MAX, &value))
		builder_kernel_semaphore(r->builder, place_of(node), name, value);
}

static void read_rwsem(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_RWSEM);
}

static void read_spinlock(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_SPINLOCK);
}

static void read_wait_queue(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_WAIT_QUEUE);
}

static void read_timerfd(struct reader *r, const struct doc_node *node, const char *name)
{
	read_bare(r, node, name, SYMBOL_TIMERFD);
}

/* e: 3, or e: {value: 3, semaphore: true}. */
static void read_eventfd(struct reader *r, const struct doc_node *node, const char *name)
{
	struct eventfd_map {
		u64 value;
		bool semaphore;
	} m = {0};
	static const struct field table[] = {
		FIELD("value", FIELD_UINT, struct eventfd_map, value, .highest = UINT32_MAX),
		FIELD("semaphore", FIELD_BOOL, struct eventfd_map, semaphore),
	};
	const char *where = arena_printf(r->scratch, "eventfd '%s'", clip_text(r, name));

	if (node->key && node->kind == DOC_SCALAR && !read_uint(r, node, 0, UINT32_MAX, &m.value))
		return;
	if (node->key && node->kind != DOC_SCALAR && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	builder_eventfd(r->builder, node->key ? node->key_loc : node->loc, name, m.value,
			m.semaphore);
}

/* w: 3, or w alone. */
static void read_futex(struct reader *r, const struct doc_node *node, const char *name)
{
	u64 value = 0;

	if (node->key && node->kind != DOC_NULL && !read_uint(r, node, 0, UINT32_MAX, &value))
		return;
	builder_futex(r->builder, node->key ? node->key_loc : node->loc, name, (u32)value);
}

/* disk: hdd, or disk: {preset: hdd, depth: 4, ...}. */
static void read_device(struct reader *r, const struct doc_node *node, const char *name)
{
	struct device_map {
		struct device_options options;
		const struct doc_node *irq_cpu, *service, *seek;
	} m = {0};
	static const struct field table[] = {
		FIELD("preset", FIELD_TEXT, struct device_map, options.preset),
		FIELD("depth", FIELD_UINT, struct device_map, options.depth, .lowest = 1,
		      .highest = UINT32_MAX),
		FIELD("parallel", FIELD_UINT, struct device_map, options.parallel, .lowest = 1,
		      .highest = UINT32_MAX),
		FIELD("irq_cpu", FIELD_NODE, struct device_map, irq_cpu),
		FIELD("service", FIELD_NODE, struct device_map, service),
		FIELD("seek", FIELD_NODE, struct device_map, seek),
	};
	const char *where = arena_printf(r->scratch, "device '%s'", clip_text(r, name));
	struct device_options *o = &m.options;
	u64 cpu;

	if (node->kind == DOC_SCALAR)
		o->preset = node->text;
	else if (!fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	o->has_irq_cpu = m.irq_cpu;
	o->has_service = m.service;
	o->has_seek = m.seek;
	if (m.irq_cpu && read_uint(r, m.irq_cpu, 0, UINT32_MAX - 1, &cpu))
		o->irq_cpu = (u32)cpu;
	else if (m.irq_cpu)
		return;
	if ((m.service && !read_quantity(r, m.service, QUANTITY_DURATION, &o->service)) ||
	    (m.seek && !read_quantity(r, m.seek, QUANTITY_DURATION, &o->seek)))
		return;
	builder_device(r->builder, node->key_loc, name, o);
}

/* eth0: {every: {exponential: 20us}, ...}. */
static void read_netdev(struct reader *r, const struct doc_node *node, const char *name)
{
	struct netdev_map {
		struct netdev_options options;
		const struct doc_node *every, *irq, *packet, *wire, *listener;
		u64 request;
	} m = {.options.clean_ns = 200};
	static const struct field table[] = {
		FIELD("every", FIELD_NODE, struct netdev_map, every),
		FIELD("irq_cpu", FIELD_UINT, struct netdev_map, options.irq_cpu,
		      .highest = UINT32_MAX),
		FIELD("irq", FIELD_NODE, struct netdev_map, irq),
		FIELD("packet", FIELD_NODE, struct netdev_map, packet),
		FIELD("ring", FIELD_UINT, struct netdev_map, options.ring, .lowest = 1,
		      .highest = UINT32_MAX),
		FIELD("queue", FIELD_UINT, struct netdev_map, options.queue, .lowest = 1,
		      .highest = UINT32_MAX),
		FIELD("depth", FIELD_UINT, struct netdev_map, options.depth, .lowest = 1,
		      .highest = UINT32_MAX),
		FIELD("wire", FIELD_NODE, struct netdev_map, wire),
		FIELD("clean", FIELD_DURATION, struct netdev_map, options.clean_ns, .highest = SEC),
		FIELD("listener", FIELD_NODE, struct netdev_map, listener),
		FIELD("request", FIELD_SIZE, struct netdev_map, request, .lowest = 1,
		      .highest = 65535),
	};
	const char *where = arena_printf(r->scratch, "network device '%s'", clip_text(r, name));
	struct netdev_options *o = &m.options;

	if (node->kind != DOC_NULL && !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	if (m.listener && !read_name(r, m.listener, &o->listener))
		return;
	if (m.request && !m.listener)
		diag_error(r->diag, node->loc,
			   "%s has a 'request', but no 'listener' that is asked", where);
	o->request = (u32)m.request;
	o->has_every = m.every;
	o->has_irq = m.irq;
	o->has_packet = m.packet;
	o->has_wire = m.wire;
	if ((m.every && !read_quantity(r, m.every, QUANTITY_DURATION, &o->every)) ||
	    (m.irq && !read_quantity(r, m.irq, QUANTITY_DURATION, &o->irq)) ||
	    (m.packet && !read_quantity(r, m.packet, QUANTITY_DURATION, &o->packet)) ||
	    (m.wire && !read_quantity(r, m.wire, QUANTITY_DURATION, &o->wire)))
		return;
	builder_netdev(r->builder, node->key_loc, name, o);
}

void read_section(struct reader *r, const struct doc_node *section, bool list_allowed,
		  resource_read_fn read)
{
	const char *name = NULL;

	if (!section || section->kind == DOC_NULL)
		return;
	if (section->kind != DOC_MAP && !(section->kind == DOC_LIST && list_allowed)) {
		node_mismatch(r, section, list_allowed ? "a list or a map of names" : "a map");
		return;
	}
	doc_for_each (node, section) {
		if (section->kind == DOC_MAP ? read_key(r, node, &name) : read_name(r, node, &name))
			read(r, node, name);
	}
}

void scenario_resources(struct reader *r, const struct resource_sections *sections)
{
	read_section(r, sections->mutexes, true, read_mutex);
	read_section(r, sections->semaphores, true, read_semaphore);
	read_section(r, sections->pipes, true, read_pipe);
	read_section(r, sections->barriers, false, read_barrier);
	read_section(r, sections->conditions, true, read_condition);
	read_section(r, sections->devices, false, read_device);
	read_section(r, sections->rwlocks, true, read_rwlock);
	read_section(r, sections->eventfds, true, read_eventfd);
	read_section(r, sections->futexes, true, read_futex);
	read_section(r, sections->netdevs, false, read_netdev);
	read_section(r, sections->kernel_mutexes, true, read_kernel_mutex);
	read_section(r, sections->completions, true, read_completion);
	read_section(r, sections->kernel_semaphores, true, read_kernel_semaphore);
	read_section(r, sections->rwsems, true, read_rwsem);
	read_section(r, sections->spinlocks, true, read_spinlock);
	read_section(r, sections->wait_queues, true, read_wait_queue);
	read_section(r, sections->timerfds, true, read_timerfd);
}
