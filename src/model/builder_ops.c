/* SPDX-License-Identifier: MIT */
/*
 * Ops and their operands, read off the letters of ops.h.
 *
 * An op that has a mistake is still added, so that loops stay matched and the next mistake is found
 * at its own place.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"

/* A custom slice is kept within these by the kernel. */
#define SLICE_LEAST_NS    (100 * USEC)
#define SLICE_GREATEST_NS (100 * MSEC)

enum { NICE_LEAST = -20, NICE_GREATEST = 19, RT_PRIORITY_GREATEST = 99, EXIT_CODE_GREATEST = 255 };
enum { SIGMA_GREATEST = 1000000, SLOT_A_GREATEST = UINT16_MAX - 1 };

u64 op_quantity_max(const struct builder *b, const struct op *op)
{
	return op->flags & OP_DIST ? dist_max(&b->dists.at[op->value]) : op->value;
}

u64 op_quantity_min(const struct builder *b, const struct op *op)
{
	return op->flags & OP_DIST ? dist_min(&b->dists.at[op->value]) : op->value;
}

static bool check_nice(struct builder *b, struct loc loc, s64 nice)
{
	if (nice >= NICE_LEAST && nice <= NICE_GREATEST)
		return true;
	return diag_error(b->diag, loc, "nice %" PRId64 " in task '%s': it must be %d..%d", nice,
			  b->task.name, NICE_LEAST, NICE_GREATEST);
}

static bool check_policy(struct builder *b, struct loc loc, const struct sched_attr *attr)
{
	const char *name = policy_name(attr->policy);
	bool rt = policy_is_rt(attr->policy);

	if (!rt && !policy_is_fair(attr->policy))
		return diag_error(b->diag, loc, "policy '%s' in task '%s' is not yet modelled", name,
				  b->task.name);
	if (rt && (attr->rt_priority < 1 || attr->rt_priority > RT_PRIORITY_GREATEST))
		return diag_error(b->diag, loc, "policy '%s' in task '%s' needs a priority of 1..%d",
				  name, b->task.name, RT_PRIORITY_GREATEST);
	if (!rt && attr->rt_priority)
		return diag_error(b->diag, loc, "priority %u in task '%s' goes with the policies 'fifo' "
				  "and 'rr', not with '%s'", attr->rt_priority, b->task.name, name);
	return true;
}

/* The slice as the kernel would take it, with a warning if that is another. */
static u64 check_slice(struct builder *b, struct loc loc, u64 slice_ns)
{
	u64 taken = clamp_to(slice_ns, SLICE_LEAST_NS, SLICE_GREATEST_NS);
	char given[16], used[16];

	if (slice_ns == 0)
		return 0;
	if (b->w.kernel.fair == FAIR_CFS) {
		diag_warning(b->diag, loc, "kernel %s has no custom slices: the slice of task '%s' is "
			     "ignored", b->w.kernel.name, b->task.name);
		return 0;
	}
	if (taken != slice_ns) {
		format_duration(slice_ns, given);
		format_duration(taken, used);
		diag_warning(b->diag, loc, "slice %s in task '%s': the kernel takes %s", given,
			     b->task.name, used);
	}
	return taken;
}

bool check_attr(struct builder *b, struct loc loc, struct sched_attr *attr)
{
	bool good = check_policy(b, loc, attr);

	good &= check_nice(b, loc, attr->nice);
	attr->slice_ns = check_slice(b, loc, attr->slice_ns);
	return good;
}

static bool check_empirical(struct builder *b, struct loc loc, const struct dist *dist)
{
	if (dist->nr == 0)
		return diag_error(b->diag, loc, "an empirical distribution needs values");
	if (dist->cumulative[dist->nr - 1] == 0)
		return diag_error(b->diag, loc, "the weights of an empirical distribution are all 0");
	for (u32 i = 0; dist->value_hi && i < dist->nr; i++)
		if (dist->value_hi[i] < dist->value[i])
			return diag_error(b->diag, loc, "bin %u of an empirical distribution ends "
					  "before it begins", i + 1);
	return true;
}

static bool check_dist(struct builder *b, struct loc loc, const struct dist *dist)
{
	if (dist->min > dist->max)
		return diag_error(b->diag, loc, "a distribution's min %" PRIu64 " is above its max %"
				  PRIu64, dist->min, dist->max);
	switch (dist->kind) {
	case DIST_UNIFORM:
		if (dist->a > dist->b)
			return diag_error(b->diag, loc, "a uniform distribution goes from the smaller "
					  "to the larger value");
		return true;
	case DIST_LOGNORMAL:
		if (dist->b > SIGMA_GREATEST)
			return diag_error(b->diag, loc, "sigma of a lognormal distribution is at most %d",
					  SIGMA_GREATEST / 1000);
		return true;
	case DIST_PARETO:
		if (dist->b == 0)
			return diag_error(b->diag, loc, "a pareto distribution needs an alpha above 0");
		return true;
	case DIST_EMPIRICAL:
		return check_empirical(b, loc, dist);
	default:
		return true;
	}
}

static const u64 *copy_values(struct builder *b, const u64 *from, u32 nr)
{
	if (!from)
		return NULL;
	u64 *to = arena_array(b->arena, u64, nr);

	memcpy(to, from, nr * sizeof(*to));
	return to;
}

static u64 add_dist(struct builder *b, const struct dist *given, u64 limit)
{
	struct dist dist = *given;

	dist.max = min_of(dist.max, max_of(limit, dist.min));
	if (dist.kind == DIST_EMPIRICAL) {
		dist.value = copy_values(b, dist.value, dist.nr);
		dist.value_hi = copy_values(b, dist.value_hi, dist.nr);
		dist.cumulative = copy_values(b, dist.cumulative, dist.nr);
	} else {
		dist.nr = 0;
		dist.value = dist.value_hi = dist.cumulative = NULL;
	}
	vec_push(&b->dists, dist);
	return b->dists.len - 1;
}

/* @limit: durations end within the time that can be simulated. */
static void set_quantity(struct builder *b, struct loc loc, struct op *op, const struct quantity *q,
			 u64 limit)
{
	if (q->is_dist && q->dist.kind != DIST_CONSTANT) {
		op->value = 1; /* for an op whose distribution is refused */
		if (!check_dist(b, loc, &q->dist))
			return;
		op->flags |= OP_DIST;
		op->value = add_dist(b, &q->dist, limit);
		return;
	}
	op->value = q->is_dist ? clamp_to(q->dist.a, q->dist.min, q->dist.max) : q->value;
	if (op->value > limit) {
		diag_error(b->diag, loc, "%s in task '%s' is too long: at most 52 days can be simulated",
			   op_infos[op->code].key, b->task.name);
		op->value = limit;
	}
}

static void set_duration(struct builder *b, struct loc loc, struct op *op, const struct quantity *q)
{
	set_quantity(b, loc, op, q, NEVER - 1);
	if (op->code == OP_TIMER && op_quantity_max(b, op) == 0)
		diag_error(b->diag, loc, "timer in task '%s' needs a period above 0", b->task.name);
	if (op->code == OP_SLICE && !(op->flags & OP_DIST))
		op->value = check_slice(b, loc, op->value);
}

static void set_integer(struct builder *b, struct loc loc, struct op *op, s64 value)
{
	if (op->code == OP_NICE)
		check_nice(b, loc, value);
	else if (value < 0 || value > EXIT_CODE_GREATEST)
		diag_error(b->diag, loc, "exit code %" PRId64 " in task '%s': it must be 0..%d", value,
			   b->task.name, EXIT_CODE_GREATEST);
	op->value = (u64)value;
}

static const char *required(struct builder *b, struct loc loc, const struct op *op, const char *name,
			    enum symbol_kind kind)
{
	if (name && *name)
		return name;
	diag_error(b->diag, loc, "%s in task '%s' needs the name of a %s", op_infos[op->code].key,
		   b->task.name, symbol_kind_names[kind]);
	return NULL;
}

/* What the op does with the resource: give (signal, post, write), take (wait, read) or neither. */
static void note_use(struct loc loc, const struct op *op, struct resource_use *use)
{
	bool gives = op->code == OP_COND_SIGNAL || op->code == OP_COND_BROADCAST ||
		     op->code == OP_SEM_POST || op->code == OP_PIPE_WRITE;

	if (gives) {
		use->given = true;
	} else if (!use->taken) {
		use->taken = true;
		use->taken_at = loc;
	}
}

static u32 use_resource(struct builder *b, struct loc loc, const struct op *op, const char *name,
			enum symbol_kind kind)
{
	name = required(b, loc, op, name, kind);
	if (!name)
		return 0;
	u32 index = resource_use(b, kind, name);

	note_use(loc, op, &b->uses[kind].at[index]);
	return index;
}

static void set_second_mutex(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	u32 index = use_resource(b, loc, op, name, SYMBOL_MUTEX);

	if (index > SLOT_A_GREATEST)
		diag_error(b->diag, loc, "%s in task '%s': only the first %d mutexes can be used here",
			   op_infos[op->code].key, b->task.name, SLOT_A_GREATEST + 1);
	op->a = (u16)index;
}

/* The op's slot is filled by builder_resolve.c. */
static void add_task_ref(struct builder *b, struct loc loc, const char *name)
{
	vec_push(&b->task_refs, (struct task_ref){
		.program = b->tasks.len,
		.op = b->ops.len,
		.name = arena_strdup(b->arena, name),
		.loc = loc,
	});
}

static void set_target(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	op->b = name ? 0 : TARGET_SELF;
	if (name)
		add_task_ref(b, loc, name);
}

static void set_template(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	if (op->code == OP_EXEC)
		op->a = name ? 0 : TEMPLATE_NONE;
	if (name)
		add_task_ref(b, loc, name);
	else if (op->code != OP_EXEC)
		diag_error(b->diag, loc, "%s in task '%s' needs the name of a template",
			   op_infos[op->code].key, b->task.name);
}

static void set_cpus(struct builder *b, struct loc loc, struct op *op, const char *text)
{
	if (!text) {
		diag_error(b->diag, loc, "affinity in task '%s' needs cpus", b->task.name);
	} else if (builder_cpus(b, loc, text)) {
		s64 index = symbol_find(&b->symbols, SYMBOL_CPUS, text, strlen(text));

		ensure(index >= 0);
		op->value = (u64)index;
	}
}

static void set_attr(struct builder *b, struct loc loc, struct op *op, const struct sched_attr *given)
{
	struct sched_attr attr = *given;

	check_attr(b, loc, &attr);
	vec_push(&b->attrs, attr);
	op->value = b->attrs.len - 1;
}

static void set_text(struct builder *b, struct loc loc, struct op *op, const char *text)
{
	if (!text) {
		diag_error(b->diag, loc, "%s in task '%s' needs a text", op_infos[op->code].key,
			   b->task.name);
		return;
	}
	u32 *slot = symbol_slot(&b->symbols, SYMBOL_TEXT, text);

	if (!*slot) {
		vec_push(&b->texts, arena_strdup(b->arena, text));
		*slot = b->texts.len;
	}
	op->b = *slot - 1;
}

static void set_operand(struct builder *b, struct loc loc, struct op *op, char letter,
			const struct op_operands *given)
{
	switch (letter) {
	case 'd':
		set_duration(b, loc, op, &given->quantity);
		break;
	case 'z':
	case 'n':
		set_quantity(b, loc, op, &given->quantity, UINT64_MAX);
		break;
	case 'i':
		set_integer(b, loc, op, given->integer);
		break;
	case 'm':
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_MUTEX);
		break;
	case 'M':
		set_second_mutex(b, loc, op, given->mutex);
		break;
	case 'c':
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_COND);
		break;
	case 'r':
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_BARRIER);
		break;
	case 's':
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_SEMAPHORE);
		break;
	case 'p':
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_PIPE);
		break;
	case 't':
		set_target(b, loc, op, given->task);
		break;
	case 'T':
		set_template(b, loc, op, given->task);
		break;
	case 'C':
		set_cpus(b, loc, op, given->cpus);
		break;
	case 'P':
		set_attr(b, loc, op, &given->attr);
		break;
	case 'x':
		set_text(b, loc, op, given->text);
		break;
	}
}

static void add_op(struct builder *b, struct loc loc, struct op op)
{
	vec_push(&b->ops, op);
	vec_push(&b->op_locs, loc);
}

static void open_loop(struct builder *b, struct loc loc, struct op op)
{
	if (b->depth == LOOP_DEPTH_MAX) {
		if (!b->too_deep++)
			diag_error(b->diag, loc, "loops in task '%s' are nested more than %d deep",
				   b->task.name, LOOP_DEPTH_MAX);
		return;
	}
	op.a = (u16)b->depth;
	b->loop_stack[b->depth++] = b->ops.len;
	b->deepest = max_of(b->deepest, b->depth);
	add_op(b, loc, op);
}

void builder_op(struct builder *b, struct loc loc, enum op_code code, const struct op_operands *operands)
{
	static const struct op_operands none;
	struct op op = { .code = (u8)code };

	ensure(b->open);
	ensure(code < NR_OPS && code != OP_END);
	for (const char *letter = op_infos[code].operands; *letter; letter++)
		set_operand(b, loc, &op, *letter, operands ? operands : &none);
	if (code == OP_LOOP)
		open_loop(b, loc, op);
	else
		add_op(b, loc, op);
}

void builder_end_loop(struct builder *b, struct loc loc)
{
	ensure(b->open);
	if (b->too_deep) {
		b->too_deep--;
		return;
	}
	ensure(b->depth > 0);
	u32 loop = b->loop_stack[--b->depth];

	b->ops.at[loop].b = b->ops.len;
	add_op(b, loc, (struct op){ .code = OP_END, .a = (u16)b->depth, .b = loop });
}
