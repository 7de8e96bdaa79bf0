/* SPDX-License-Identifier: MIT */
/*
 * One cpu decides for all (the kernel's scx_central).
 *
 * All tasks wait in one line, which only the central cpu looks at. The others kick it when they
 * have nothing, and go idle; it then gives each of them a task and wakes it up. Slices are endless:
 * a timer ends turns that have become too long. The line is the policy's own list: it must let go
 * of tasks that are taken away (dequeue).
 */
#include "policies/ext.h"

enum { TIMER = 0, CPUS_MAX = 4096 };

struct place {
	struct ossim_ext_task *task;
	struct place *next, *prev; /* in line */
	uint64_t since;            /* when its turn began */
};

struct central {
	struct place line;   /* its head */
	bool asks[CPUS_MAX]; /* by cpu: it has nothing to do */
};

static const struct ossim_ext_option central_options[] = {
	{"cpu", "the cpu that decides", 0},
	{"period", "how often it looks for turns that are over, ns", 1000000},
	{0},
};

static int32_t central_cpu(struct ossim_ext *x)
{
	return (int32_t)ext_option(x, "cpu");
}

static int32_t central_init(struct ossim_ext *x)
{
	struct central *self = ext_self(x);

	self->line = (struct place){.next = &self->line, .prev = &self->line};
	ext_timer_start(x, TIMER, ext_option(x, "period"));
	return ext_cpu_online(x, central_cpu(x)) ? 0 : -1;
}

static int32_t central_select_cpu(struct ossim_ext *x, struct ossim_ext_task *task,
				  int32_t prev_cpu, uint64_t wake_flags)
{
	(void)wake_flags;
	return ext_task_allowed(x, task, central_cpu(x)) ? central_cpu(x) : prev_cpu;
}

static void central_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t enq_flags)
{
	struct central *self = ext_self(x);
	struct place *place = ext_task_data(x, task);

	/* Threads of the kernel that belong to one cpu must not wait for another. */
	if (ext_task_is_kthread(x, task) && ext_task_nr_cpus(x, task) == 1) {
		ext_insert(x, task, EXT_DSQ_LOCAL, EXT_SLICE_INF, enq_flags | EXT_ENQ_PREEMPT);
		return;
	}
	*place = (struct place){.task = task, .next = &self->line, .prev = self->line.prev};
	place->prev->next = self->line.prev = place;
	/* Whose turn has just ended made way for another: that is decided already. */
	if (!ext_task_running(x, task))
		ext_kick_cpu(x, central_cpu(x), EXT_KICK_PREEMPT);
}

static void leave_line(struct place *place)
{
	place->prev->next = place->next;
	place->next->prev = place->prev;
}

static void central_dequeue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t deq_flags)
{
	(void)deq_flags;
	leave_line(ext_task_data(x, task));
}

/* The first in line that may run there gets @cpu. */
static bool serve(struct ossim_ext *x, int32_t cpu)
{
	struct central *self = ext_self(x);
	struct place *place = self->line.next;

	while (place != &self->line && !ext_task_allowed(x, place->task, cpu))
		place = place->next;
	if (place == &self->line || !ext_nr_slots(x))
		return false;
	leave_line(place);
	ext_insert(x, place->task, EXT_DSQ_LOCAL_ON | (uint64_t)cpu, EXT_SLICE_INF, 0);
	if (cpu != central_cpu(x))
		ext_kick_cpu(x, cpu, EXT_KICK_IDLE);
	return true;
}

static void central_dispatch(struct ossim_ext *x, int32_t cpu, struct ossim_ext_task *prev)
{
	struct central *self = ext_self(x);

	(void)prev;
	if (cpu != central_cpu(x)) {
		self->asks[cpu] = true;
		ext_kick_cpu(x, central_cpu(x), EXT_KICK_PREEMPT);
		return;
	}
	for (int32_t other = 0; other < (int32_t)ext_nr_cpus(x); other++)
		if (self->asks[other] && serve(x, other))
			self->asks[other] = false;
	serve(x, cpu);
}

static void central_running(struct ossim_ext *x, struct ossim_ext_task *task)
{
	((struct place *)ext_task_data(x, task))->since = ext_now(x);
}

/* Whoever has run for a slice makes room, if anybody waits. */
static void central_timer(struct ossim_ext *x, uint32_t id)
{
	struct central *self = ext_self(x);
	bool waiting = self->line.next != &self->line;

	for (int32_t cpu = 0; waiting && cpu < (int32_t)ext_nr_cpus(x); cpu++) {
		struct ossim_ext_task *task = ext_cpu_curr(x, cpu);

		if (!task || ext_now(x) - ((struct place *)ext_task_data(x, task))->since >=
				     ext_slice_dfl(x))
			ext_kick_cpu(x, cpu, EXT_KICK_PREEMPT);
	}
	ext_timer_start(x, id, ext_option(x, "period"));
}

EXT_POLICY(central) = {
	EXT_POLICY_HEAD("central"),
	.help = "one cpu decides for all, the others run without slices",
	.flags = EXT_OPS_ENQ_LAST,
	.self_size = sizeof(struct central),
	.task_size = sizeof(struct place),
	.options = central_options,
	.init = central_init,
	.select_cpu = central_select_cpu,
	.enqueue = central_enqueue,
	.dequeue = central_dequeue,
	.dispatch = central_dispatch,
	.running = central_running,
	.timer = central_timer,
};
