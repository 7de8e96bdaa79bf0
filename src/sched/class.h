/* SPDX-License-Identifier: MIT */
/*
 * struct sched_class: the questions a class answers. A const table each; classes/classes.c lists
 * them, highest first; run/sim.c hands the list to sched. Pointers may be NULL where a class has
 * nothing to say, except enqueue, dequeue, pick, put_prev and set_next.
 */
#ifndef OSSIM_SCHED_CLASS_H
#define OSSIM_SCHED_CLASS_H

#include "sched/rq.h"

struct decision;

/* Positions in sched->classes: the order of the kernel's classes. */
enum class_id {
	CLASS_STOP,
	CLASS_DEADLINE,
	CLASS_RT,
	CLASS_FAIR,
	CLASS_EXT,
	CLASS_IDLE,
	NR_CLASSES
};

/* Enqueue and dequeue flags (kernel/sched/sched.h). */
enum {
	DEQUEUE_SLEEP = 1,
	ENQUEUE_WAKEUP = 1,
	DEQUEUE_SAVE = 2,
	ENQUEUE_RESTORE = 2,
	DEQUEUE_MOVE = 4,
	ENQUEUE_MOVE = 4,
	DEQUEUE_SPECIAL = 0x10,
	ENQUEUE_HEAD = 0x10,
	ENQUEUE_REPLENISH = 0x20,
	ENQUEUE_MIGRATED = 0x40,
	ENQUEUE_INITIAL = 0x80,
	DEQUEUE_MIGRATING = 0x100,
	ENQUEUE_MIGRATING = 0x100,
	DEQUEUE_DELAYED = 0x200,
	ENQUEUE_DELAYED = 0x200,
	DEQUEUE_THROTTLE = 0x800, /* to the limbo of a throttled group */
};

/* Wake flags. */
enum {
	WF_EXEC = 2,
	WF_FORK = 4,
	WF_TTWU = 8,
	WF_SYNC = 0x10,
	WF_MIGRATED = 0x20,
	WF_CURRENT_CPU = 0x40
};

enum { NO_CPU = UINT32_MAX }; /* where a cpu was looked for */

/* What a change of attributes or affinity came to. */
enum sched_result {
	SCHED_OK,       /* done; go on */
	SCHED_SWITCHED, /* done or under way, and this cpu has switched: return from the step */
	SCHED_EINVAL,
	SCHED_EPERM,  /* a deadline task would not be allowed everywhere */
	SCHED_EACCES, /* the ext scheduler does not want it */
	SCHED_EBUSY,  /* there is not so much bandwidth left, or it could not be kept */
};

struct sched_attr;
struct task_group;
struct group_spec;
struct group_change;

struct sched_class {
	const char *name;

	/* When runqueues and domains are there, before the first event. */
	void (*init)(struct sched *sched);
	/* The task's class-specific queueing. nr_running is kept by the class (rq_add_running). */
	void (*enqueue)(struct rq *rq, struct task *task, u32 flags);
	/* False: the task stays queued (a delayed dequeue). */
	bool (*dequeue)(struct rq *rq, struct task *task, u32 flags);
	void (*yield)(struct rq *rq);
	/* @woken is of this class, and so is rq->curr. */
	void (*wakeup_preempt)(struct rq *rq, struct task *woken, u32 wake_flags);

	/*
	 * Before a pick, from prev's class downwards until one says true: pull work if there is
	 * none. True: something of this class or a higher one is runnable.
	 */
	bool (*balance)(struct rq *rq, struct task *prev);
	/* The best task of this class, or NULL. Does not change what is current. */
	struct task *(*pick)(struct rq *rq);
	void (*put_prev)(struct rq *rq, struct task *prev, struct task *next);
	/* @first: a real switch; false: an attribute change of the running task. */
	void (*set_next)(struct rq *rq, struct task *next, bool first);
	/*
	 * Only if decisions are told (sched/decide.h), after @next was picked and before anything
	 * changed: puts the candidates on the desk and the rule and what belongs to it into
	 * @decision.
	 */
	void (*explain_pick)(struct rq *rq, const struct task *next, struct decision *decision);
	/*
	 * After the switch, in next's context, if the class asked for it in rq->balance_callbacks.
	 */
	void (*balance_callback)(struct rq *rq);
	/* In an interrupt of this cpu that was asked for by sched_irq_work_on(). */
	void (*irq_work)(struct rq *rq);

	/* The cpu for a waking, new or exec'ing task. this cpu is sched->machine->acting. */
	u32 (*select_cpu)(struct task *task, u32 prev_cpu, u32 wake_flags);
	/* The cpu that would run the task of @rq at once (find_lock_rq); NO_CPU: none would. */
	u32 (*better_cpu)(struct rq *rq, struct task *task);
	/* What sched_rr_get_interval() tells of @task, which was last on @rq, in ticks. NULL: 0. */
	u64 (*rr_interval)(const struct rq *rq, struct task *task);
	/* The task is about to change cpu to @cpu (task->cpu is still the old one). */
	void (*migrate)(struct task *task, u32 cpu);
	/* After a wakeup's sched_wakeup. */
	void (*woken)(struct rq *rq, struct task *task);

	void (*tick)(struct rq *rq, struct task *curr);
	/* The high-resolution tick that the class has asked for (sched/hrtick.h). */
	void (*hrtick)(struct rq *rq, struct task *curr);
	void (*fork)(struct task *child);
	/* A new task, just before its first enqueue on @rq. */
	void (*new_task)(struct rq *rq, struct task *task);
	void (*dead)(struct rq *rq, struct task *task);

	/* Off all queues, its class already this one: before it is enqueued here. */
	void (*switching_to)(struct rq *rq, struct task *task);
	/*
	 * Deadline only. May the task have @attr: if so, its bandwidth is reserved. Then, while it
	 * is on no queue: the parameters are these.
	 */
	enum sched_result (*admit)(struct task *task, const struct sched_attr *attr);
	void (*set_params)(struct task *task, const struct sched_attr *attr);
	/*
	 * A deadline task, or one that becomes or ceases to be boosted to it, has another @donor
	 * (NULL: none). True: it is to be queued with ENQUEUE_REPLENISH.
	 */
	bool (*inherit)(struct task *task, const struct task *donor);
	/*
	 * Can what was promised be kept without @rq's cpu? It may still be active, or already not.
	 */
	bool (*may_lose_cpu)(struct rq *rq);
	/* Domains are built anew: the root domain of rd.span goes, that of rd.active comes. */
	void (*rebuild_root)(struct sched *sched);

	void (*switched_from)(struct rq *rq, struct task *task);
	void (*switched_to)(struct rq *rq, struct task *task);
	void (*prio_changed)(struct rq *rq, struct task *task, s32 old_prio);
	/* Its nice or policy changed: new weight; the core has dequeued it. */
	void (*reweight)(struct task *task);
	/* The fair class's: see sched_owe(). */
	void (*owe)(struct task *task, u64 ns);
	void (*update_curr)(struct rq *rq);
	/* The task, on no queue at the moment, goes to @group; sets task->group and its queue. */
	void (*change_group)(struct rq *rq, struct task *task, struct task_group *group);
	/* The fair class's: @group has got a quota; @seed is for the phase of its periods. */
	void (*limit_group)(struct task_group *group, u64 seed);
	/* The fair class's: what a write to a group's files does. */
	void (*set_shares)(struct sched *sched, struct task_group *group, u64 shares);
	void (*set_idle)(struct sched *sched, struct task_group *group, bool idle);
	void (*set_quota)(struct task_group *group, u64 quota_ns, u64 period_ns, u64 burst_ns);
	/*
	 * The rt class's: the workload's groups are there; a write to cpu.rt_runtime_us and the
	 * like, false: refused.
	 */
	void (*groups_init)(struct sched *sched, const struct group_spec *specs);
	/*
	 * The rt and the deadline class's: sched_rt_runtime_us or sched_rt_period_us was written.
	 * Does what is there fit the new limit (sched_rt_handler())? If it does for both, it is in
	 * force from now on.
	 */
	bool (*limit_fits)(const struct sched *sched);
	void (*take_limit)(struct sched *sched);
	/* The deadline class's: a write to the fair servers' files. */
	void (*write_server)(struct sched *sched, u64 runtime, u64 period);
	/* NEVER, 0: as it is */
	bool (*set_rt_group)(struct sched *sched, struct task_group *group, u64 runtime,
			     u64 period);
	/* May there be rt tasks in @group (sched_rt_can_attach)? There are rt groups. */
	bool (*has_rt_runtime)(const struct sched *sched, const struct task_group *group);
	/* The fair class's: nobody is in @group any more: no cpu keeps anything of it. */
	void (*drop_group)(struct sched *sched, struct task_group *group);
	/*
	 * The current task of @rq is about to return to user mode, throttled: true if it has left
	 * its queue.
	 */
	bool (*throttle_curr)(struct rq *rq, struct task *curr);
	/* An interrupt asks @rq to unthrottle what is in to_unthrottle. */
	void (*unthrottle)(struct rq *rq);
	void (*affinity_changed)(struct rq *rq, struct task *task);
	/*
	 * The fair class's, where cores pick for all their threads (sched/cookie.h). Does @b, maybe
	 * of another thread, go before @a; @forced: as it was when threads of the core began to be
	 * forced to idle. @task was picked, what is compared is from now on as it is now (unless
	 * that was done for this @seq).
	 */
	bool (*core_less)(const struct task *a, const struct task *b, bool forced);
	void (*core_note)(const struct task *task, u32 seq, bool forced);
	/*
	 * @task is throttled on @cpu: there its group's quota, the class's runtime or its own
	 * budget is used up (task_is_throttled).
	 */
	bool (*is_throttled)(struct task *task, u32 cpu);
	/* The cpu leaves its root domain, or has entered one. At hotplug all cpus change theirs. */
	void (*rq_offline)(struct rq *rq);
	/* The last moment of a cpu that goes offline; its stopper runs. */
	void (*cpu_dying)(struct rq *rq);
	void (*rq_online)(struct rq *rq);
};

/*
 * Nearly all tasks are fair ones: what is asked at every event is asked by name, not by way of the
 * table, which link-time optimisation sees through only when it is too late to inline.
 */
extern const struct sched_class fair_class;
void fair_enqueue(struct rq *rq, struct task *task, u32 flags);
bool fair_dequeue(struct rq *rq, struct task *task, u32 flags);
void fair_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags);
bool fair_balance(struct rq *rq, struct task *prev);
struct task *fair_pick(struct rq *rq);
void fair_put_prev(struct rq *rq, struct task *prev, struct task *next);
void fair_set_next(struct rq *rq, struct task *next, bool first);
u32 fair_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags);
void fair_tick(struct rq *rq, struct task *curr);

/* Asks class @id one of these questions. */
#define class_call(sched, id, question, ...)                       \
	(likely((id) == CLASS_FAIR) ? fair_##question(__VA_ARGS__) \
				    : (sched)->classes[id]->question(__VA_ARGS__))
#define class_answers(sched, id, question)                        \
	(likely((id) == CLASS_FAIR) ? fair_class.question != NULL \
				    : (sched)->classes[id]->question != NULL)

/* What the fair class's load balancing does outside of its class's questions. */
struct sched_balancer {
	void (*init)(struct sched *sched); /* after domain_build() */
	void (*tick)(struct rq *rq);       /* after the class's tick: trigger and softirq */
	void (*nohz_run)(struct rq *rq);   /* this cpu was kicked (rq->nohz_kick) */
	/* what those have raised, if a thread does softirqs: sched.raise_softirq */
	void (*softirq)(struct rq *rq);
	void (*tick_stopped)(struct rq *rq); /* the cpu has stopped its tick in idle */
	/* the cpu leaves idle: its idle task is switched out */
	void (*idle_exit)(struct rq *rq);
	/* so much of the time up to rq->clock went to interrupts */
	void (*irq_time)(struct rq *rq, u64 ns);
	void (*cpu_leaves)(struct rq *rq); /* the cpu is about to become inactive */
};

/*
 * The only one there is, so that the compiler sees through it as well; without balancing sched has
 * none.
 */
extern const struct sched_balancer sched_balancer;

/* What an ext scheduler wants to know of tasks and cpus, whatever their class. */
struct sched_extender {
	/* A task gets its attributes for the first time: sched_task_init(). */
	void (*new_task)(struct sched *sched, struct task *task);
	/* A child is about to be made: 0, or the error (errno) with which the fork fails. */
	s32 (*may_fork)(struct sched *sched, struct task *child);
	/* The end of sched_fork(): nobody has seen the child yet. */
	void (*fork)(struct sched *sched, struct task *child);
	/* Its memory is about to be used for others. Only if task->ext. */
	void (*free_task)(struct sched *sched, struct task *task);
	/*
	 * A task goes to another cgroup (NULL: the root). False: it may not; it does; it does not
	 * after all.
	 */
	bool (*prep_move)(struct sched *sched, struct task *task, const struct task_group *to);
	void (*move)(struct sched *sched, struct task *task, const struct task_group *from,
		     const struct task_group *to);
	void (*cancel_move)(struct sched *sched, struct task *task, const struct task_group *to);
	/*
	 * Files of a group were written, by which something may have changed; its shares were
	 * @old_shares.
	 */
	void (*group_written)(struct sched *sched, const struct task_group *group, u32 old_shares,
			      const struct group_change *change);
	/* The cpu of @rq has come, or is about to go. Only if rq->ext. */
	void (*hotplug)(struct rq *rq, bool online);
	/* The task shall not have the policy ext. */
	bool (*disallows)(const struct task *task);
};

#endif
