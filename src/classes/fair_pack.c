/* SPDX-License-Identifier: MIT */
/*
 * A vendor's kernel for virtual machines packs the work of its cpus: who is woken or born goes to
 * the cpu where that happens, idle or not, as long as that one has room (switch PACK_VCPUS).
 *
 * No kernel of mainline does so. The rule is read off recordings of 6.18 on such a machine
 * (docs/fidelity.md): a second task is taken up to a utilisation of 70 % of the cpu, by averages as
 * of their last update; estimates (util_est) play no part.
 */
#include "classes/fair_load.h"
#include "classes/fair_select.h"

enum { PACK_PERCENT = 70 };

bool fair_pack_room(struct sched *sched, struct task *task, u32 cpu)
{
	struct rq *rq = sched_rq(sched, cpu);
	u64 util = fair_queue_avg(&rq->fair)->util_avg;

	if (rq->nr_running > 1 || rq->nr_running > rq->fair.h_nr_queued ||
	    !cpumask_test(task->cpus, cpu))
		return false;
	if (task->cpu != cpu || !task->fair.avg.attached)
		util += fair_task_util(task);
	return util * 100 < (u64)rq->cpu_capacity * PACK_PERCENT;
}
