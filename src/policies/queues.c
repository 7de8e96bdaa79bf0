/* SPDX-License-Identifier: MIT */
/*
 * A queue for each cpu, and a cpu that has nothing helps itself at another's: how a scheduler in
 * user space, or a thread pool, would do it.
 *
 * Tasks are kept near the cpu that they ran on, where their data is in the cache. Who becomes
 * runnable waits at that cpu, unless an idle one is found for it. A cpu takes from its own queue
 * first; if that is empty it takes half of the longest queue of all, one by one, so that work
 * spreads out fast; and it looks at its own cache's cpus before it looks further away.
 *
 * What has waited longest is taken first, from one's own queue and from others'. There are no
 * weights: an option sets the slice.
 */
#include "policies/ext.h"

static const struct ossim_ext_option queues_options[] = {
	{"slice", "how long a task runs before the next of its queue, ns; 0: the default slice", 0},
	{"steal", "0: a cpu never takes from another's queue", 1},
	{NULL, NULL, 0},
};

static int32_t queues_init(struct ossim_ext *x)
{
	int32_t error = 0;

	for (uint32_t cpu = 0; cpu < ext_nr_cpus(x) && !error; cpu++)
		error = ext_create_dsq(x, cpu, ext_cpu_node(x, (int32_t)cpu));
	return error;
}

static uint64_t slice(struct ossim_ext *x)
{
	uint64_t set = ext_option(x, "slice");

	return set ? set : ext_slice_dfl(x);
}

static int32_t queues_select_cpu(struct ossim_ext *x, struct ossim_ext_task *task, int32_t prev_cpu,
				 uint64_t wake_flags)
{
	bool is_idle;
	int32_t cpu = ext_select_cpu_dfl(x, task, prev_cpu, wake_flags, &is_idle);

	if (is_idle)
		ext_insert(x, task, EXT_DSQ_LOCAL, slice(x), 0);
	return cpu;
}

/* The queue of the cpu that it is on; should that be idle, it had better look. */
static void queues_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t enq_flags)
{
	int32_t cpu = ext_task_cpu(x, task);

	ext_insert(x, task, (uint64_t)cpu, slice(x), enq_flags);
	if (ext_test_and_clear_cpu_idle(x, cpu))
		ext_kick_cpu(x, cpu, EXT_KICK_IDLE);
}

/* The cpu with the longest queue, of those that share @cpu's cache or (@far) do not; -1: all empty.
 */
static int32_t longest_queue(struct ossim_ext *x, int32_t cpu, bool far)
{
	int32_t victim = -1, most = 0;

	for (int32_t other = 0; other < (int32_t)ext_nr_cpus(x); other++) {
		int32_t nr = ext_dsq_nr_queued(x, (uint64_t)other);

		if ((ext_cpu_llc(x, other) != ext_cpu_llc(x, cpu)) == far && nr > most) {
			victim = other;
			most = nr;
		}
	}
	return victim;
}

/* One task to run at once, and the rest of half the victim's queue into one's own. */
static bool steal_from(struct ossim_ext *x, int32_t cpu, int32_t victim)
{
	int32_t rest = ext_dsq_nr_queued(x, (uint64_t)victim) / 2 - 1;
	struct ossim_ext_task *task, *next;

	if (!ext_move_to_local(x, (uint64_t)victim))
		return false;
	for (task = ext_dsq_next(x, (uint64_t)victim, NULL); task && rest > 0; task = next) {
		next = ext_dsq_next(x, (uint64_t)victim, task);
		if (ext_task_allowed(x, task, cpu) && ext_dsq_move(x, task, (uint64_t)cpu, 0))
			rest--;
	}
	return true;
}

static void queues_dispatch(struct ossim_ext *x, int32_t cpu, struct ossim_ext_task *prev)
{
	(void)prev;
	if (ext_move_to_local(x, (uint64_t)cpu) || !ext_option(x, "steal"))
		return;
	for (int far = 0; far <= 1; far++) {
		int32_t victim = longest_queue(x, cpu, far);

		if (victim >= 0 && steal_from(x, cpu, victim))
			return;
	}
}

EXT_POLICY(queues) = {
	EXT_POLICY_HEAD("queues"),
	.help = "a queue per cpu, in order of arrival; idle cpus take from others",
	.options = queues_options,
	.init = queues_init,
	.select_cpu = queues_select_cpu,
	.enqueue = queues_enqueue,
	.dispatch = queues_dispatch,
};
