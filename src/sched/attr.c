/* SPDX-License-Identifier: MIT */
/*
 * Attributes: policy, priority, nice, slice, boost; what a child inherits.
 * Kernel: kernel/sched/core.c, syscalls.c; reference: core-rt-dl-ext.md 1.9, 1.11, 1.12.
 *
 * A change takes the task off its queue, changes it, and puts it back, in the kernel's order:
 * dequeue, put_prev, change, enqueue, set_next.
 */
#include "base/ensure.h"
#include "sched/cookie.h"
#include "sched/internal.h"

enum { SLICE_MIN = 100 * 1000, SLICE_MAX = 100 * 1000 * 1000 };

/* The class of a task of @policy, as long as nobody raises its priority. */
static u8 sched_class_of_policy(const struct sched *sched, u32 policy)
{
	if (unlikely(sched->ext_policies >> policy & 1))
		return CLASS_EXT;
	if (policy_is_rt(policy))
		return CLASS_RT;
	if (policy == POLICY_DEADLINE)
		return CLASS_DEADLINE;
	/* A task of policy ext is a normal one while no ext scheduler is loaded. */
	return CLASS_FAIR;
}

static s16 normal_prio(u8 policy, u8 rt_priority, s16 static_prio)
{
	if (policy == POLICY_DEADLINE)
		return PRIO_DL;
	return policy_is_rt(policy) ? (s16)(PRIO_RT_MAX - 1 - rt_priority) : static_prio;
}

static void set_slice(struct task *task, const struct sched *sched, u64 slice_ns)
{
	u64 base = sched->kernel->knobs.base_slice_ns;

	task->fair.custom_slice = slice_ns != 0;
	if (slice_ns)
		task->fair.slice = (u32)clamp_to(slice_ns, (u64)SLICE_MIN, (u64)SLICE_MAX);
	else
		task->fair.slice = base == KNOB_ABSENT ? 0 : (u32)base;
}

void sched_task_init(struct sched *sched, struct task *task, u32 id, const struct sched_attr *attr,
		     const struct cpumask *cpus, u32 mm, u16 flags)
{
	task->id = id;
	task->state = TASK_NEW;
	task->flags = flags | (attr->reset_on_fork ? TASK_FLAG_RESET_ON_FORK : 0);
	task->policy = attr->policy;
	task->rt_priority = attr->rt_priority;
	task->static_prio = (s16)(PRIO_DEFAULT + attr->nice);
	task->normal_prio = normal_prio(attr->policy, attr->rt_priority, task->static_prio);
	task->prio = task->normal_prio;
	task->donor_prio = PRIO_MAX;
	task->class_id = sched_class_of_policy(sched, attr->policy);
	task->cpus = cpus ? cpus : sched->all_cpus;
	task->nr_cpus_allowed =
		task->cpus == sched->all_cpus ? sched->nr_cpus : cpumask_count(task->cpus);
	task->mm = mm;
	task->last_cpu = CPU_NONE;
	task->last_wakee = UINT32_MAX;
	task_set_queue(sched, task, 0);
	task->rt.time_slice =
		(u32)div_round_up(sched->kernel->knobs.rr_timeslice_ms * sched->platform->hz, 1000);
	list_init(&task->rq_link);
	list_init(&task->limbo_link);
	set_slice(task, sched, attr->slice_ns);
	if (sched->classes[CLASS_FAIR]->reweight)
		sched->classes[CLASS_FAIR]->reweight(task);
	if (unlikely(sched->extender))
		sched->extender->new_task(sched, task);
}

void sched_park(struct sched *sched, struct task *task, u32 cpu, u16 state)
{
	task->cpu = task->wake_cpu = task->recent_used_cpu = (u16)cpu;
	task_set_queue(sched, task, cpu);
	task->fair.vruntime = task->fair.queue->virtual_base;
	task->state = state;
}

void sched_owe(struct sched *sched, struct task *task, u64 ns)
{
	sched->classes[CLASS_FAIR]->owe(task, ns);
}

/* What a child has of its parent. */
static struct sched_attr inherited(const struct task *parent)
{
	struct sched_attr attr = {
		.policy = parent->policy,
		.nice = (s8)(parent->static_prio - PRIO_DEFAULT),
		.rt_priority = parent->rt_priority,
		.slice_ns = parent->fair.custom_slice ? parent->fair.slice : 0,
	};

	if (parent->flags & TASK_FLAG_RESET_ON_FORK) {
		if (!policy_is_fair(attr.policy))
			attr = (struct sched_attr){.policy = POLICY_OTHER};
		attr.nice = max_of(attr.nice, (s8)0);
		attr.slice_ns = 0;
	}
	return attr;
}

s32 sched_may_fork(struct sched *sched, const struct task *parent, struct task *child,
		   const struct sched_attr *attr)
{
	struct sched_attr theirs = attr ? *attr : inherited(parent);

	child->group = parent->group;
	sched_task_init(sched, child, child->id, &theirs, parent->cpus, parent->mm,
			TASK_FLAG_WORKLOAD);
	child->cpu = child->wake_cpu = (u16)sched_this_cpu(sched);
	return sched->extender->may_fork(sched, child);
}

void sched_fork(struct sched *sched, struct task *parent, struct task *child)
{
	struct sched_attr attr = inherited(parent);

	sched_task_init(sched, child, child->id, &attr, parent->cpus, child->mm, child->flags);
	/*
	 * copy_process() leaves them as they were copied: a child has as many partners as its
	 * parent had.
	 */
	child->wakee_flips = parent->wakee_flips;
	child->last_wakee = parent->last_wakee;
	child->wakee_flip_decay = parent->wakee_flip_decay;
	child->cpu = child->wake_cpu = (u16)sched_this_cpu(sched);
	task_set_queue(sched, child, child->cpu);
	if (task_class(sched, child)->fork)
		task_class(sched, child)->fork(child);
	if (unlikely(sched->extender))
		sched->extender->fork(sched, child);
	if (unlikely(parent->tagged))
		sched_cookie_fork(sched, parent, child);
}

struct sched_change sched_change_begin(struct sched *sched, struct task *task, u32 flags)
{
	struct sched_change c = {.rq = task_rq(sched, task), .task = task};
	const struct sched_class *class = task_class(sched, task);

	c.queued = task->on_rq == ON_RQ_QUEUED;
	c.running = c.rq->curr == task;
	if (c.queued)
		class->dequeue(c.rq, task, flags);
	if (c.running)
		class->put_prev(c.rq, task, NULL);
	return c;
}

void sched_change_end(struct sched *sched, struct sched_change *c, u32 flags)
{
	const struct sched_class *class = task_class(sched, c->task);

	if (c->queued)
		class->enqueue(c->rq, c->task, flags);
	if (c->running)
		class->set_next(c->rq, c->task, false);
}

static void put_attr_record(struct sched *sched, const struct task *task)
{
	stream_put(sched->stream,
		   (struct record){
			   .when = sched->machine->now,
			   .kind = RECORD_ATTR,
			   .cpu = (u16)sched_this_cpu(sched),
			   .task = task->id,
			   .arg = (u32)task->policy << 8,
			   .value = (u64)(u32)(s32)(task->static_prio - PRIO_DEFAULT) << 32 |
				    (u32)(s32)task->prio,
		   });
}

static void tell_class(struct sched *sched, struct task *task, u8 old_class, s32 old_prio)
{
	struct rq *rq = task_rq(sched, task);

	if (old_class != task->class_id) {
		if (sched->classes[old_class]->switched_from)
			sched->classes[old_class]->switched_from(rq, task);
		if (task_class(sched, task)->switched_to)
			task_class(sched, task)->switched_to(rq, task);
	} else if ((old_prio != task->prio || task->prio == PRIO_DL) &&
		   task_class(sched, task)->prio_changed) {
		task_class(sched, task)->prio_changed(rq, task, old_prio);
	}
	sched_run_balance_callbacks(rq);
}

/* A sleeper whose dequeue was delayed leaves its queue for good before its class changes. */
static void finish_delayed(struct sched *sched, struct task *task)
{
	struct rq *rq = task_rq(sched, task);

	if (!task->fair.sched_delayed)
		return;
	task_class(sched, task)
		->dequeue(rq, task, DEQUEUE_SLEEP | DEQUEUE_SPECIAL | DEQUEUE_DELAYED);
	task->on_rq = ON_RQ_NO;
}

/* The class that runs a task of @policy at @prio, which a donor may have raised. */
static u8 class_of(const struct sched *sched, u8 policy, s16 prio)
{
	if (prio == PRIO_DL)
		return CLASS_DEADLINE;
	return prio_is_rt(prio) ? CLASS_RT : sched_class_of_policy(sched, policy);
}

/* The class changes hands; the task is on no queue. */
static void apply_prio(struct sched *sched, struct task *task, s16 prio)
{
	u8 old_class = task->class_id;

	task->prio = prio;
	task->class_id = class_of(sched, task->policy, prio);
	if (unlikely(task->class_id == CLASS_EXT) && old_class != CLASS_EXT)
		sched->classes[CLASS_EXT]->switching_to(task_rq(sched, task), task);
}

/*
 * set_load_weight(), of the class that it is still of. What an ext task weighs among fair ones is
 * left as it was.
 */
static void set_weight(struct sched *sched, struct task *task)
{
	sched->classes[task->class_id == CLASS_EXT ? CLASS_EXT : CLASS_FAIR]->reweight(task);
}

/*
 * Does @attr ask for anything that @task does not have? If not, it keeps its place in every
 * respect. To ask for no slice is another thing than the slice that it has without one.
 */
static bool attr_differs(const struct sched *sched, const struct task *task,
			 const struct sched_attr *attr)
{
	bool slices = sched->kernel->knobs.base_slice_ns != KNOB_ABSENT;

	if (attr->policy != task->policy)
		return true;
	if (attr->policy == POLICY_DEADLINE)
		return attr->dl_runtime != task->dl->dl_runtime ||
		       attr->dl_deadline != task->dl->dl_deadline ||
		       attr->dl_period != task->dl->dl_period || attr->dl_flags != task->dl->flags;
	if (!policy_takes_nice(attr->policy))
		return attr->rt_priority != task->rt_priority;
	return PRIO_DEFAULT + attr->nice != task->static_prio ||
	       (slices && attr->slice_ns != task->fair.slice);
}

/* Who asks without the flag takes it back. */
static void set_reset_on_fork(struct task *task, const struct sched_attr *attr)
{
	task->flags &= (u16)~TASK_FLAG_RESET_ON_FORK;
	if (attr->reset_on_fork)
		task->flags |= TASK_FLAG_RESET_ON_FORK;
}

/* What __sched_setscheduler() weighs once it has found that there is something to change. */
static enum sched_result admit(struct sched *sched, struct task *task,
			       const struct sched_attr *attr)
{
	if (attr->policy == POLICY_DEADLINE)
		return sched->classes[CLASS_DEADLINE]->admit(task, attr);
	if (unlikely(sched->extender) && attr->policy == POLICY_EXT && task->policy != POLICY_EXT &&
	    sched->extender->disallows(task))
		return SCHED_EACCES;
	if (policy_is_rt(attr->policy) && !sched_group_allows_rt(sched, task->group))
		return SCHED_EPERM;
	/* sched_dl_overflow() has no case for who is of the deadline class by a boost alone. */
	if (task->prio == PRIO_DL && task->policy != POLICY_DEADLINE)
		return SCHED_EBUSY;
	return SCHED_OK;
}

enum sched_result sched_set_attr(struct sched *sched, struct task *task,
				 const struct sched_attr *attr)
{
	struct rq *rq = task_rq(sched, task);
	s32 old_prio = task->prio;
	u8 old_class = task->class_id;
	s16 asked = (s16)(PRIO_DEFAULT + attr->nice);
	s16 static_prio = policy_takes_nice(attr->policy) ? asked : task->static_prio;
	s16 prio = min_of(normal_prio(attr->policy, attr->rt_priority, asked), task->donor_prio);
	u32 flags = DEQUEUE_SAVE | DEQUEUE_MOVE;
	struct sched_change change;
	enum sched_result result;

	if (!attr_differs(sched, task, attr)) {
		set_reset_on_fork(task, attr);
		return SCHED_OK;
	}
	rq_update_clock(rq);
	result = admit(sched, task, attr);
	if (result != SCHED_OK)
		return result;
	set_reset_on_fork(task, attr);
	if (class_of(sched, attr->policy, prio) != old_class)
		finish_delayed(sched, task);
	if (prio == old_prio)
		flags &= ~(u32)DEQUEUE_MOVE;
	change = sched_change_begin(sched, task, flags);
	task->policy = attr->policy;
	task->rt_priority = attr->rt_priority;
	task->static_prio = static_prio;
	task->normal_prio = normal_prio(attr->policy, attr->rt_priority, static_prio);
	if (policy_takes_nice(attr->policy))
		set_slice(task, sched, attr->slice_ns);
	else if (attr->policy == POLICY_DEADLINE)
		sched->classes[CLASS_DEADLINE]->set_params(task, attr);
	set_weight(sched, task);
	apply_prio(sched, task, prio);
	/* A task that was lowered goes to the head of its new list. */
	if (old_prio < task->prio)
		flags |= ENQUEUE_HEAD;
	sched_change_end(sched, &change, flags);
	put_attr_record(sched, task);
	tell_class(sched, task, old_class, old_prio);
	return SCHED_OK;
}

void sched_reject_ext(struct sched *sched, struct task *task)
{
	task->policy = POLICY_OTHER;
	put_attr_record(sched, task);
}

enum sched_result sched_set_nice(struct sched *sched, struct task *task, s32 nice)
{
	struct rq *rq = task_rq(sched, task);
	s32 old_prio = task->prio;
	struct sched_change change;

	if (nice < -20 || nice > 19)
		return SCHED_EINVAL;
	if (task->static_prio == PRIO_DEFAULT + nice)
		return SCHED_OK;
	rq_update_clock(rq);
	if (!policy_is_fair(task->policy)) {
		task->static_prio = (s16)(PRIO_DEFAULT + nice);
		put_attr_record(sched, task);
		return SCHED_OK;
	}
	change = sched_change_begin(sched, task, DEQUEUE_SAVE);
	task->static_prio = task->normal_prio = (s16)(PRIO_DEFAULT + nice);
	if (task->prio >= PRIO_RT_MAX)
		task->prio = task->normal_prio;
	set_weight(sched, task);
	sched_change_end(sched, &change, ENQUEUE_RESTORE);
	put_attr_record(sched, task);
	tell_class(sched, task, task->class_id, old_prio);
	return SCHED_OK;
}

void sched_set_boost(struct sched *sched, struct task *task, const struct task *donor)
{
	struct rq *rq = task_rq(sched, task);
	s32 old_prio = task->prio;
	s16 donor_prio = donor ? donor->prio : PRIO_MAX;
	s16 prio = min_of(task->normal_prio, donor_prio);
	u8 old_class = task->class_id;
	u32 flags = DEQUEUE_SAVE | DEQUEUE_MOVE;
	struct sched_change change;

	task->donor_prio = donor_prio;
	/* A deadline task is queued anew each time: another donor may mean another deadline. */
	if (prio == old_prio && prio != PRIO_DL)
		return;
	stream_put(sched->stream, (struct record){
					  .when = sched->machine->now,
					  .kind = RECORD_PI_SETPRIO,
					  .cpu = (u16)sched_this_cpu(sched),
					  .task = task->id,
					  .arg = (u32)(u16)old_prio << 16 | (u16)prio,
				  });
	rq_update_clock(rq);
	if (class_of(sched, task->policy, prio) != old_class)
		finish_delayed(sched, task);
	change = sched_change_begin(sched, task, flags);
	if ((prio == PRIO_DL || old_prio == PRIO_DL) &&
	    sched->classes[CLASS_DEADLINE]->inherit(task, prio == PRIO_DL ? donor : NULL))
		flags |= ENQUEUE_REPLENISH;
	apply_prio(sched, task, prio);
	if (old_prio < prio)
		flags |= ENQUEUE_HEAD;
	sched_change_end(sched, &change, flags);
	tell_class(sched, task, old_class, old_prio);
}

void sched_requeue(struct sched *sched, struct task *task)
{
	struct rq *rq = task_rq(sched, task);
	u8 old_class = task->class_id;
	struct sched_change change;

	rq_update_clock(rq);
	if (class_of(sched, task->policy, task->prio) != old_class)
		finish_delayed(sched, task);
	change = sched_change_begin(sched, task, DEQUEUE_SAVE | DEQUEUE_MOVE);
	task->class_id = class_of(sched, task->policy, task->prio);
	if (task->class_id != old_class && task_class(sched, task)->switching_to)
		task_class(sched, task)->switching_to(rq, task);
	sched_change_end(sched, &change, ENQUEUE_RESTORE | ENQUEUE_MOVE);
	tell_class(sched, task, old_class, task->prio);
}
