/* SPDX-License-Identifier: MIT */
/*
 * On what a case was recorded: the facts of meta.json, and what was measured of the rig once.
 *
 * meta.json tells kernel, HZ, preemption, features, cpus and the phase of the tick. The machine
 * file (machines/RIG.yaml) is ossim's own `machine:` section with the rig's costs, and in keys that
 * begin with "x-" what the recording program's set-up took and which kernel threads ran beside.
 */
#ifndef OSSIM_TESTS_FIDELITY_RIG_H
#define OSSIM_TESTS_FIDELITY_RIG_H

#include <jansson.h>

#include "base/text.h"
#include "base/types.h"

enum {
	RIG_KTHREADS_MAX = 32,
	RIG_BETWEEN_MAX = 16,
	RIG_REPETITIONS_MAX = 8,
	RIG_FIRST_MAX = 32,
	RIG_IRQS_MAX = 4,
	RIG_GROUPS_MAX = 16,
	RIG_WINDOWS_MAX = 4,
	TURNS_PER_SECOND = 8192
};

/* Of gate_close_ns. */
enum { GATE_FIRST, GATE_DEADLINE, GATE_OTHER, GATE_LAST };

/*
 * Where a kernel thread that is not bound to a cpu runs: where it is put, on the runner's cpu, or
 * on the second of two nodes.
 */
enum { KTHREAD_ANYWHERE = -1, KTHREAD_BY_RUNNER = -2, KTHREAD_SECOND_NODE = -3 };

/* A kernel thread that is woken at a tick, as one of the rig's does in every recording. */
struct rig_kthread {
	char name[16];
	bool of_window; /* `tick` counts from the first one in the window */
	/* it comes at ticks that nothing tells, `period` of them apart on average */
	bool wanders;
	s32 tick;   /* the first time, in ticks after first_tick_ns */
	u32 period; /* in ticks; 0: once */
	/* in ticks, not 0: it sleeps so long by the timer wheel, again and again from `tick` on */
	u32 timeout;
	u64 delay_ns; /* from the tick's grid point to the wakeup */
	u64 run_ns;   /* 0: it dies, which leaves callbacks for the next tick */
	s32 cpu;      /* or KTHREAD_ANYWHERE, KTHREAD_BY_RUNNER */
	/* the worker of the same pool that it wakes first, as its work may block; "": none */
	char second[16];
	u64 second_ns; /* what that runs for */
};

/*
 * A timer of the rig's kernel that fires at a tick and wakes nobody: its softirq takes some time.
 */
struct rig_irq {
	s32 tick;     /* the first time, in ticks after first_tick_ns */
	u32 period;   /* in ticks */
	u64 delay_ns; /* from the tick's grid point */
	u64 time_ns;
};

struct rig_word {
	char word[12];
	u64 ns;
};

struct rig {
	const char *kernel; /* row */
	char preempt[16];
	u32 hz;
	u32 cpus;
	u32 sockets, cores, threads; /* 0: not told */
	u64 tick_phase_ns;           /* the first tick after TW_START */
	bool cgroup_v1; /* weights are written as cpu.shares, threads move one by one */
	bool autogroup;
	json_t *meta;
	/* From the machine file. */
	char *machine;      /* the lines below `machine:` */
	u64 runner_ns;      /* the runner's work before it forks the shell */
	u64 runner_tick_ns; /* when it begins after a tick, as a rule; 0: not known */
	u64 runner_cpu;     /* where the runner is by then */
	/*
	 * which one of several of one workload; kernel threads that wander do so otherwise in each
	 */
	u64 run;
	/* an emulator that shares out turns: recorder/init tells tw which pauses pass for work */
	u64 turns_shared;
	char switches[200]; /* in which its kernel differs from its row, between commas */
	u64 shell_ns;       /* the shell's before it forks tw */
	u64 waits_ns;       /* of both, from that fork to their wait */
	u64 begin_ns;       /* tw's own start-up before its first fork, */
	u64 line_ns;        /* and for each line of its file; */
	u64 task_ns, attribute_ns, statement_ns, pipe_ns; /* or for each of these in it, */
	u64 deadline_ns; /* and once if there are deadline tasks in it */
	/*
	 * an older tw became FIFO first, which takes it so long; 0: none of that recorded on this
	 * rig
	 */
	u64 early_fifo_ns;
	/* what it takes less up to its second fork, as its child has copied their pages, */
	u64 early_second_ns;
	u64 early_sleep_ns; /* and more before it sleeps */
	u64 uptime_ns;      /* since boot, as the runner begins; 0: not known */
	u64 jiffies;        /* ticks counted since boot at first_tick_ns; 0: not known */
	/* when a period of load averages ends, in terms of that; 0: not known */
	u64 load_phase_ns;
	u64 cgroup_ns;     /* tw's, for each cgroup that it makes, */
	u64 cgroup_max_ns; /* and for its quota */
	u64 regroup_ns;    /* a child's, to open the file by which it joins a cgroup */
	/* before tw hears of the first one that did: kernel threads run meanwhile; */
	u64 regrouped_ns;
	u64 joined_ns; /* what that one takes longer when its wait is over */
	/*
	 * Who joins an empty cgroup has a kworker tell of it (kernfs_notify): so long after its
	 * wait, if it is the first, or after opening the file; from there to the move, and what
	 * follows that. 0: all is part of the others.
	 */
	u64 notify_first_ns, notify_ns, notified_ns, moved_ns;
	/* what tw takes less before its second fork if the first child has waited so */
	u64 waited_ns;
	u64 grace_rcu_ns; /* so long after the tick that ends this wait rcu_preempt wakes; */
	/* and so much earlier than a tick after its work before ksoftirqd does, which ends it */
	u64 grace_softirq_ns;
	/* what the n-th child takes longer: who copies pages, new slabs */
	u64 nth_child_ns[RIG_BETWEEN_MAX];
	u32 nr_nth_child;
	/* how much less a child takes before it if it sets its policy, nice or slice, */
	u64 policy_early_ns;
	/*
	 * less of that and of policy_ns with a number in its name, which has touched a page of code
	 * by then;
	 */
	u64 policy_numbered_ns;
	u64 policy_ns;    /* what follows the change, if it asks for a reschedule, */
	u64 policy_on_ns; /* and more if it does not; */
	/* of the first child more of policy_early_ns, of policy_ns */
	u64 policy_first_early_ns, policy_first_ns;
	/*
	 * after the first one that becomes a real-time or deadline task: the kernel warns of
	 * something, once
	 */
	u64 first_rt_ns;
	/* pages of tw that it and each child write to; 0: that is part of the others */
	u64 copies;
	/* the boot has had so many at once, but for the set-up's that are more */
	u64 processes;
	u64 growth_ns[RIG_BETWEEN_MAX]; /* what each one more takes */
	u32 nr_growth;
	u64 stacks;     /* of dead tasks that are kept when the window begins */
	u64 queue_gate; /* the gate is a queue in the kernel, as a pipe's; 0: a futex */
	/*
	 * tw's, before it opens that; and from there to its sleep, for each task, less for
	 * real-time ones, more for those in a group, and for fair ones.
	 */
	u64 gate_first_ns, gate_each_ns, gate_rt_ns, gate_group_ns, gate_fair_ns, gate_last_ns;
	u64 gate_wait_ns; /* a task's, before it sleeps there */
	/*
	 * Where the kernel is preempted in itself a deadline task preempts tw in the midst of its
	 * closing of the gate, and takes so long to the mutex of that pipe, which tw has; and tw,
	 * when that one has blocked there, to its unlock. 0: the kernel is not.
	 */
	u64 gate_lock_ns, gate_unlock_ns;
	/*
	 * Where there are deadline tasks, tw's way beyond the wakeups: to the first, from that of a
	 * deadline task to the next, from that of another, behind the last; and what the first
	 * deadline task takes more, which asks for the reschedule.
	 */
	u64 gate_close_ns[RIG_BETWEEN_MAX], gate_asks_ns;
	u32 nr_gate_close;
	/*
	 * idle cpus' ticks go on up to this one of the window, for what the boot has left; 0: they
	 * stop at once
	 */
	u64 nohz_ticks;
	u64 closes;      /* tw's closing the gate leaves something to read-copy-update */
	u64 left_ns;     /* as does the set-up, so long before the window; 0: it does not */
	u64 to_fifo_ns;  /* tw's, before it becomes FIFO */
	u64 numbered_ns; /* what a child with a number in its name takes longer */
	/* tw's, from the n-th child's report to the next fork; the last for all that follow. */
	u64 between_ns[RIG_BETWEEN_MAX];
	u32 nr_between;
	u64 forked_ns; /* from fork's return to the read that waits for the child, */
	/* or that of the n-th: shorter if that child copied their pages */
	u64 nth_forked_ns[RIG_BETWEEN_MAX];
	u32 nr_nth_forked;
	u64 after_fork_ns; /* from a program's fork's return on: its pages are copied again */
	/* a program's child, from taking its name to its first statement: it registers itself; */
	u64 renamed_ns;
	/*
	 * Generations of programs' children. The stack of each second one, from the second on,
	 * begins another page: what that takes before the child has its name, and in its end; and
	 * what each generation adds to a fork by such a child, and to its end.
	 */
	u64 deeper_ns, deep_page_ns, deep_fork_ns, deep_exit_ns;
	u64 gated_end_ns; /* more of the end of a task that has waited at the gate */
	/*
	 * more of a parent's end for each generation above and below it from the third on, twice at
	 * most
	 */
	u64 lineage_end_ns;
	u64 child_ns; /* a child's set-up before it says that it is ready; */
	/* more of it by the program that `record` builds, as its meta.json tells */
	u64 recorder_child_ns;
	u64 ready_ns; /* from there to the write that says so, if it waits at the gate */
	/*
	 * from its waking up to TW_START, if cpus are executed in turns, else up to its first
	 * wakeup;
	 */
	u64 open_ns;
	/* what each task that it wakes takes longer; 0: all are woken at once */
	u64 wake_ns;
	u64 opened_ns; /* from the gate's read to the first statement, */
	/* less of that for real-time tasks, and before a delay */
	u64 opened_rt_ns, opened_delay_ns;
	/*
	 * cpus are executed in turns, of which one ends so long after the window's first tick; 0:
	 * they are not
	 */
	u64 turn_ns;
	/*
	 * What nothing tells: the values that turn_ns may have; then the runner may be on any cpu.
	 * The first value stands if there is only one.
	 */
	u64 turns_ns[RIG_BETWEEN_MAX];
	u32 nr_turns;
	/*
	 * So many seeds each; on real cpus, whose recordings were made several times, these share
	 * out the phases of their ticks.
	 */
	u64 seeds;
	u64 tick_phases_ns[RIG_REPETITIONS_MAX];
	u32 nr_tick_phases;
	/*
	 * How many ticks of uptime the runner may have begun later than kernel threads' ticks are
	 * told for: one for each seed.
	 */
	u64 boot_ticks[RIG_BETWEEN_MAX];
	u32 nr_boots;
	u64 boot_tick; /* the one that is tried */
	/*
	 * So many ticks later some runners begin, whose ticks come by so much later (from, to) than
	 * as usual; whether this one did.
	 */
	u64 late_ticks, late_ns[RIG_BETWEEN_MAX];
	u32 nr_late;
	bool is_late;
	u64 autogroup_ticks; /* those with autogroups begin so many later */
	u64 wide_turn_ns;    /* the same on guests with more than two cpus, */
	u64 wide_runner_cpu; /* and where their runner is */
	/* a tick after the runner's begin, from which kernel threads' ticks are counted */
	u64 first_tick_ns;
	/* What a statement takes longer the first time that a task uses it. */
	struct rig_word first[RIG_FIRST_MAX];
	u32 nr_first;
	/* those that differ in the program that `record` builds; */
	struct rig_word recorder_first[RIG_FIRST_MAX];
	u32 nr_recorder_first;
	bool lock_touches_post;    /* in which a lock has touched what a semaphore's post needs, */
	char numbered_touches[12]; /* and a number in the task's name what this statement needs */
	/*
	 * Code is mapped 64 KB at a time, and a program's child has none of its parent's: the words
	 * that need a window which being born has not touched, what touching it takes, and what it
	 * takes in that child's end.
	 */
	char window[RIG_WINDOWS_MAX][100];
	u32 nr_windows;
	u64 window_ns, window_end_ns;
	/*
	 * What a statement takes in user mode each time, apart from the model's costs; "pilock" is
	 * the lock of a PI mutex.
	 */
	struct rig_word each[RIG_FIRST_MAX];
	u32 nr_each;
	/* the first use of a timer reads the clock so long before that is over */
	u64 timer_early_ns;
	/* from such a thread's first wakeup, on an idle cpu, to its first instruction; */
	u64 worker_begins_ns;
	u64 worker_first_ns; /* more of that for the first of them; */
	/* from the end of a later sleep to its wakeup. 0: each wakeup is a thread's only one */
	u64 worker_wakes_ns;
	u64 second_ns;     /* from the begin of a worker to its wakeup of a second one, */
	u64 second_lag_ns; /* which has so much lag from the boot, */
	/* forks that use up a slab: each so many, the first; that where `record` made it */
	u64 slab_forks, slab_first, recorder_slab_first;
	u64 recorder_lag_ns; /* and so much where that was done by `record` */
	struct rig_kthread kthread[RIG_KTHREADS_MAX];
	u32 nr_kthreads;
	char own_worker[16]; /* the one that frees stacks, too */
	struct rig_irq irq[RIG_IRQS_MAX];
	u32 nr_irqs;
	char error[200];
};

/* Reads meta.json at @meta_path and the machine file at @machine_path. */
must_check bool rig_read(struct rig *rig, const char *meta_path, const char *machine_path);
void rig_fini(struct rig *rig);
/* Does the rig have the cpu, or the node, of which the thread is? */
bool rig_has_cpu_of(const struct rig *rig, const struct rig_kthread *k);
/* Is it work of the kernel's own worker? */
bool rig_is_own_worker(const struct rig *rig, const struct rig_kthread *k);
/* By how many ticks it is earlier in this boot. */
s32 rig_ticks_earlier(const struct rig *rig, const struct rig_kthread *k);
/* When the tick comes that is @tick ticks after the usual first one, with ticks at @phase. */
u64 rig_tick(const struct rig *rig, s32 tick, u64 phase);
/*
 * The lines of a workload that come from the rig, with the first tick at @tick_phase_ns, the window
 * at @start_ns, behind @nr_forks.
 */
void rig_print(const struct rig *rig, u64 tick_phase_ns, u64 start_ns, u32 nr_forks,
	       struct text *yaml);

#endif
