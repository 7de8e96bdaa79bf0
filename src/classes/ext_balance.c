/* SPDX-License-Identifier: MIT */
/*
 * A cpu looks for work: its local queue, the global one, rounds of the policy's dispatch.
 * Kernel: kernel/sched/ext.c, balance_one(); reference: core-rt-dl-ext.md 5.5.
 */
#include "classes/ext.h"

/* One round of the policy's dispatch: there is something to run, or prev shall go on. */
static bool dispatch_round(struct ext_rq *erq, struct ext_entity *prev, bool prev_queued)
{
	struct ext *ext = erq->ext;

	ext->nr_dispatched = 0;
	ext_call(ext, EXT_FROM_DISPATCH, dispatch, (s32)erq->rq->cpu,
		 prev ? ext_task_of(prev) : NULL);
	ext_flush_inserts(ext, erq->rq);
	ext->report.counts.dispatches += ext->nr_dispatched;
	if (prev_queued && prev->slice) {
		erq->keep_prev = true;
		return true;
	}
	return erq->local.nr || ext_consume_global(erq->rq);
}

static bool dispatch_loop(struct ext_rq *erq, struct ext_entity *prev, bool prev_queued)
{
	struct ext *ext = erq->ext;
	struct rq *outer = ext->dispatching;
	u32 rounds = 0;
	bool found;

	ext->dispatching = erq->rq;
	do {
		found = dispatch_round(erq, prev, prev_queued);
		if (!found && ++rounds == EXT_LOOPS_MAX) {
			/* It dispatches and dispatches, and nothing comes of it: go on in a new
			 * schedule. */
			ext_kick(ext, (s32)erq->rq->cpu, 0);
			break;
		}
	} while (!found && ext->nr_dispatched);
	ext->dispatching = outer;
	return found;
}

/* Fills the local queue, or decides that @prev, of this class, goes on. */
static bool find_work(struct ext_rq *erq, struct ext_entity *prev)
{
	struct ext *ext = erq->ext;
	bool prev_queued = prev && prev->queued, enq_last = ext->ops.flags & EXT_OPS_ENQ_LAST;

	if (prev_queued && prev->slice && !erq->bypassing) {
		erq->keep_prev = true;
		return true;
	}
	if (erq->local.nr || ext_consume_global(erq->rq))
		return true;
	if (ext->ops.dispatch && !erq->bypassing && erq->online &&
	    dispatch_loop(erq, prev, prev_queued))
		return true;
	if (prev_queued && (!enq_last || erq->bypassing)) {
		ext->report.counts.kept_last++;
		ext->report.events.dispatch_keep_last++;
		erq->keep_prev = true;
		return true;
	}
	return false;
}

/* Kicks and preempting inserts can chase each other for ever at one instant. */
static void guard_time(struct ext *ext, u32 cpu)
{
	u64 now = ext->sched->machine->now;

	if (now != ext->guarded_at) {
		ext->guarded_at = now;
		ext->picks_at_once = 0;
	} else if (++ext->picks_at_once > EXT_PICKS_AT_ONCE_MAX) {
		ext_fail(ext, EXT_EXIT_ERROR, 0,
			 "cpu %u switches again and again while no time passes: look for kicks and "
			 "ENQ_PREEMPT in enqueue and dispatch",
			 cpu);
	}
}

bool ext_balance(struct rq *rq, struct task *prev)
{
	struct ext_rq *erq = rq->ext;
	bool prev_is_ext = prev->class_id == CLASS_EXT, found;

	if (!erq)
		return false;
	guard_time(erq->ext, rq->cpu);
	rq->ext_balanced = true;
	erq->keep_prev = false;
	erq->in_balance = true;
	if (erq->released) {
		ext_call(erq->ext, EXT_FROM_REST, cpu_acquire, (s32)rq->cpu);
		erq->released = false;
	}
	if (prev_is_ext)
		ext_charge(rq, prev);
	found = find_work(erq, prev_is_ext ? prev->ext : NULL);
	erq->in_balance = false;
	return found;
}
