/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a workload: its fields in a fixed order, every integer as 8 little-endian
 * bytes, every list after its length. A new field that can change a run gets its line here, and if
 * older workloads do not have it, it is put only where it is used; costs, knobs and switches come by
 * themselves.
 */
#include "model/workload.h"

#include <endian.h>
#include <string.h>
#include <xxhash.h>

#include "base/ensure.h"

enum { BUFFER_SIZE = 4096 };

/* No name is that long. */
#define END_OF_NAMES UINT64_MAX

struct encoder {
	XXH3_state_t *state;
	size_t len;
	u8 buffer[BUFFER_SIZE];
};

static void flush(struct encoder *e)
{
	XXH3_64bits_update(e->state, e->buffer, e->len);
	e->len = 0;
}

static void put(struct encoder *e, u64 value)
{
	u64 little = htole64(value);

	if (e->len + sizeof(little) > BUFFER_SIZE)
		flush(e);
	memcpy(e->buffer + e->len, &little, sizeof(little));
	e->len += sizeof(little);
}

/* The text's length, its bytes, zeros to a multiple of 8. */
static void put_text(struct encoder *e, const char *text)
{
	size_t len = strlen(text);

	put(e, len);
	for (size_t i = 0; i < len; i += 8) {
		u64 word = 0;

		for (size_t k = 0; k < 8 && i + k < len; k++)
			word |= (u64)(u8)text[i + k] << 8 * k;
		put(e, word);
	}
}

/*
 * What stands in a list that grows (costs, knobs, switches) is told by name, and only where it is
 * not what it would be by itself: a new row of the list leaves the digests of old workloads alone.
 */
static void put_if_set(struct encoder *e, const char *name, u64 value, u64 usual)
{
	if (value == usual)
		return;
	put_text(e, name);
	put(e, value);
}

static void put_mask(struct encoder *e, const struct cpumask *mask)
{
	put(e, mask ? mask->nr_words : 0);
	for (u32 i = 0; mask && i < mask->nr_words; i++)
		put(e, mask->word[i]);
}

static void put_attr(struct encoder *e, const struct sched_attr *attr)
{
	put(e, attr->policy);
	put(e, (u64)(s64)attr->nice);
	put(e, attr->rt_priority);
	put(e, attr->reset_on_fork);
	put(e, attr->slice_ns);
	if (attr->policy != POLICY_DEADLINE)
		return;
	put(e, attr->dl_runtime);
	put(e, attr->dl_deadline);
	put(e, attr->dl_period);
	put(e, attr->dl_flags);
}

static void put_values(struct encoder *e, const u64 *values, u32 nr)
{
	put(e, values ? nr : 0);
	for (u32 i = 0; values && i < nr; i++)
		put(e, values[i]);
}

static void put_dist(struct encoder *e, const struct dist *dist)
{
	put(e, dist->kind);
	put(e, dist->a);
	put(e, dist->b);
	put(e, dist->min);
	put(e, dist->max);
	put_values(e, dist->value, dist->nr);
	put_values(e, dist->value_hi, dist->nr);
	put_values(e, dist->cumulative, dist->nr);
}

static u32 nr_other_costs(const struct costs *costs, const struct costs *preset)
{
	u32 nr = 0;

	for (u32 i = 0; i < NR_COSTS; i++)
		nr += ((const u64 *)costs)[i] != ((const u64 *)preset)[i];
	return nr;
}

/* The preset that is nearest, and what differs from it. */
static void put_costs(struct encoder *e, const struct costs *costs)
{
	struct costs nearest, preset;
	const char *name = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(cost_preset_names); i++) {
		ensure(costs_preset(cost_preset_names[i], &preset));
		if (name && nr_other_costs(costs, &preset) >= nr_other_costs(costs, &nearest))
			continue;
		name = cost_preset_names[i];
		nearest = preset;
	}
	put_text(e, name);
	for (u32 i = 0; i < NR_COSTS; i++)
		put_if_set(e, cost_names[i], ((const u64 *)costs)[i], ((const u64 *)&nearest)[i]);
	put(e, END_OF_NAMES);
}

/* Of a machine without turns: nothing. */
static void put_turns(struct encoder *e, const struct platform *p)
{
	if (!p->turns_per_second)
		return;
	put_text(e, "turns");
	put(e, p->turns_per_second);
	put(e, p->turn_phase_ns);
	put(e, p->turn_unnoticed_ns);
}

/* The shape is told by the completed tables, so that two ways to write it are one machine. */
static void put_platform(struct encoder *e, const struct platform *p)
{
	put(e, p->nr_cpus);
	for (u32 i = 0; i < p->nr_cpus; i++) {
		const struct platform_cpu *cpu = &p->cpu[i];

		put(e, (u64)cpu->core | (u64)cpu->cluster << 16 | (u64)cpu->llc << 32);
		put(e, (u64)cpu->socket | (u64)cpu->node << 16);
	}
	put(e, p->nodes);
	for (u32 i = 0; i < p->nodes * p->nodes; i++)
		put(e, p->distance[i]);
	put(e, p->hz);
	put(e, p->tick_phase_ns);
	put_if_set(e, "uptime", p->uptime_ns, 0);
	put_if_set(e, "load_phase", p->load_phase_ns, 0);
	put(e, p->skew_tick);
	put(e, p->nohz_idle);
	put(e, p->preempt);
	put(e, p->pid_max);
	put_if_set(e, "threads_max", p->threads_max, 0);
	put(e, p->kernel_threads);
	if (p->rcu)
		put_text(e, "rcu");
	put_costs(e, &p->costs);
	if (p->irq_time_accounting)
		put_text(e, "irq time accounting");
	if (p->lazy_fpu)
		put_text(e, "lazy fpu");
	put_if_set(e, "last pid", p->last_pid, 0);
	put_if_set(e, "softirq lag", p->softirq_lag_ns, 0);
	put_if_set(e, "newidle ratio", p->newidle_ratio, 512);
	put_turns(e, p);
}

static void put_kernel(struct encoder *e, const struct kernel *kernel, u32 nr_cpus)
{
	struct kernel row = kernel_for_cpus(kernel_find(kernel->name), nr_cpus);
	struct knobs knobs = kernel->knobs;

	put_text(e, kernel->name);
	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		put_if_set(e, feature_names[i], (u64)(kernel->features >> i & 1),
			   (u64)(row.features >> i & 1));
	for (u32 i = 0; i < NR_KNOBS; i++)
		put_if_set(e, knob_names[i], *knob_at(&knobs, i), *knob_at(&row.knobs, i));
	put(e, END_OF_NAMES);
}

static void put_task(struct encoder *e, const struct task_spec *task)
{
	put_text(e, task->name);
	put_text(e, task_spec_comm(task));
	put(e, task->count);
	put(e, task->is_template);
	put(e, task->birth);
	put_attr(e, &task->attr);
	put_mask(e, task->affinity);
	put(e, task->start_ns);
	put(e, task->start_step_ns);
	put(e, task->thread_of);
	put(e, task->timer_slack_ns);
	put(e, task->program);
	put_if_set(e, "group", task->group, GROUP_INHERITED);
	put_if_set(e, "session", task->session, false);
	put_if_set(e, "nproc", task->limit_nproc, 0);
	put_if_set(e, "user", task->user, 0);
	put_if_set(e, "pages", task->memory.pages, 0);
	put_if_set(e, "resident", task->memory.resident, 0);
	put_if_set(e, "file pages", task->memory.files, 0);
	put_if_set(e, "vmas", task->memory.vmas, 0);
	put_if_set(e, "rttime", task->limit_rttime.soft, 0);
	put_if_set(e, "rttime hard", task->limit_rttime.hard, 0);
	put_if_set(e, "cpu", task->limit_cpu.soft, 0);
	put_if_set(e, "cpu hard", task->limit_cpu.hard, 0);
	put_if_set(e, "kthread", task->kthread, false);
}

static void put_program(struct encoder *e, const struct program *program)
{
	put(e, program->nr_ops);
	for (u32 i = 0; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i];

		u64 flags = op->flags & (u32)~OP_IMPLICIT;

		put(e, (u64)op->code | flags << 8 | (u64)op->a << 16 | (u64)op->b << 32);
		put(e, op->value);
	}
}

static void put_device(struct encoder *e, const struct device_spec *device)
{
	put_text(e, "device");
	put(e, device->depth);
	put(e, device->parallel);
	put(e, device->irq_cpu);
	put(e, device->nr_parts);
	for (u32 i = 0; i < device->nr_parts; i++)
		put_dist(e, &device->part[i]);
}

static void put_netdev(struct encoder *e, const struct netdev_spec *dev)
{
	put_text(e, "netdev");
	put(e, dev->irq_cpu);
	put(e, (u64)dev->ring << 32 | dev->queue);
	put(e, (u64)dev->depth << 1 | dev->receives);
	put(e, dev->clean_ns);
	put_dist(e, &dev->every);
	put_dist(e, &dev->irq);
	put_dist(e, &dev->packet);
	put_dist(e, &dev->wire);
	put_if_set(e, "listener", dev->listener, 0);
	put_if_set(e, "request", dev->request, 0);
}

static void put_mutex(struct encoder *e, const struct mutex_spec *mutex)
{
	put(e, mutex->kind);
	put_if_set(e, "type", mutex->type, MUTEX_PLAIN);
	put_if_set(e, "ceiling", mutex->ceiling, 0);
	put_if_set(e, "robust", mutex->robust, false);
}

static void put_ttys(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_ttys; i++) {
		put_text(e, "tty");
		put(e, w->ttys[i].tostop);
		for (u32 k = 0; k < w->ttys[i].nr_events; k++) {
			put(e, w->ttys[i].events[k].at_ns);
			put(e, w->ttys[i].events[k].bytes);
			put(e, w->ttys[i].events[k].key);
		}
	}
}

static void put_polls(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_signalfds; i++) {
		put_text(e, "signalfd");
		put(e, w->signalfds[i].signals);
	}
	for (u32 i = 0; i < w->nr_polled; i++) {
		put_text(e, "polled");
		put(e, op_watch_pack(w->polled[i]));
	}
}

static void put_messages(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_sem_sets; i++) {
		put_text(e, "sem set");
		put(e, w->sem_sets[i].nr);
		for (u32 k = 0; k < w->sem_sets[i].nr; k++)
			put(e, (u64)w->sem_sets[i].values[k]);
	}
	for (u32 i = 0; i < w->nr_sem_calls; i++) {
		put_text(e, "semop");
		put(e, w->sem_calls[i].timeout_ns);
		for (u32 k = 0; k < w->sem_calls[i].nr; k++) {
			const struct sem_op *op = &w->sem_ops[w->sem_calls[i].first + k];

			put(e, (u64)op->sem << 1 | op->undo);
			put(e, (u64)(s64)op->add);
		}
	}
	for (u32 i = 0; i < w->nr_msg_queues; i++) {
		put_text(e, "msg queue");
		put(e, w->msg_queues[i].bytes);
	}
	for (u32 i = 0; i < w->nr_ksems; i++) {
		put_text(e, "ksem");
		put(e, w->ksems[i].value);
	}
	for (u32 i = 0; i < w->nr_shms; i++) {
		put_text(e, "shm");
		put(e, w->shms[i].pages);
	}
	for (u32 i = 0; i < w->nr_mqueues; i++) {
		put_text(e, "mqueue");
		put(e, w->mqueues[i].most);
	}
}

static void put_futex_calls(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_futex_calls; i++) {
		const struct futex_call *call = &w->futex_calls[i];

		put_text(e, "futex call");
		put(e, (u64)call->bitset << 32 | call->value);
		put(e, (u64)call->requeue << 32 | call->wake);
		put(e, (u64)call->to << 1 | call->compare);
		put(e, call->timeout_ns);
		put_if_set(e, "change", call->change, FUTEX_CHANGE_SET);
		put_if_set(e, "relation", call->relation, FUTEX_IS_EQ);
		put_if_set(e, "with", (u64)(s64)call->with, 0);
	}
}

static void put_resources(struct encoder *e, const struct workload *w)
{
	put(e, w->nr_mutexes);
	for (u32 i = 0; i < w->nr_mutexes; i++)
		put_mutex(e, &w->mutexes[i]);
	put(e, w->nr_conds);
	put(e, w->nr_barriers);
	for (u32 i = 0; i < w->nr_barriers; i++)
		put(e, w->barriers[i].parties);
	put(e, w->nr_semaphores);
	for (u32 i = 0; i < w->nr_semaphores; i++)
		put(e, w->semaphores[i].value);
	put(e, w->nr_pipes);
	for (u32 i = 0; i < w->nr_pipes; i++)
		put(e, w->pipes[i].capacity);
	for (u32 i = 0; i < w->nr_pipes; i++)
		if (w->pipes[i].eof) {
			put_text(e, w->pipes[i].fifo ? "fifo" : "eof");
			put(e, i);
		}
	for (u32 i = 0; i < w->nr_futexes; i++) {
		put_text(e, "futex");
		put(e, w->futexes[i].value);
	}
	for (u32 i = 0; i < w->nr_set_tids; i++) {
		put_text(e, "set_tid");
		put(e, w->set_tids[i].nr);
		for (u32 k = 0; k < w->set_tids[i].nr; k++)
			put(e, w->set_tids[i].tid[k]);
	}
	put_futex_calls(e, w);
	for (u32 i = 0; i < w->nr_eventfds; i++) {
		put_text(e, "eventfd");
		put(e, w->eventfds[i].value);
		put(e, w->eventfds[i].semaphore);
	}
	for (u32 i = 0; i < w->nr_epolls; i++) {
		put_text(e, "epoll");
		put(e, w->epolls[i].private);
	}
	for (u32 i = 0; i < w->nr_sockets; i++) {
		put_text(e, "socket");
		put(e, w->sockets[i].sndbuf);
		put(e, w->sockets[i].eof);
		put_if_set(e, "kind", w->sockets[i].kind, SOCKET_STREAM);
	}
	for (u32 i = 0; i < w->nr_listeners; i++) {
		put_text(e, "listener");
		put(e, w->listeners[i].backlog);
		put(e, w->listeners[i].sndbuf);
		put_if_set(e, "reuseport", w->listeners[i].sockets, 1);
	}
	put_ttys(e, w);
	put_polls(e, w);
	put_messages(e, w);
	for (u32 i = 0; i < w->nr_timer_settings; i++) {
		put_text(e, "timer");
		put(e, w->timer_settings[i].value);
		put(e, w->timer_settings[i].interval);
	}
	for (u32 i = 0; i < w->nr_devices; i++)
		put_device(e, &w->devices[i]);
	for (u32 i = 0; i < w->nr_netdevs; i++)
		put_netdev(e, &w->netdevs[i]);
}

/* Workloads without groups say nothing about them. */
static void put_groups(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_groups; i++) {
		const struct group_spec *group = &w->groups[i];

		put_text(e, group->name);
		put(e, group->parent);
		put(e, group->shares);
		put(e, group->idle);
		put(e, group->quota_ns);
		put(e, group->period_ns);
		put(e, group->burst_ns);
		put_if_set(e, "pids_max", group->pids_max, 0);
	}
}

static void put_group_changes(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_group_changes; i++) {
		const struct group_change *change = &w->group_changes[i];

		put(e, change->group);
		put(e, change->what);
		put(e, change->shares);
		put(e, change->quota_ns);
		put(e, change->period_ns);
		put(e, change->burst_ns);
		if (change->what & GROUP_SETS_IDLE)
			put(e, change->idle);
		if (change->what & GROUP_SETS_FREEZE)
			put(e, change->freeze);
	}
}

static void put_tables(struct encoder *e, const struct workload *w)
{
	put(e, w->nr_dists);
	for (u32 i = 0; i < w->nr_dists; i++)
		put_dist(e, &w->dists[i]);
	put(e, w->nr_masks);
	for (u32 i = 0; i < w->nr_masks; i++)
		put_mask(e, w->masks[i]);
	put(e, w->nr_attrs);
	for (u32 i = 0; i < w->nr_attrs; i++)
		put_attr(e, &w->attrs[i]);
	put(e, w->nr_texts);
	for (u32 i = 0; i < w->nr_texts; i++)
		put_text(e, w->texts[i]);
}

/* A shared object goes by its name, not by where it lies. */
static void put_ext(struct encoder *e, const struct ext_spec *ext)
{
	const char *slash = strrchr(ext->policy, '/');

	put_text(e, "ext");
	put_text(e, slash ? slash + 1 : ext->policy);
	put(e, ext->partial);
	put(e, ext->slice_ns);
	put(e, ext->timeout_ns);
	put(e, ext->load_ns);
	put(e, ext->unload_ns);
	put(e, ext->nr_options);
	for (u32 i = 0; i < ext->nr_options; i++) {
		put_text(e, ext->options[i].name);
		put(e, ext->options[i].value);
	}
}

/* Workloads without are as they were before there were any. */
static void put_cpu_events(struct encoder *e, const struct workload *w)
{
	if (!w->nr_cpu_events)
		return;
	put_text(e, "cpu events");
	put(e, w->nr_cpu_events);
	for (u32 i = 0; i < w->nr_cpu_events; i++) {
		put(e, w->cpu_events[i].at);
		put(e, (u64)w->cpu_events[i].cpu << 1 | w->cpu_events[i].online);
	}
}

static void put_irqs(struct encoder *e, const struct workload *w)
{
	if (!w->nr_irqs)
		return;
	put_text(e, "irqs");
	put(e, w->nr_irqs);
	for (u32 i = 0; i < w->nr_irqs; i++) {
		put_text(e, w->irqs[i].name); /* its random stream */
		put_mask(e, w->irqs[i].cpus);
		if (w->irqs[i].has_first)
			put_dist(e, &w->irqs[i].first);
		put_dist(e, &w->irqs[i].every);
		put_dist(e, &w->irqs[i].time);
		put_dist(e, &w->irqs[i].softirq);
	}
}

u64 workload_digest(const struct workload *workload)
{
	struct encoder e = {.state = XXH3_createState()};

	if (!e.state)
		die("out of memory");
	XXH3_64bits_reset(e.state);
	put(&e, workload->seed);
	put(&e, workload->duration_ns);
	put_platform(&e, &workload->platform);
	if (workload->model == MODEL_LINUX)
		put_kernel(&e, &workload->kernel, workload->platform.nr_cpus);
	else
		put_text(&e, workload_model_names[workload->model]);
	put_cpu_events(&e, workload);
	put_irqs(&e, workload);
	put(&e, workload->nr_tasks);
	for (u32 i = 0; i < workload->nr_tasks; i++)
		put_task(&e, &workload->tasks[i]);
	put(&e, workload->nr_programs);
	for (u32 i = 0; i < workload->nr_programs; i++)
		put_program(&e, &workload->programs[i]);
	put_tables(&e, workload);
	put_resources(&e, workload);
	put_groups(&e, workload);
	put_group_changes(&e, workload);
	if (workload->ext.policy)
		put_ext(&e, &workload->ext);
	flush(&e);

	u64 digest = XXH3_64bits_digest(e.state);

	XXH3_freeState(e.state);
	return digest;
}
