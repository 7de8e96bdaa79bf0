/* SPDX-License-Identifier: MIT */
/*
 * The demand in a trace: what each task asked of the machine, whatever the machine gave.
 *
 * Three passes over it: replay_collect.c makes each task's row of steps from records (and
 * replay_bound.c sees which cpus a task is kept from), replay_judge.c decides of each wakeup what
 * it waited for, replay_program.c makes actions of the steps. docs/replay.md tells the rules to
 * users.
 */
#ifndef OSSIM_INPUT_REPLAY_H
#define OSSIM_INPUT_REPLAY_H

#include "base/text.h"
#include "base/vec.h"
#include "input/input.h"
#include "trace/roster.h"
#include "trace/stream.h"
#include "trace/window.h"

enum {
	REPLAY_NONE = UINT32_MAX,
	REPLAY_SAME_CALL = 10 * (int)USEC /* at most between two wakeups of one call */
};

/* Who was woken and finds nothing waits on so soon, by cpu time. */
enum { REPLAY_VAIN_MOST = 20 * (int)USEC };

/* So short a sleep waited for a point of time that had passed. */
enum { REPLAY_AT_ONCE = 30 * (int)USEC };

/* What a task did between two stretches of running. */
enum replay_step_kind {
	STEP_WAKE,      /* woke a task; arg: index of the waking */
	STEP_BLOCK,     /* left the cpu until woken; arg: index of the waking, or REPLAY_NONE */
	STEP_AWAIT_CPU, /* taken off the cpu for arg ns (at most); runnable all the time */
	STEP_FORK,      /* arg: the child's task id */
	STEP_EXEC,      /* arg: comm of the new program */
	STEP_WAIT,      /* called wait */
	STEP_PRIO,      /* its priority changed; arg: the new one (s32) */
	STEP_MARK,      /* wrote a mark; arg: name id */
	STEP_LOST,      /* events are missing around here */
	STEP_EXIT,
};

/* What the kernel did on the task's time, by number: the simulation will charge for it. */
struct replay_toll {
	u32 interrupts;  /* that woke somebody; there may be very many while a task runs on */
	u16 switches;    /* to the task */
	u16 moves;       /* of these, from another cpu */
	u16 preemptions; /* it was taken off its cpu */
};

struct replay_step {
	u64 when;                /* since the beginning of what is rebuilt */
	u64 ran;                 /* cpu time since the last step */
	struct replay_toll toll; /* in that time */
	u32 arg;
	u8 kind; /* enum replay_step_kind */
	/* STEP_AWAIT_CPU: for no visible reason; of a deadline task: to a lower class */
	bool gave_way : 1;
	/* STEP_BLOCK: woken in a queue that others share, it found nothing and waits on */
	bool vain : 1;
	bool held : 1;      /* STEP_AWAIT_CPU: that idled meanwhile */
	bool outranked : 1; /* likewise: a good part of that was realtime or deadline tasks' */
	u32 turn; /* the partner whose turn ends or begins here unseen, or REPLAY_NONE: see
			  replay_turns.c */
};

static_assert(sizeof(struct replay_step) <= 40,
	      "there are as many as wakeups and switches in a trace");

/* What ended a sleep. */
enum replay_verdict {
	VERDICT_OPEN,    /* not judged yet */
	VERDICT_START,   /* the first sign of life of a task that slept when the window began */
	VERDICT_OUTSIDE, /* a device, a timer of some length */
	VERDICT_GRID,    /* a timer on the grid of the task's period */
	VERDICT_POST,    /* another task */
	VERDICT_CHILD,   /* a child that exits */
	VERDICT_LOCK,    /* who had a mutex with priority inheritance */
	VERDICT_TICK,    /* the kernel's own timers, at a tick */
};

struct replay_waking {
	u64 when;
	u64 waker_cpu;    /* cpu time of the waker in the window up to then */
	u32 waker, wakee; /* task ids */
	u32 block;        /* the wakee's step that it ends; REPLAY_NONE: none */
	u32 tail_ns;      /* what the waker still ran before it blocked; UINT32_MAX: it did not */
	u32 burst_ns;     /* of this length was all of that burst */
	u8 context;       /* RECORD_FLAG_IRQ, RECORD_FLAG_BY_TASK, or 0: not known */
	u8 verdict;       /* enum replay_verdict */
	bool exiting;     /* the waker was on its way out */
	bool weighed;     /* against who ran on the waker's own cpu */
	bool remote;      /* for another cpu than the waker's */
	/* the first one of a call that is one action: see enum replay_queue_kind */
	bool opens;
	/*
	 * from the wakeup to the switch that it led to, if that came at once and the heads do not
	 * tell of interrupts; or 0
	 */
	u16 way_ns;
	u32 queue;    /* VERDICT_POST: in replay.queues, + 1; 0: one of its own */
	u32 delay_ns; /* until the wakee had a cpu; UINT32_MAX: it did not get one */
	/* VERDICT_GRID: the point of the grid; VERDICT_TICK: how many ticks it slept */
	u64 grid;
};

/* The ticks of all cpus. */
struct replay_grid {
	u32 hz;
	u64 phase; /* when one comes, in the first period of the window */
};

/* How a task came into the window. */
enum replay_origin {
	ORIGIN_NONE,    /* it did nothing in it */
	ORIGIN_PRESENT, /* it ran or was runnable */
	ORIGIN_WOKEN,   /* it slept, and was woken at `start` */
	ORIGIN_FORKED,  /* by a task of the window */
};

/* What speaks against it that a task may run on a cpu, since it last did: see replay_bound.c. */
struct replay_place {
	u64 idle_ns;        /* the cpu idled while the task waited for another one; weighed */
	u32 wakeups;        /* the cpu idled while the task was woken for one that did not */
	u32 wakeups_before; /* of all its wakeups */
};

struct replay_visit {
	u32 cpu;
	u32 step; /* the one with which it left the cpu: its index + 1; 0: before the window */
};

enum replay_status { STATUS_UNKNOWN, STATUS_ASLEEP, STATUS_READY, STATUS_RUNNING, STATUS_DEAD };

/*
 * What a task goes on with that is ahead of its recording. @together: its steps from @first on up
 * to @last, while others do theirs; else two sleeps, with all that is between them. @last 0: with
 * nothing.
 */
struct replay_cycle {
	u32 first, last;
	bool together;
	bool cut; /* at @last, as what comes behind it is not complete */
};

struct replay_task {
	vec_of(struct replay_step) steps;
	vec_of(struct replay_place) places; /* by cpu; none: nothing speaks against any */
	vec_of(struct replay_visit) visits; /* the cpus that it ran on, the last one first */
	u32 nr_wakeups;                     /* for a known cpu */
	u8 status;                          /* enum replay_status */
	u8 origin;                          /* enum replay_origin */
	bool apart;   /* idle and migration tasks: they are the machine's own */
	bool newborn; /* of a parent that is not rebuilt: a simulation's init */
	bool thread;  /* of its parent's process */
	bool exiting;
	bool kthread;
	bool hotplug; /* it takes its cpu down and brings it up */
	bool yields;  /* see replay_yield.c */
	/* by one call: it went on to the next though it was to be switched out */
	bool wakes_several;
	bool round_robin;      /* gave way to one of its own real-time priority */
	s16 prio, parent_prio; /* at its start */
	u32 pid;
	u32 comm; /* at its start, but for a rename before the first exec: name id */
	u32 comm_now, comm_before;
	u32 renamed_at; /* number of steps when comm_now came, REPLAY_NONE: before the window */
	u32 exec_step, block_step; /* the last STEP_EXEC and STEP_BLOCK, or REPLAY_NONE */
	u32 parent;                /* ORIGIN_FORKED: task id */
	u64 start, exit_when;
	u64 exiting_at; /* by the trace's clock */
	/* when it first had a cpu in the window, since its start; NEVER: it had none */
	u64 first_run;
	u32 first_cpu; /* that one, or REPLAY_NONE */
	/* of its queue's clock, when it first had the cpu, or NEVER: the trace does not tell */
	u64 first_vruntime;
	u64 lag;  /* how far it was behind others that waited with it then */
	u32 home; /* the cpu on which it slept or waited before, or REPLAY_NONE */

	/* While collecting. */
	u64 accounted;  /* the last time */
	u64 waking_at;  /* the last one, */
	u32 waking_cpu; /* there, or REPLAY_NONE */
	u32 last_cpu;
	u64 since;       /* accounted up to here */
	u64 ready_since; /* STATUS_READY */
	u64 ranked_ns;   /* likewise, if it was taken off its cpu: rank_ns of that then */
	u32 queue;       /* the cpu that it waits for then, or is likely to */
	bool listed;     /* among those that wait */
	u64 ran;
	struct replay_toll toll;
	u32 pending; /* a waking that came before the block, or REPLAY_NONE */
	u64 asleep_since;
	u32 lends_to; /* the holder of a mutex to whom it has lent its priority, or TASK_ID_NONE */
	u64 lent_at;  /* by that one's cpu time */
	bool unsure; /* STATUS_READY, but it may have blocked at asleep_since: that event is missing
		      */

	/* When collected. */
	u64 cpu_ns;
	u32 nr_blocks, nr_awaits;
	u32 nr_held;               /* waits for a mutex that it had */
	u64 held_ns;               /* by its cpu time, as long as the longest of those */
	u32 nr_gave_way;           /* early, and for no visible reason */
	u64 yield_ns;              /* it works so long between two yields; 0: that is not known */
	u32 serves;                /* takes from this one of replay.queues for ever, + 1; 0: none */
	u32 deadline;              /* in replay.deadlines, + 1; 0: it never was a deadline task */
	struct replay_cycle cycle; /* what it goes on with */
	u32 group;                 /* in replay.groups, + 1; 0: none shows */
	bool idle;                 /* of the idle policy */
};

/* What shows of a group: see replay_groups.c. */
struct replay_group {
	u32 weight;
	u64 quota, period; /* 0: none */
	u64 phase;         /* when a period begins, in the first of them */
};

/* What a deadline task shows of its reservation: see replay_deadline.c. */
struct replay_deadline {
	/* While collecting: the budget under way, which began with a wakeup or was refilled. */
	u64 since, cpu_before, used;
	u64 woken_at; /* the last one that began with a wakeup; NEVER: none has */
	bool under_way, refilled, throttled;

	vec_of(u64) between_wakeups;
	vec_of(u64) to_refill; /* from the beginning of a budget that was used up */
	u64 longest_ns;        /* used at once up to a block */
	u64 least_ns;          /* used up, from a wakeup on */
	u64 most_ns;           /* used up or given away */
	u64 refilled_ns;       /* used up, from a refill on, in sum */
	u64 refilled_time;     /* from those to the next refills */
	u32 nr_refilled, nr_throttled;

	/* In the end. */
	u64 runtime, period;
	bool good;
};

/* A wait for a mutex with priority inheritance: see replay_locks.c. */
struct replay_lock_wait {
	u32 waiter, block; /* its step */
	u32 holder;
	u64 since; /* by the holder's cpu time */
};

/* A holder takes its mutex in @step, when it has run for @after of it. */
struct replay_section {
	u32 task, step;
	u64 after;
};

enum replay_queue_kind {
	QUEUE_OF_ONE,    /* a semaphore for one task that wakes, and one that is woken */
	QUEUE_SEMAPHORE, /* who comes first takes what is there */
	QUEUE_BROADCAST, /* a call wakes all who wait */
	QUEUE_BARRIER,   /* who comes last wakes all others */
};

/* Where several tasks wait: see replay_barriers.c and replay_queues.c. */
struct replay_queue {
	u32 first; /* one of them */
	u32 nr;
	u8 kind; /* enum replay_queue_kind */
	/* QUEUE_SEMAPHORE: what is taken there is so much work; 0: that differs, or is not known */
	u64 job_ns;
};

/*
 * @task takes something from a queue, or puts it there, when it has worked for @after of @step,
 * though no wakeup tells: see replay_jobs.c.
 */
struct replay_unseen {
	u32 task, step;
	u64 after;
	u32 queue; /* + 1 */
	bool brings;
};

/* An event of a cpu. */
struct replay_glance {
	u64 when;
	u32 task;
	u16 kind; /* enum record_kind */
};

/* Between two events: see replay_costs.c. */
enum replay_interval {
	INTERVAL_SCHEDULE,       /* from the last accounting to the switch */
	INTERVAL_WAKEUP,         /* from waking to wakeup */
	INTERVAL_CHECKED_WAKEUP, /* the same with an accounting in between */
	INTERVAL_NEXT_WAKING,    /* from a wakeup to the next waking of the same call */
	INTERVAL_IDLE_EXIT,      /* from a waking to the switch of the idle task, */
	INTERVAL_IPI_SWITCH,     /* from the wakeup to it, if another cpu has made the waking, */
	INTERVAL_IRQ_SWITCH,     /* from a wakeup to the switch: of a task that an interrupt made */
	INTERVAL_CALL_SWITCH,    /* or that another task made */
	INTERVAL_IPI,            /* from waking to wakeup of a task for another cpu, which idles */
	INTERVAL_TICK,           /* from the tick's accounting to the scheduler's */
	NR_INTERVALS,
};

/* What its thread cpuhp/N does to a cpu: see replay_hotplug.c. 0: that never was. */
struct replay_going {
	u64 woken_at;   /* the thread was, for the last request */
	u64 since;      /* that request, when the thread has begun with it */
	u64 ran_at;     /* the thread had the cpu */
	u64 others_at;  /* a task had it that is none of the machine's */
	u64 idle_until; /* its last switch from the idle task */
	bool comes;     /* the request brought the cpu back */
};

struct replay_hotplug {
	u64 when; /* since the beginning of what is rebuilt */
	u32 cpu;
	bool online; /* else it goes */
};

typedef vec_of(u64) replay_moments;

struct replay_cpu {
	struct replay_going going;
	struct replay_glance last, before;
	u16 wakeup_flags; /* RECORD_FLAG_* of the last wakeup */
	bool weighed;     /* at that, the woken task was weighed against who ran */
	u64 since;        /* its last switch or loss */
	u64 rank_ns;      /* realtime and deadline tasks had it so long */
	u64 disturbed;    /* the last time that a task came to its queue */
	u64 idle_since;   /* NEVER: it is not known to idle */
	u64 busy_since;   /* it has not idled since */
	u64 since_tick;   /* the last switch, or time that was accounted */
	u64 silent_since; /* the same, but for what calls of the task account */
	u64 accounted;    /* a moment that may be a tick's, or NEVER */
	u64 moment;       /* the last one that was none other's, or NEVER */
	u32 curr;         /* task id or TASK_ID_NONE */
};

struct replay {
	/* What is wanted. */
	struct window window;

	/* What there is. */
	struct names names;
	struct roster roster;
	vec_of(struct replay_task) tasks; /* by task id */
	vec_of(struct replay_waking) wakings;
	/* that look like ticks, and those of them that were followed by no switch */
	replay_moments ticks, quiet_ticks;
	struct replay_cpu *cpus;
	u32 nr_cpus;
	u32 cap_cpus;
	u32 nr_idle;         /* cpus that are known to idle */
	vec_of(u32) waiting; /* task ids; also some that wait no more */
	u32 next_wait;       /* the first of them that is looked at next time */
	u64 begin;           /* rebuild from here on: NEVER: from the window's mark on */
	u64 from, to;        /* what is rebuilt, by the trace's clock */
	u64 lead;            /* from there to the window */
	bool open, closed;
	bool tells_irqs; /* flags of accountings */
	bool tells_switches, tells_wakeups;
	u32 nr_unwoken; /* came to a cpu out of a sleep that no wakeup had ended */
	struct {
		u32 preempted, through;
	} exits; /* see replay_preempt.c */
	struct {
		u32 at_once, later;
	} remote; /* likewise: wakeups that took a task off another cpu */
	/* so long a fair task had a cpu to itself: no interrupt accounted its time */
	u64 silent_ns;
	u64 nr_lost; /* losses within the window */
	vec_of(struct replay_lock_wait) lock_waits;
	vec_of(struct replay_section) sections; /* in order */
	vec_of(struct replay_queue) queues;
	vec_of(struct replay_unseen) unseen; /* in order */
	vec_of(struct replay_deadline) deadlines;
	vec_of(struct replay_group) groups;
	vec_of(struct replay_hotplug) hotplugs;
	u32 nr_idlers; /* tasks of the idle policy */
	/* tasks that were deadline tasks, and are in the simulation */
	u32 nr_deadline, nr_estimated;
	vec_of(u32) order;                   /* of the tasks in the workload: ids */
	vec_of(u64) intervals[NR_INTERVALS]; /* of the first ones of each kind, ns */
	struct costs costs;                  /* what the simulation will charge */
	struct replay_grid grid;             /* of the ticks; hz 0: the trace does not show them */
};

void replay_init(struct replay *replay, u32 nr_cpus);
void replay_fini(struct replay *replay);
/* Takes all records of the trace; what it knows at END is complete. */
struct sink replay_sink(struct replay *replay);

/* Sets `window` and `begin`. */
void replay_window_set(struct replay *replay, const struct replay_options *options,
		       const char *trace, size_t len);
/* @r comes: opens and closes what is rebuilt. */
void replay_window_pass(struct replay *replay, const struct record *r);

/* Which tasks yield? */
void replay_yields(struct replay *replay);
/* Is @step of @task a sched_yield? */
bool replay_is_yield(const struct replay *replay, const struct replay_task *task,
		     const struct replay_step *step);
/*
 * Of which length are most of @nr stretches multiples, which are sorted by it, @some of more than
 * one? 0: of none.
 */
u64 replay_common_length(u64 *stretches, u32 nr, bool some);
/* How many times @length is @ns? 0: it is no multiple. */
u64 replay_multiple(u64 ns, u64 length);
/* How often did @task yield in @ns of work before such a step, and was picked again each time? */
u64 replay_unseen_yields(const struct replay_task *task, u64 ns);

/* Tasks sleep, and nothing tells who wakes them. */
static inline bool replay_lacks_wakeups(const struct replay *replay)
{
	return !replay->tells_wakeups && replay->nr_unwoken;
}

/* Does it end a sleep, by another task's doing? */
static inline bool replay_is_post(const struct replay_waking *w)
{
	return w->verdict == VERDICT_POST && w->block != REPLAY_NONE;
}

/* An interrupt made it, by its verdict. */
static inline bool replay_is_interrupt(const struct replay_waking *w)
{
	return w->verdict == VERDICT_OUTSIDE || w->verdict == VERDICT_GRID ||
	       w->verdict == VERDICT_TICK;
}

static inline enum replay_queue_kind replay_queue_kind(const struct replay *replay,
						       const struct replay_waking *w)
{
	return w->queue ? replay->queues.at[w->queue - 1].kind : QUEUE_OF_ONE;
}

void replay_judge(struct replay *replay);
/* @one and @other talk to each other: finds their turns that no wakeup tells of. */
void replay_turns(struct replay *replay, u32 one, u32 other);

/* @r, a PI_SETPRIO, comes. */
void replay_locks_see(struct replay *replay, const struct record *r);
/* @task has blocked. */
void replay_locks_block(struct replay *replay, struct replay_task *task);
/* Which wakings are ends of waits for mutexes? Before all others are judged. */
void replay_locks_judge(struct replay *replay);
/* Wakings in a row are of one kind. When each has been judged for itself. */
void replay_rows(struct replay *replay);
/* Which barriers are there? Sets `queue` and `opens` of wakings, as the next one does. */
void replay_barriers(struct replay *replay);
/* Which queues do several wait in? */
void replay_queues(struct replay *replay);
/*
 * The step with which the wakee waits on behind @w, as it found nothing; REPLAY_NONE: it did
 * something.
 */
u32 replay_vain_wait(const struct replay *replay, const struct replay_waking *w);
/* What do they take there? */
void replay_jobs(struct replay *replay);
/* In replay.unseen, the first one of @step of @task, or what is behind it. */
u32 replay_first_unseen(const struct replay *replay, u32 task, u32 step);
/* The first step of @task that ends at @when or behind it; steps.len: none does. */
u32 replay_step_at(const struct replay_task *task, u64 when);
/* The step in which @task wakes by @waking; REPLAY_NONE: it does not. */
u32 replay_step_of(const struct replay *replay, const struct replay_task *task, u32 waking);
/* Did the wakeups of steps @index - 1 and @index come of one call? */
bool replay_is_same_call(const struct replay *replay, const struct replay_task *task, u32 index);
/* When are those mutexes taken? */
void replay_locks_sections(struct replay *replay);
/* The section of @task that begins in @step; NULL: none does. */
const struct replay_section *replay_section_at(const struct replay *replay, u32 task, u32 step);

/* @r, a RUNTIME, accounts the time of who runs. */
void replay_ticks_account(struct replay *replay, const struct record *r);
/* The switch @r; @by_itself: for a reason that is no tick. */
void replay_ticks_switch(struct replay *replay, const struct record *r, bool by_itself);
/* False: the trace does not show them. */
bool replay_ticks(const struct replay *replay, struct replay_grid *grid);
/*
 * How many ticks come from @since to that which just was at @when; 0: none was, or ticks do not
 * show.
 */
u64 replay_ticks_between(const struct replay *replay, u64 since, u64 when);

/* @r happens. */
void replay_costs_see(struct replay *replay, const struct record *r);
/* All is collected: what does the kernel's work cost there? */
void replay_costs_learn(struct replay *replay);
/*
 * All is judged: what does it take from one wakeup to the next of the same call, and, where heads
 * tell nothing of interrupts, to the switch?
 */
void replay_costs_learn_judged(struct replay *replay);
/* What the waker of @w will be charged for it. */
u64 replay_wakeup_cost(const struct replay *replay, const struct replay_waking *w);
/*
 * What the simulation will charge for @toll, and for the ticks in @ran of cpu time, if the trace
 * shows any.
 */
u64 replay_toll(const struct replay *replay, const struct replay_toll *toll, u64 ran);

/* The switch @r, before anything else is made of it. */
void replay_preempt_switch(struct replay *replay, const struct record *r);
/* Does the trace show that? */
bool replay_is_not_preemptible(const struct replay *replay);

/* @task waits for @cpu from @now on. */
void replay_bound_ready(struct replay *replay, struct replay_task *task, u32 cpu, u64 now);
/* @cpu switches to @task, which waited if it is STATUS_READY. */
void replay_bound_switch(struct replay *replay, u32 cpu, u32 task, u64 now);
/* @task was woken for @cpu. */
void replay_bound_wakeup(struct replay *replay, u32 task, u32 cpu);
/* The window ends. */
void replay_bound_end(struct replay *replay, u64 now);
/* Who runs on @cpu is not known from @now on. */
void replay_bound_lost(struct replay *replay, u32 cpu, u64 now);
/* Was @task kept from @cpu, at the end at least? */
bool replay_is_kept_from(const struct replay_task *task, u32 cpu);
/* From which step on that holds for all cpus that it was kept from; 0: from its beginning. */
u32 replay_bound_since(const struct replay_task *task);
/* Is it a forked task that ran where its parent was not allowed? */
bool replay_is_set_free(const struct replay *replay, const struct replay_task *task);

/* Does a thread of that name take its cpu down and bring it up? */
bool replay_is_hotplug(const char *comm);
/* @r, a WAKING or WAKEUP, and a SWITCH. */
void replay_hotplug_waking(struct replay *replay, const struct record *r);
void replay_hotplug_switch(struct replay *replay, const struct record *r);
/* All is collected: who has gone and not come back? */
void replay_hotplug_end(struct replay *replay);

/* @task, a deadline task, gets a cpu. */
void replay_deadline_comes(struct replay *replay, struct replay_task *task, u64 now);
/* Does it leave its cpu, by the switch @r, as its budget is used up or given away? */
bool replay_deadline_is_throttled(const struct replay *replay, const struct record *r);
/* It leaves it, by the switch @r. */
void replay_deadline_leaves(struct replay *replay, struct replay_task *task,
			    const struct record *r);
/* All is collected: which reservations were they? */
void replay_deadlines(struct replay *replay, const struct replay_options *options);
/* That of @task; NULL: it has none, or it did not show. */
const struct replay_deadline *replay_deadline(const struct replay *replay,
					      const struct replay_task *task);

/* All is collected, and who yields is known: in which groups are they? */
void replay_groups(struct replay *replay);

/* One action of a program, before it is text. */
struct replay_action {
	u8 kind; /* enum op_code */
	/*
	 * OP_SEM_POST, OP_SEM_WAIT: arg is an index in replay.queues, as of OP_BARRIER, OP_FUTEX_*
	 */
	bool shared;
	/*
	 * task id (of OP_LOCK and OP_UNLOCK: whose mutex), or name id of OP_EXEC and OP_MARK; count
	 * of OP_LOOP
	 */
	u32 arg;
	/*
	 * ns, of OP_WAIT_EVENT the timeout; the kernel's priority of OP_NICE and OP_POLICY;
	 * OP_AFFINITY: all cpus? OP_SEM_POST: is the next one of the same call?
	 */
	u64 value;
};

typedef vec_of(struct replay_action) replay_actions;

/* Can @step of @id be done again, whatever others do; or, @together, if they do their part? */
bool replay_can_do_again(const struct replay *replay, u32 id, u32 step, bool together);
/* All is judged: what do those go on with that depend on each other? */
void replay_circles(struct replay *replay);
/* And all others? */
void replay_cycles(struct replay *replay);

/* When are those born that were there before, and in which order? Sets `start` and `order`. */
void replay_order(struct replay *replay);

/* Appends the program of @task. */
void replay_program(const struct replay *replay, u32 task, replay_actions *out);
/* What repeats exactly becomes loops: OP_LOOP .. OP_END. */
void replay_fold(const replay_actions *in, replay_actions *out);
/* Is it a task of the workload? */
bool replay_is_written(const struct replay *replay, const struct replay_task *task);
void replay_write(const struct replay *replay, const struct replay_options *options,
		  struct text *yaml);

#endif
