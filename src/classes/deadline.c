/* SPDX-License-Identifier: MIT */
/*
 * The deadline class: earliest deadline first among those that have budget.
 *
 * The running task stays in the timeline. A throttled one is queued for the core (task->on_rq) but
 * not in the timeline; a server in it stands for the tasks of a lower class. Kernel: kernel/sched/
 * deadline.c. Reference: core-rt-dl-ext.md 3.
 */
#include "classes/deadline.h"

#include "classes/classes.h"
#include "classes/cpudl.h"
#include "classes/cpupri.h"
#include "classes/pelt.h"
#include "classes/rt_bandwidth.h"
#include "classes/runtime.h"
#include "classes/server.h"
#include "sched/cookie.h"
#include "sched/decide.h"
#include "sched/hrtick.h"
#include "sched/schedstat.h"

/* ---- The queue ---- */

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return dl_precedes(container_of(a, struct dl_entity, node),
			   container_of(b, struct dl_entity, node));
}

static struct dl_entity *first_entity(const struct rq *rq)
{
	struct rb_node *first = rb_first(&rq->dl.timeline);

	return first ? container_of(first, struct dl_entity, node) : NULL;
}

/* A queued server is a runnable task of its cpu in some kernels, and nothing in others. */
static bool is_counted(const struct rq *rq, const struct dl_entity *dl)
{
	return !dl_is_server(dl) || sched_feature(rq->sched, FEATURE_DL_SERVER_COUNTED);
}

static bool is_migratory(const struct dl_entity *dl)
{
	return !dl_is_server(dl) && dl->task->nr_cpus_allowed > 1;
}

static void update_earliest(struct rq *rq)
{
	struct sched *sched = rq->sched;
	const struct dl_entity *first = first_entity(rq);
	bool had_none = !rq->dl.earliest_curr;

	if (!first) {
		rq->dl.earliest_curr = rq->dl.earliest_next = 0;
		cpudl_clear(&sched->rd.dl.cpudl, rq->cpu, rq->online);
		if (rq->online)
			cpupri_set(sched, rq->cpu, rq->rt.highest_curr);
		return;
	}
	if (had_none && rq->online)
		cpupri_set(sched, rq->cpu, PRIO_DL);
	if (first->deadline == rq->dl.earliest_curr)
		return;
	rq->dl.earliest_curr = first->deadline;
	if (rq->online)
		cpudl_set(&sched->rd.dl.cpudl, rq->cpu, first->deadline);
}

void dl_queue_insert(struct rq *rq, struct dl_entity *dl)
{
	dl->on_queue = true;
	rb_insert(&rq->dl.timeline, &dl->node, less, NULL);
	rq->dl.nr_running++;
	rq->dl.nr_migratory += is_migratory(dl);
	rq->classes_runnable |= 1u << CLASS_DEADLINE;
	if (is_counted(rq, dl))
		rq_add_running(rq, 1);
	update_earliest(rq);
	dl_note_migratory(rq);
}

void dl_queue_erase(struct rq *rq, struct dl_entity *dl)
{
	dl->on_queue = false;
	rb_erase(&rq->dl.timeline, &dl->node, NULL);
	rq->dl.nr_running--;
	rq->dl.nr_migratory -= is_migratory(dl);
	if (!rq->dl.nr_running)
		rq->classes_runnable &= (u8) ~(1u << CLASS_DEADLINE);
	if (is_counted(rq, dl))
		rq_sub_running(rq, 1);
	update_earliest(rq);
	dl_note_migratory(rq);
}

void dl_task_enqueue(struct rq *rq, struct task *task, u32 flags)
{
	struct dl_entity *dl = task->dl;

	if (dl_is_boosted(dl)) {
		/* Who is boosted is not held back by its own budget. */
		machine_timer_cancel(rq->sched->machine, &dl->replenish);
		dl->throttled = false;
	} else if (task->normal_prio != PRIO_DL) {
		/* On its way back from a boost to its own class, over budget. */
		dl->throttled = false;
		return;
	}
	if (schedstat_wanted(rq->sched))
		schedstat_enqueue(rq, task, flags, true);
	if (task->on_rq == ON_RQ_MIGRATING)
		flags |= ENQUEUE_MIGRATING;
	dl_enqueue(rq, dl, flags);
	if (rq->curr != task && !dl->throttled && task->nr_cpus_allowed > 1)
		dl_pushable_add(rq, dl);
}

/* A new task's first budget is given as to one that wakes. */
static void deadline_enqueue(struct rq *rq, struct task *task, u32 flags)
{
	dl_task_enqueue(rq, task, flags & ENQUEUE_INITIAL ? flags | ENQUEUE_WAKEUP : flags);
	core_note_enqueue(rq, task);
}

/* ---- Charging ---- */

static void update_curr_dl(struct rq *rq)
{
	struct task *curr = rq->curr;

	u64 delta;

	if (!task_is_dl(curr) || !curr->dl->on_queue)
		return;
	delta = runtime_charge(rq, curr);
	dl_charge(rq, curr->dl, delta);
	if (delta && rq->rt.limited)
		rt_bandwidth_charge_deadline(rq, delta);
}

static bool deadline_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	core_note_dequeue(rq, task, flags);
	update_curr_dl(rq);
	if (schedstat_wanted(rq->sched))
		schedstat_dequeue(rq, task, flags, false);
	dl_dequeue(rq, task->dl, flags);
	dl_pushable_del(rq, task->dl);
	return true;
}

static void deadline_yield(struct rq *rq)
{
	rq->curr->dl->yielded = true;
	update_curr_dl(rq);
}

/* start_hrtick_dl(): at the end of the budget. */
static void start_hrtick(struct rq *rq, const struct task *task)
{
	if (unlikely(rq->hrtick) && sched_feature(rq->sched, FEATURE_HRTICK_DL))
		sched_hrtick_start(rq, (u64)max_of(task->dl->runtime, (s64)0));
}

static bool is_first(const struct rq *rq, const struct task *task)
{
	return task->dl->on_queue && first_entity(rq) == task->dl;
}

static void deadline_hrtick(struct rq *rq, struct task *curr)
{
	update_curr_dl(rq);
	/* If it is not the first any more, schedule() starts one for who is. */
	if (is_first(rq, curr) && curr->dl->runtime > 0)
		start_hrtick(rq, curr);
}

/* check_dl_overrun(), which the kernel does among the running task's cpu timers. */
static void tell_overrun(struct sched *sched, struct task *curr)
{
	curr->dl->overrun = false;
	if (sched->dl_overrun)
		sched->dl_overrun(sched->dl_overrun_self, curr);
}

static void deadline_tick(struct rq *rq, struct task *curr)
{
	update_curr_dl(rq);
	pelt_update_rq(&rq->avg_dl, rq->clock_pelt - rq->lost_idle_time, true);
	if (unlikely(curr->dl->overrun))
		tell_overrun(rq->sched, curr);
}

/* ---- Who runs ---- */

static void deadline_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags unused_arg)
{
	enum decision_rule rule = RULE_PREEMPT_DEADLINE_NOT;

	if (dl_precedes(woken->dl, rq->curr->dl))
		rule = RULE_PREEMPT_DEADLINE;
	else if (woken->dl->deadline == rq->curr->dl->deadline && !rq->need_resched &&
		 dl_equal_takes_over(rq, woken))
		rule = RULE_PREEMPT_DEADLINE_EQUAL;
	decide_preempt_rule(rq, rule);
	if (rule == RULE_PREEMPT_DEADLINE_NOT)
		return;
	decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
	sched_resched_curr(rq);
}

void dl_check_preempt(struct rq *rq, const struct dl_entity *dl)
{
	if (task_is_dl(rq->curr) && dl->task)
		deadline_wakeup_preempt(rq, dl->task, 0);
	else if (!task_is_dl(rq->curr) || dl_precedes(dl, rq->curr->dl)) {
		decide_resched_rule(rq, RULE_RESCHED_REPLENISHED);
		sched_resched_curr(rq);
	}
}

static bool deadline_balance(struct rq *rq, struct task *prev)
{
	if (task_is_dl(prev) && !prev->dl->on_queue && rq->online)
		dl_pull_tasks(rq);
	return rq->classes_runnable & ((2u << CLASS_DEADLINE) - 1);
}

static struct task *deadline_pick(struct rq *rq)
{
	struct dl_entity *first;

	while ((first = first_entity(rq))) {
		struct task *task = dl_is_server(first) ? first->pick(rq) : first->task;

		if (task)
			return task;
		server_stop(rq, first);
	}
	return NULL;
}

/* In the order of the timeline, servers among the tasks. */
static void deadline_explain_pick(struct rq *rq, const struct task *next, struct decision *decision)
{
	struct decision_desk *desk = rq->sched->desk;

	decision->rule = RULE_PICK_DEADLINE;
	decision->pick.order = ORDER_DEADLINE;
	for (struct rb_node *node = rb_first(&rq->dl.timeline); node; node = rb_next(node)) {
		const struct dl_entity *dl = container_of(node, struct dl_entity, node);
		struct candidate *c = decide_candidate(desk);

		if (dl_is_server(dl)) {
			c->flags = CANDIDATE_SERVER;
		} else {
			c->task = dl->task->id;
			c->flags = (dl->task == next ? CANDIDATE_CHOSEN : 0) |
				   (dl->task == rq->curr ? CANDIDATE_RUNS : 0);
		}
		c->deadline = dl->deadline - RQ_CLOCK_BASE;
		c->budget = dl->runtime;
	}
}

static void deadline_put_prev(struct rq *rq, struct task *prev, struct task *next unused_arg)
{
	if (schedstat_wanted(rq->sched) && prev->dl->on_queue)
		schedstat_wait_start(rq, prev);
	update_curr_dl(rq);
	pelt_update_rq(&rq->avg_dl, rq->clock_pelt - rq->lost_idle_time, true);
	if (prev->dl->on_queue && prev->nr_cpus_allowed > 1)
		dl_pushable_add(rq, prev->dl);
}

static void deadline_set_next(struct rq *rq, struct task *next, bool first)
{
	next->fair.exec_start = rq->clock_task;
	if (schedstat_wanted(rq->sched) && next->dl->on_queue)
		schedstat_wait_end(rq, next);
	dl_pushable_del(rq, next->dl);
	if (!first)
		return;
	start_hrtick(rq, next);
	if (rq->curr->class_id != CLASS_DEADLINE)
		pelt_update_rq(&rq->avg_dl, rq->clock_pelt - rq->lost_idle_time, false);
	if (rb_first(&rq->dl.pushable)) {
		rq->dl.want_push = true;
		rq->balance_callbacks |= 1u << CLASS_DEADLINE;
	}
}

static void deadline_balance_callback(struct rq *rq)
{
	if (rq->dl.want_pull) {
		rq->dl.want_pull = false;
		dl_pull_tasks(rq);
	}
	if (rq->dl.want_push) {
		rq->dl.want_push = false;
		dl_push_tasks(rq);
	}
}

/* After a wakeup: a task that must wait here may run elsewhere. */
static void deadline_woken(struct rq *rq, struct task *task)
{
	const struct task *curr = rq->curr;

	if (task != curr && !rq->need_resched && task->nr_cpus_allowed > 1 && task_is_dl(curr) &&
	    (curr->nr_cpus_allowed < 2 || !dl_precedes(task->dl, curr->dl)))
		dl_push_tasks(rq);
}

/* ---- Coming, going, changing ---- */

/* A waking task takes its bandwidth along; a queued one has left it behind by its dequeue. */
static void deadline_migrate(struct task *task, u32 cpu unused_arg)
{
	struct dl_entity *dl = task->dl;
	struct rq *from = task_rq(dl->sched, task);

	if (task->state != TASK_WAKING)
		return;
	if (dl->non_contending) {
		rq_update_clock(from);
		dl_sub_running_bw(from, dl);
		dl->non_contending = false;
		machine_timer_cancel(dl->sched->machine, &dl->inactive);
	}
	dl_sub_this_bw(from, dl);
}

/* It became a deadline task where it was made, and begins on @rq. */
static void deadline_new_task(struct rq *rq, struct task *task)
{
	struct dl_entity *dl = task->dl;

	if (dl->rq == rq)
		return;
	dl_sub_this_bw(dl->rq, dl);
	dl_add_this_bw(rq, dl);
}

/* Until its 0-lag time its bandwidth is still in use. */
static void deadline_dead(struct rq *rq unused_arg, struct task *task)
{
	struct dl_entity *dl = task->dl;

	task->dl = NULL;
	dl->task = NULL;
	dl->dead = true;
	machine_timer_cancel(dl->sched->machine, &dl->replenish);
	if (!timer_armed(&dl->inactive))
		dl_clear(dl);
}

static void deadline_set_params(struct task *task, const struct sched_attr *attr)
{
	struct dl_entity *dl = task->dl;

	dl->dl_runtime = attr->dl_runtime;
	dl->dl_deadline = attr->dl_deadline;
	dl->dl_period = attr->dl_period;
	dl->flags = attr->dl_flags;
	dl->bw = dl_ratio(dl->dl_period, dl->dl_runtime);
	dl->density = dl_ratio(dl->dl_deadline, dl->dl_runtime);
}

static bool deadline_inherit(struct task *task, const struct task *donor)
{
	if (!task->dl)
		task->dl = dl_entity_new(task->fair.queue->rq->sched, task);
	if (donor && task_is_dl(donor) &&
	    (task->normal_prio != PRIO_DL || dl_precedes(donor->dl, task->dl))) {
		task->dl->pi = donor->dl->pi;
		return true;
	}
	task->dl->pi = task->dl;
	return false;
}

static void deadline_switched_from(struct rq *rq, struct task *task)
{
	struct dl_entity *dl = task->dl;
	bool queued = task->on_rq == ON_RQ_QUEUED;

	if (dl->dl_runtime && queued)
		dl_non_contending(rq, dl);
	else if (dl->dl_runtime)
		dl_leave_asleep(rq, dl);
	/* It may run on elsewhere: its 0-lag time now matters to the root domain alone. */
	dl->non_contending = false;
	if (!queued || rq->dl.nr_running)
		return;
	rq->dl.want_pull = true;
	rq->balance_callbacks |= 1u << CLASS_DEADLINE;
}

static void deadline_switched_to(struct rq *rq, struct task *task)
{
	struct dl_entity *dl = task->dl;

	machine_timer_cancel(rq->sched->machine, &dl->inactive);
	/* Asleep: its next wakeup will give it a budget. */
	if (task->on_rq != ON_RQ_QUEUED) {
		dl_add_this_bw(rq, dl);
		return;
	}
	if (rq->curr == task) {
		pelt_update_rq(&rq->avg_dl, rq->clock_pelt - rq->lost_idle_time, false);
		return;
	}
	if (task->nr_cpus_allowed > 1 && rq->dl.overloaded) {
		rq->dl.want_push = true;
		rq->balance_callbacks |= 1u << CLASS_DEADLINE;
	}
	dl_check_preempt(rq, dl);
}

static void deadline_prio_changed(struct rq *rq, struct task *task, s32 old_prio unused_arg)
{
	bool any = !sched_feature(rq->sched, FEATURE_DL_CHANGE_WEIGHS_WAITING);

	if (task->on_rq != ON_RQ_QUEUED)
		return;
	if (!rq->dl.overloaded) {
		rq->dl.want_pull = true;
		rq->balance_callbacks |= 1u << CLASS_DEADLINE;
	}
	if (any || rq->curr == task) {
		if (vtime_before(rq->dl.earliest_curr, task->dl->deadline)) {
			decide_resched_rule(rq, RULE_RESCHED_CHANGED);
			sched_resched_curr(rq);
		}
	} else if (!task_is_dl(rq->curr) || dl_precedes(task->dl, rq->curr->dl)) {
		decide_resched_rule(rq, RULE_RESCHED_CHANGED);
		sched_resched_curr(rq);
	}
}

static void deadline_init(struct sched *sched)
{
	cpudl_init(sched);
	sched->rd.dl.overloaded = cpumask_new(sched->arena, sched->nr_cpus);
	sched->rd.dl.scratch = cpumask_new(sched->arena, sched->nr_cpus);
	dl_bandwidth_init(sched);
	server_init(sched);
}

/* Of what the cpu had, only its fair server is left: it is stopped, where there is one. */
static void deadline_cpu_dying(struct rq *rq)
{
	if (rq->fair_server_active)
		server_stop(rq, &rq->fair_server);
}

static bool deadline_is_throttled(struct task *task, u32 cpu unused_arg)
{
	return task->dl && task->dl->throttled;
}

const struct sched_class deadline_class = {
	.name = "deadline",
	.write_server = server_write,
	.limit_fits = dl_limit_fits,
	.take_limit = dl_take_limit,
	.init = deadline_init,
	.enqueue = deadline_enqueue,
	.dequeue = deadline_dequeue,
	.yield = deadline_yield,
	.wakeup_preempt = deadline_wakeup_preempt,
	.balance = deadline_balance,
	.pick = deadline_pick,
	.explain_pick = deadline_explain_pick,
	.put_prev = deadline_put_prev,
	.set_next = deadline_set_next,
	.balance_callback = deadline_balance_callback,
	.select_cpu = dl_select_cpu,
	.better_cpu = dl_better_cpu,
	.migrate = deadline_migrate,
	.woken = deadline_woken,
	.tick = deadline_tick,
	.hrtick = deadline_hrtick,
	.new_task = deadline_new_task,
	.dead = deadline_dead,
	.admit = dl_admit,
	.set_params = deadline_set_params,
	.inherit = deadline_inherit,
	.may_lose_cpu = dl_may_lose_cpu,
	.switched_from = deadline_switched_from,
	.switched_to = deadline_switched_to,
	.prio_changed = deadline_prio_changed,
	.update_curr = update_curr_dl,
	.is_throttled = deadline_is_throttled,
	.rebuild_root = dl_domain_rebuild,
	.rq_online = dl_rq_online,
	.rq_offline = dl_rq_offline,
	.cpu_dying = deadline_cpu_dying,
};
