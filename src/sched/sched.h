/* SPDX-License-Identifier: MIT */
/*
 * The mechanism: wake, block, schedule, tick, change attributes. Kernel: kernel/sched/core.c.
 *
 * "This cpu" is machine->acting: the cpu on whose behalf the code runs. Calls of one instant are
 * atomic steps; locks are not modelled.
 *
 * After a call that may switch (sched_block, sched_yield_curr, sched_preempt_point,
 * sched_exit_task) the caller's task may no longer be running on the cpu: return from the step at
 * once.
 */
#ifndef OSSIM_SCHED_SCHED_H
#define OSSIM_SCHED_SCHED_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/rng.h"
#include "machine/machine.h"
#include "model/kernel.h"
#include "model/program.h"
#include "sched/class.h"
#include "sched/domain.h"
#include "sched/group.h"
#include "trace/stream.h"

/* New tasks so far. */
struct births {
	u32 nr, cpu;   /* how many, where the last went */
	u32 row_first; /* the first of the present row, or of the last one */
	/* they come one after the other, and nothing else happens: sched_births_begin() */
	bool in_row;
};

struct sched {
	struct machine *machine;
	struct rq *rqs; /* by cpu */
	u32 nr_cpus;
	u32 tick_ns;
	bool tick_costs; /* a tick takes time from who runs, or comes late */
	/* bookkeeping takes time by the state that it finds: fair_toll.h */
	bool has_tolls;
	/* a switch is told when it is made, not when it is decided; of one cpu alone */
	bool late_switches;
	u64 tolls_at, tolls_ns;      /* the last such time, all of it at one moment */
	u64 ends_at;                 /* of the run: no switch is told for later */
	u128 features;               /* copy of kernel->features */
	struct decision_desk *desk;  /* decisions are told there; NULL: to nobody */
	struct schedstat *schedstat; /* sched/schedstat.h; NULL: no statistics are kept */
	struct kernel *kernel;       /* its own: scaled knobs follow the cpus that are online */
	const struct platform *platform;
	const struct sched_class *const *classes; /* NR_CLASSES; NULL: absent */
	struct stream *stream;
	struct arena *arena;
	struct root_domain rd;
	struct domain_cache *cache; /* by cpu */
	const struct cpumask *all_cpus;
	struct rng newidle_rng, jitter_rng;    /* jitter_rng: costs.tick_jitter */
	struct rng irq_rng;                    /* costs.irq_jitter, costs.timer_jitter */
	void *fair_data;                       /* classes/fair's own, e.g. nohz state */
	const struct sched_balancer *balancer; /* load balancing; NULL: none */
	struct pool stop_works;                /* of callers that wait for a stopper */
	struct pool pinned_pool;               /* sched/pinned.c */
	struct rb_tree pinned;
	struct cookies *cookies;     /* sched/cookie.h; NULL: nobody has made one */
	struct cpumask **single_cpu; /* by cpu; NULL: not needed so far */
	struct pool dl_entities;     /* reservations of tasks */
	/*
	 * At the tick at which the running task has exceeded a budget that it watches; NULL: nobody
	 * cares.
	 */
	void (*dl_overrun)(void *self, struct task *task);
	void *dl_overrun_self;
	/*
	 * Balancing on @cpu is left to a thread, which calls balancer->softirq; NULL: it is done
	 * where it is raised.
	 */
	void (*raise_softirq)(void *self, u32 cpu);
	void *softirq_self;
	/* A cpu that somebody watches has come through the scheduler: sched_watch_cpu(). */
	void (*watch)(void *self);
	void *watch_self;

	/* The ext scheduler, if the workload has one. */
	const struct sched_extender *extender; /* NULL: none, or it was taken out */
	void *ext_data;                        /* struct ext of classes/ext.h */
	/* bit per enum sched_policy: run under it; 0: none is loaded */
	u8 ext_policies;
	bool ext_queued_wakeups; /* its tasks may be put on wake lists */
	struct rt_bandwidth rt_bandwidth;
	/* sched/governor.h, by cpu; NULL: cpus have one idle state */
	struct governor *governors;
	/* classes/rt_group.h; NULL: rt tasks are not grouped */
	struct rt_groups *rt_groups;
	struct task_group *groups; /* of the workload, by its numbers */
	u32 nr_groups, next_group_id;
	struct task_group *free_autogroups; /* linked by parent */
	struct task_group *autogroups;      /* all that were ever made, by made_before */
	struct births births;
};

void sched_init(struct sched *sched, struct arena *arena, struct machine *machine,
		const struct kernel *kernel, const struct platform *platform,
		const struct sched_class *const *classes, const struct sched_balancer *balancer,
		struct stream *stream, u64 seed);
void sched_fini(struct sched *sched);

/* Handlers for the machine (segment_end belongs to proc/interp.c). */
void sched_tick(void *sched, struct cpu *cpu);
void sched_ipi(void *sched, struct cpu *cpu);
void sched_resched(void *sched, struct cpu *cpu);
/*
 * At the end of an interrupt other than the tick (which does it itself): a lazy reschedule is
 * honoured.
 */
void sched_irq_exit(void *sched, struct cpu *cpu);
/* The same with the cost `work_gap`. */
void sched_irq_exit_clocked(void *sched, struct cpu *cpu);
/* What @cpu does is measured by the clock: it is no work of the kernel. */
bool sched_works_by_clock(void *sched, const struct cpu *cpu);

static inline struct rq *sched_rq(struct sched *sched, u32 cpu)
{
	return &sched->rqs[cpu];
}

static inline struct rq *task_rq(const struct sched *sched, const struct task *task)
{
	return &sched->rqs[task->cpu];
}

static inline u32 sched_this_cpu(const struct sched *sched)
{
	return sched->machine->acting;
}

static inline bool sched_feature(const struct sched *sched, u128 feature)
{
	return sched->features & feature;
}

static inline const struct sched_class *task_class(const struct sched *sched,
						   const struct task *task)
{
	return sched->classes[task->class_id];
}

/* set_task_rq(): the task is, or will be, on its group's queue of @cpu. */
static inline void task_set_queue(struct sched *sched, struct task *task, u32 cpu)
{
	if (likely(!task->group)) {
		task->fair.queue = &sched->rqs[cpu].fair;
		task->fair.parent = NULL;
		task->fair.depth = 0;
	} else {
		task->fair.queue = &task->group->cpus[cpu].queue;
		task->fair.parent = &task->group->cpus[cpu].se;
		task->fair.depth = task->group->depth;
	}
}

/* ---- A task's life ---- */

/*
 * Puts attributes into a zeroed task: policy, prio, class, weight. It is asleep on no queue, its
 * state is TASK_NEW, cpu is 0. @mm 0: kernel thread. Writes no record.
 */
void sched_task_init(struct sched *sched, struct task *task, u32 id, const struct sched_attr *attr,
		     const struct cpumask *cpus, u32 mm, u16 flags);
/*
 * The child takes over what sched_fork() copies from @parent; parent may be a task that never ran.
 * Its group is set already.
 */
void sched_fork(struct sched *sched, struct task *parent, struct task *child);
/*
 * Before anything else of @child is made, which will have @attr: what the ext scheduler says, 0 or
 * an error with which the fork fails. (The kernel asks late, in sched_cgroup_fork(), when nobody
 * has seen the child either.)
 */
s32 sched_may_fork(struct sched *sched, const struct task *parent, struct task *child,
		   const struct sched_attr *attr);
void sched_cookie_free(struct sched *sched, struct task *task); /* sched/cookie.h */
/* In schedstat.c; only if statistics are kept: those of @task go. */
void schedstat_forget(struct sched *sched, const struct task *task);
/* The memory of @task is about to be used for another. */
static inline void sched_task_free(struct sched *sched, struct task *task)
{
	if (unlikely(task->ext))
		sched->extender->free_task(sched, task);
	if (unlikely(task->tagged))
		sched_cookie_free(sched, task);
	if (unlikely(sched->schedstat))
		schedstat_forget(sched, task);
}
/* First wakeup: chooses the cpu, enqueues, checks preemption. State TASK_NEW. */
void sched_wake_new(struct sched *sched, struct task *task);
/*
 * Until the end nothing happens, and no time passes, but that new tasks have their first wakeup, on
 * behalf of one cpu: what is known of the other cpus stays true.
 */
static inline void sched_births_begin(struct sched *sched)
{
	sched->births.row_first = sched->births.nr;
	sched->births.in_row = true;
}

static inline void sched_births_end(struct sched *sched)
{
	sched->births.in_row = false;
}

/* The cpu's idle and stopper tasks, before the first event. The idle task becomes current. */
void sched_set_idle(struct sched *sched, u32 cpu, struct task *idle);
void sched_set_stop(struct sched *sched, u32 cpu, struct task *stop);
/*
 * Something waits for the cpu's ticks (rcu_needs_cpu()): they go on while it idles; or nothing does
 * any more.
 */
void sched_idle_needs_tick(struct sched *sched, u32 cpu, bool needs);
/*
 * When the sleeping fair @task is woken, its virtual time is @ns behind its queue's: CFS's
 * min_vruntime, EEVDF's average, of which no lag is beyond the limit.
 */
void sched_owe(struct sched *sched, struct task *task, u64 ns);
/* A task that sleeps from the start (BIRTH_WOKEN, kernel threads): put on @cpu, state @state. */
void sched_park(struct sched *sched, struct task *task, u32 cpu, u16 state);

/* ---- Running ---- */

/* The current task of @cpu goes on with task->work_left. */
void sched_continue(struct sched *sched, struct cpu *cpu);
/* The current task of @cpu sleeps in @state; another is picked and its segment begun. */
void sched_block(struct sched *sched, struct cpu *cpu, u16 state);
/*
 * It sleeps until its group is thawed or it has a signal. The kernel has it in S, out of all queues
 * that others wake; here it keeps its place in some, so the state is one that no waker there means.
 */
void sched_freeze(struct sched *sched, struct cpu *cpu);
/* It sleeps until it is thawed, whatever comes (__refrigerator()). */
void sched_refrigerate(struct sched *sched, struct cpu *cpu);
/*
 * __set_task_frozen(): @task, which is not on its way to run, sleeps on, and is not woken before it
 * is thawed. False: not so.
 */
bool sched_freeze_asleep(struct task *task);
/* __thaw_task(): it goes on, or sleeps on if nobody has woken it. */
void sched_thaw(struct sched *sched, struct task *task);
void sched_yield_curr(struct sched *sched, struct cpu *cpu);
/* Return to user mode: if a reschedule is due, switch. True: the cpu has switched. */
bool sched_preempt_point(struct sched *sched, struct cpu *cpu);
/* cond_resched() of a kernel thread: the same, traced as R+. */
bool sched_cond_resched(struct sched *sched, struct cpu *cpu);
/*
 * preempt_enable() in the kernel: if a reschedule is due that is acted on there, switch. True: it
 * has.
 */
bool sched_preempt_enable(struct sched *sched, struct cpu *cpu);
/*
 * The current task of @cpu spins, until sched_spin_ends() or, with TASK_FLAG_SPINS, a full
 * reschedule. Then its segment is over.
 */
void sched_spin(struct sched *sched, struct cpu *cpu);
void sched_spin_ends(struct sched *sched, struct task *task);
/* sched->watch is called behind the next pick on @cpu, once. */
void sched_watch_cpu(struct sched *sched, u32 cpu);
/* Last schedule of a dead task; @reported is TASK_EXIT_ZOMBIE or TASK_EXIT_DEAD for the trace. */
void sched_exit_task(struct sched *sched, struct cpu *cpu, u16 reported);

/* ---- Waking ---- */

/* try_to_wake_up(): true if the task's state was in @mask and it is now (or soon) runnable. */
bool sched_wake(struct sched *sched, struct task *task, u16 mask, u32 wake_flags);
/*
 * The interrupt of @cpu comes so much later to what it wakes next: from then on who is picked is
 * charged.
 */
void sched_clock_ahead(struct sched *sched, struct cpu *cpu, u64 ns);
/* A running task shall notice its signal: its segment ends early, at an interrupt. */
void sched_kick(struct sched *sched, struct task *task);

/* ---- Changing ---- */

/*
 * A task that is not to have the policy ext, and runs under no ext scheduler yet, has `other` from
 * now on.
 */
void sched_reject_ext(struct sched *sched, struct task *task);
must_check enum sched_result sched_set_attr(struct sched *sched, struct task *task,
					    const struct sched_attr *attr);
must_check enum sched_result sched_set_nice(struct sched *sched, struct task *task, s32 nice);
/*
 * @cpus lives as long as the task. If the task runs somewhere outside the new set, the stopper
 * moves it and the caller (the current task of @cpu) waits: SCHED_SWITCHED.
 */
must_check enum sched_result sched_set_affinity(struct sched *sched, struct cpu *cpu,
						struct task *task, const struct cpumask *cpus);
/* sched_exec(): may move the caller to a better cpu through the stopper: SCHED_SWITCHED. */
must_check enum sched_result sched_exec(struct sched *sched, struct cpu *cpu);
/*
 * Priority inheritance: the task's effective priority becomes min(normal, that of @donor, the
 * strongest waiter for what it holds; NULL: nobody waits).
 */
void sched_set_boost(struct sched *sched, struct task *task, const struct task *donor);

/* The stopper of @cpu runs its next work; called at the end of its segment. */
void sched_stopper_step(struct sched *sched, struct cpu *cpu);

/* ---- For classes ---- */

void sched_resched_curr(struct rq *rq);
/*
 * An interrupt for @cpu: it runs its wake list and its NOHZ balancing. Several coalesce into one.
 * @kind: what is counted.
 */
void sched_send_ipi(struct sched *sched, u32 cpu, enum ipi_kind kind);
/* irq_work_queue_on(): @class_id's irq_work shall run on @cpu, in an interrupt. */
void sched_irq_work_on(struct sched *sched, u32 cpu, u8 class_id);
/* The fair class's: lazy where the preemption model has it. */
void sched_resched_curr_lazy(struct rq *rq);
void sched_wakeup_preempt(struct rq *rq, struct task *task, u32 wake_flags);

/* What of the cpu is left for fair tasks; counted in rd.nr_reduced. */
void rq_set_capacity(struct rq *rq, u32 capacity);

static inline void rq_add_running(struct rq *rq, u32 nr)
{
	rq->nr_running += nr;
	if (rq->nr_running >= 2) {
		rq->sched->rd.overloaded = true;
		cpumask_set(rq->sched->rd.crowded, rq->cpu);
	}
}

static inline void rq_sub_running(struct rq *rq, u32 nr)
{
	rq->nr_running -= nr;
	if (rq->nr_running < 2)
		cpumask_clear(rq->sched->rd.crowded, rq->cpu);
}

/* Of @delta ns that have passed, what interrupts took, as far as it was not taken off before. */
u64 sched_irq_time(struct rq *rq, u64 delta);

/*
 * update_rq_clock_task(): moves the clock to @clock, which is not before it. Execution is charged
 * in rq->clock_task; deadlines and periods are of rq->clock.
 */
static inline void rq_clock_to(struct rq *rq, u64 clock)
{
	u64 delta = clock - rq->clock;

	rq->clock = clock;
	if (unlikely(rq->irq_accounted))
		delta -= sched_irq_time(rq, delta);
	rq->clock_task += delta;
	rq->clock_pelt = rq->curr == rq->idle ? rq->clock_task : rq->clock_pelt + delta;
}

u64 sched_draw_irq_jitter(struct sched *sched);

/* What the handler of this interrupt takes more than another. */
static inline u64 sched_irq_jitter(struct sched *sched)
{
	u64 most = sched->platform->costs.irq_jitter;

	return unlikely(most) ? sched_draw_irq_jitter(sched) : 0;
}

u64 sched_draw_timer_jitter(struct sched *sched);

/*
 * How much later than it is due the interrupt that ends a sleep comes: the timer's hardware counts
 * in steps.
 */
static inline u64 sched_timer_jitter(struct sched *sched)
{
	return unlikely(sched->platform->costs.timer_jitter) ? sched_draw_timer_jitter(sched) : 0;
}

/* Moves the clock to now. It may be ahead: see wakeup_charge. */
static inline void rq_update_clock(struct rq *rq)
{
	u64 now = rq->sched->machine->now + RQ_CLOCK_BASE;

	if (now > rq->clock)
		rq_clock_to(rq, now);
}

/*
 * rq_clock_skip_update(): the clock was just moved for a decision that leads to schedule(), which
 * shall not move it again. What passes between them is charged to who comes next.
 */
static inline void rq_skip_clock_update(struct rq *rq)
{
	rq->skip_clock_update = true;
}

void sched_record_runtime(struct rq *rq, struct task *task, u64 delta);

/*
 * The task's runtime grew by @delta: the RUNTIME record, if anybody wants it, and statistics, if
 * they are kept.
 */
static inline void sched_account_runtime(struct rq *rq, struct task *task, u64 delta)
{
	if (unlikely(stream_wants(rq->sched->stream, RECORD_RUNTIME) || rq->sched->schedstat))
		sched_record_runtime(rq, task, delta);
}

/* activate_task, deactivate_task: queue for a wakeup or a move. */
void sched_activate(struct rq *rq, struct task *task, u32 flags);
bool sched_deactivate(struct rq *rq, struct task *task, u32 flags);
/* set_task_cpu: MIGRATE record, class hook, statistics. The task is on no queue. */
void sched_set_cpu(struct sched *sched, struct task *task, u32 cpu, enum record_move why);
/* move_queued_task: a queued task that does not run goes to @cpu, which checks preemption. */
void sched_move_queued(struct sched *sched, struct task *task, u32 cpu, enum record_move why);
/* May @task run on @cpu: allowed, and the cpu is active (online for kernel threads)? */
bool sched_cpu_allowed(const struct sched *sched, const struct task *task, u32 cpu);
/*
 * select_fallback_rq(): an allowed cpu of @cpu's node, else any. If none is left, the task may use
 * all cpus from now on (record UNBOUND).
 */
u32 sched_fallback_cpu(struct sched *sched, struct task *task, u32 cpu);
/* any_and_distribute(mask, other): round robin per calling cpu; nr_cpus if empty. */
u32 sched_any_and_distribute(struct sched *sched, const struct cpumask *a, const struct cpumask *b);

/* stop_one_cpu_nowait(): queues @work on @cpu and wakes its stopper. */
void sched_stop_cpu(struct sched *sched, u32 cpu, struct stop_work *work);

/* The rq's cpu as the machine knows it. */
static inline struct cpu *rq_cpu(const struct rq *rq)
{
	return rq->hardware;
}

/* All fair policies are run by the ext scheduler: the fair class and its balancing rest. */
static inline bool sched_ext_runs_all(const struct sched *sched)
{
	return unlikely(sched->ext_policies & 1u << POLICY_OTHER);
}

/*
 * Off its queue and on again, wherever the class that its policy and priority say it has puts it;
 * what an ext scheduler does with all tasks when it is loaded and when it is taken out.
 */
void sched_requeue(struct sched *sched, struct task *task);

#endif
