/* SPDX-License-Identifier: MIT */
/*
 * Statistics of kernel.sched_schedstats=1 of any run, against each other and against what else is
 * counted.
 */
#include "property.h"

#include "sched/schedstat.h"

/* Tasks' wakeups and cpus' are the same ones. */
static void check_wakeups(struct trial *t, const struct schedstat *all, u32 nr_cpus)
{
	u64 tasks = all->wakeups_gone, cpus = 0, local = all->wakeups_local_gone, cpus_local = 0;
	u32 nr = 0;

	for (u32 i = 0; i < all->slots.len; i++) {
		const struct task_stats *s;

		if (!all->slots.at[i])
			continue;
		s = pool_at(&all->tasks, all->slots.at[i] - 1);
		nr++;
		tasks += s->nr_wakeups;
		local += s->nr_wakeups_local;
		trial_check(t, s->nr_wakeups == s->nr_wakeups_local + s->nr_wakeups_remote,
			    "task %u: wakeups are neither local nor remote", i);
		trial_check(t, s->nr_wakeups_affine <= s->nr_wakeups_affine_attempts,
			    "task %u: more affine wakeups than attempts", i);
		trial_check(t,
			    s->wait_sum >= s->wait_max &&
				    s->wait_sum <= s->wait_max * s->wait_count,
			    "task %u: waits are not what they sum up to", i);
		trial_check(t,
			    s->sum_block_runtime <= s->sum_sleep_runtime &&
				    s->iowait_sum <= s->sum_block_runtime,
			    "task %u: blocked for longer than asleep", i);
	}
	trial_check(t, nr == all->tasks.nr_live, "statistics of tasks that are gone were kept");
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		cpus += all->rqs[cpu].wakeups;
		cpus_local += all->rqs[cpu].wakeups_local;
	}
	trial_check(t, tasks == cpus && local == cpus_local,
		    "%" PRIu64 " wakeups (%" PRIu64 " local) of tasks, %" PRIu64 " (%" PRIu64
		    ") by cpus",
		    tasks, local, cpus, cpus_local);
}

/*
 * A pass is balanced, has failed or has moved something; whoever was moved was gained by a pass or
 * a push.
 */
static void check_passes(struct trial *t, const struct sched *sched)
{
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		for (const struct sched_domain *sd = sched->rqs[cpu].domain; sd; sd = sd->parent) {
			const struct sched_domain_stats *s = sd->stats;

			for (u32 i = 0; i < 3; i++) {
				const struct domain_stats_pass *p = &s->pass[i];

				trial_check(t, p->balanced + p->failed <= p->count + s->active,
					    "cpu %u: more passes came to nothing than were made",
					    cpu);
				trial_check(t,
					    p->nobusyg + p->nobusyq <= p->count &&
						    p->hot_gained <= p->gained,
					    "cpu %u: parts are more than the whole", cpu);
			}
			trial_check(t, s->active == s->active_failed + s->active_pushed,
				    "cpu %u: pushes neither moved a task nor failed", cpu);
		}
}

void check_statistics(struct trial *t, const struct sched *sched)
{
	const struct schedstat *all = sched->schedstat;

	if (!trial_check(t, all, "no statistics were kept"))
		return;
	check_wakeups(t, all, sched->nr_cpus);
	check_passes(t, sched);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		trial_check(t,
			    all->rqs[cpu].schedules >= sched->rqs[cpu].nr_switches &&
				    all->rqs[cpu].goidle <= all->rqs[cpu].schedules,
			    "cpu %u: switched without the scheduler", cpu);
}
