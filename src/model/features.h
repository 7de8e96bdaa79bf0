/* SPDX-License-Identifier: MIT */
/*
 * Switches in which kernels differ. Each is tested in exactly one place and named after what it
 * does.
 *
 * SCHED_FEATURES are the kernel's own feature flags (kernel/sched/features.h), with the kernel's
 * names, so `--set sched.features=NO_RUN_TO_PARITY` reads as it does under debugfs. Columns: does
 * the flag exist in v6.1, v6.12, v6.18, and is it on ('1' on, '0' off, '-' absent), and what it
 * does when on.
 *
 * A flag is listed once something in the model depends on it (a tidy test holds that); those that
 * change nothing here are in inert.h.
 *
 * KERNEL_SWITCHES are differences for which the kernel has no flag; they belong to a row and a
 * scenario may override them too (`sched.switches`). Columns: on in v6.1, v6.12, v6.18.
 */
#ifndef OSSIM_MODEL_FEATURES_H
#define OSSIM_MODEL_FEATURES_H

#include "base/types.h"

/* clang-format off */
#define SCHED_FEATURES(X) \
	X(GENTLE_FAIR_SLEEPERS, '1', '-', '-', "a sleeper is placed half a latency period behind, not a whole one") \
	X(START_DEBIT, '1', '-', '-', "a new task begins with the debt of a slice") \
	X(PLACE_LAG, '-', '1', '1', "who comes back has the lag with which it left") \
	X(PLACE_DEADLINE_INITIAL, '-', '1', '1', "the first request of a new task is half a slice") \
	X(PLACE_REL_DEADLINE, '-', '1', '1', "who moves to another cpu keeps what was left until its deadline") \
	X(RUN_TO_PARITY, '-', '1', '1', "who was picked is protected from earlier deadlines for a while") \
	X(PREEMPT_SHORT, '-', '1', '1', "a wakee of shorter slice ends that protection") \
	X(NEXT_BUDDY, '0', '0', '0', "who wakes and wants to preempt is the next pick's favourite") \
	X(PICK_BUDDY, '-', '1', '1', "that favourite is picked if it is eligible") \
	X(LAST_BUDDY, '1', '-', '-', "who was preempted by a wakeup is the favourite when the wakee sleeps") \
	X(CACHE_HOT_BUDDY, '1', '1', '1', "balancing leaves such favourites where they are") \
	X(DELAY_DEQUEUE, '-', '1', '1', "who sleeps in debt stays queued until it is paid") \
	X(DELAY_ZERO, '-', '1', '1', "who was delayed keeps no lag above 0") \
	X(WAKEUP_PREEMPTION, '1', '1', '1', "wakeups may preempt fair tasks at all") \
	X(HRTICK, '0', '0', '0', "fair slices end by a timer, not at the next tick") \
	X(HRTICK_DL, '0', '0', '0', "deadline budgets end by a timer, not at the next tick") \
	X(DOUBLE_TICK, '0', '0', '-', "with HRTICK the ordinary tick looks at slices, too") \
	X(NONTASK_CAPACITY, '1', '1', '1', "interrupts and other classes make a cpu smaller in balancing's eyes") \
	X(TTWU_QUEUE, '1', '1', '1', "a wakeup for a cpu with another cache is handed to that cpu") \
	X(SIS_UTIL, '1', '1', '1', "the busier the cache domain, the fewer cpus a search for an idle one looks at") \
	X(LB_MIN, '0', '0', '0', "balancing by load leaves very small loads alone, until it fails") \
	X(ATTACH_AGE_LOAD, '1', '1', '1', "the load of who comes back to the class has decayed meanwhile") \
	X(WA_IDLE, '1', '1', '1', "a wakee may go to the waker's cpu if that is idle") \
	X(WA_WEIGHT, '1', '1', '1', "a wakee may go to the waker's cpu if there is less load") \
	X(WA_BIAS, '1', '1', '1', "with WA_WEIGHT the load of the previous cpu counts for a bit more") \
	X(RT_RUNTIME_SHARE, '0', '0', '0', "cpus borrow rt runtime from each other before they throttle") \
	X(RT_PUSH_IPI, '0', '0', '0', "who wants rt tasks asks overloaded cpus to push, by interrupts") \
	X(UTIL_EST, '1', '1', '1', "a task's utilisation is remembered over its sleeps") \
	X(UTIL_EST_FASTUP, '1', '-', '-', "what is remembered rises at once, and falls slowly") \
	X(ALT_PERIOD, '1', '-', '-', "how long a period is depends on all tasks below a queue, not on its entities") \
	X(BASE_SLICE, '1', '-', '-', "a slice is not shorter than min_granularity, however small the share") \
	X(NI_RANDOM, '1', '1', '1', "newly idle cpus balance by chance, as often as it has paid")
/* clang-format on */

/* clang-format off */
#define KERNEL_SWITCHES(X) \
	/* core */ \
	X(WAKE_PREEMPT_RUNNING, 1, 0, 0, "a wakeup of a task on a cpu still checks preemption") \
	X(TTWU_QUEUE_STOP, 1, 0, 0, "wakeups of stopper threads may use the wake list") \
	X(LAZY_RESCHED, 0, 0, 1, "the fair class asks for a lazy reschedule (preempt=lazy and preempt=rt)") \
	X(PREEMPT_RT, 0, 1, 1, "the kernel can be built as a real-time kernel (preempt=rt)") \
	X(ABORTED_SLEEP_TRACED_R, 0, 1, 1, "a sleep aborted by a signal is traced as R") \
	X(IDLE_SET_NEXT_AGAIN, 1, 0, 0, "a pick of the idle task from idle counts as going idle (schedstats)") \
	X(IDLE_TICKS_ONCE, 1, 1, 0, "without idle states to choose among, a cpu's tick goes on in idle until it has come once") \
	X(STATUS_TELLS_KTHREAD, 0, 1, 1, "/proc/PID/status has a line Kthread") \
	X(PIPE_WAKE_ON_FREED_SLOT, 0, 0, 1, "a read wakes a writer only if it freed a slot of a full pipe") \
	X(SOFTIRQ_LEFT_TO_THREAD, 1, 0, 0, "while ksoftirqd has something to do, interrupts leave softirqs to it") \
	X(KTIMERS, 0, 0, 1, "with preempt=rt timers that expire in softirqs have a thread of each cpu, ktimers/N, not ksoftirqd/N") \
	X(CHARGED_BEFORE_PICK, 1, 0, 0, "an rt or deadline task that leaves its cpu is charged before the pick: a budget that ends by that rules it out") \
	/* rt */ \
	X(RT_THROTTLING, 1, 0, 0, "rt tasks of a cpu get sched_rt_runtime_us a period (6.12 on: RT_GROUP_SCHED)") \
	X(RT_BOOST_LIFTS_THROTTLE, 0, 1, 1, "a boosted task keeps its cpu from being throttled (RT_GROUP_SCHED)") \
	X(RT_OVERLOAD_BY_COUNT, 1, 0, 0, "rt-overloaded is: two rt tasks, one movable; else: one is pushable") \
	X(RT_WAKE_AVOIDS_DEADLINE, 1, 0, 0, "an rt wakeup looks for another cpu if a deadline task runs") \
	/* deadline */ \
	X(GRUB_MAX_BW, 0, 1, 1, "reclaiming counts from the admission limit, not from a whole cpu") \
	X(DL_OVERLOAD_PUSHABLE, 0, 1, 1, "one pushable deadline task makes a cpu overloaded, not two tasks") \
	X(DL_CHANGE_WEIGHS_WAITING, 0, 1, 1, "a waiting deadline task that changes is weighed against curr") \
	X(HOTPLUG_ASKS_FIRST, 0, 0, 1, "deadline bandwidth is weighed before a cpu becomes inactive, without its server") \
	X(FAIR_SERVER, 0, 1, 1, "each cpu has a deadline server for its fair tasks") \
	X(DL_SERVER_COUNTED, 0, 1, 0, "a queued server counts as a running task of its cpu") \
	X(DL_SERVERS_BEFORE_CPUS, 0, 1, 0, "servers were made while cpus came up, and are taken off extra_bw twice") \
	X(DL_REBUILD_RESETS, 0, 0, 1, "extra_bw is worked out anew when domains are built, not taken from once more") \
	X(DL_SERVER_ALWAYS_CUT, 0, 0, 1, "a server started in mid-period cuts its budget, in force before or not") \
	X(DL_SERVER_LATE_NEW_PERIOD, 0, 0, 1, "a server whose replenishment is late begins a new period") \
	/* fair, one queue */ \
	X(PROTECT_MIN_SLICE, 0, 0, 1, "protection ends at the queue's min slice, not the deadline") \
	X(SET_NEXT_PROTECTS_ALWAYS, 0, 1, 0, "set_next on an attribute change renews protection") \
	X(LAG_LIMIT_MAX_SLICE, 0, 0, 1, "lag limit is max slice + tick, else max(2 slices, tick)") \
	X(RESCHED_UNPROTECTED, 0, 0, 1, "update_curr reschedules when protection has ended") \
	X(FORK_NEVER_PREEMPTS, 0, 0, 1, "a new task does not preempt its parent") \
	X(DELAYED_NEVER_PREEMPTS, 0, 0, 1, "a delayed wakee with no shorter slice does not preempt") \
	X(BUDDY_IN_PICK, 0, 0, 1, "the next buddy is tested in pick_eevdf, also at wakeups") \
	X(REWEIGHT_PLACES, 0, 0, 1, "reweight of a queued entity re-places it by scaled lag") \
	X(SHORT_WEIGHED_UNPROTECTED, 0, 0, 1, "a wakee of shorter slice is picked without protection") \
	X(WAKEUP_FINISHES_DELAYED, 0, 0, 1, "the pick by which a wakeup is weighed finishes delayed dequeues that it comes upon") \
	X(LONG_WAKEE_TIGHTENS, 0, 0, 1, "protection is cut to the least slice at any wakeup that does not preempt, not only for a shorter slice") \
	/* fair, pelt */ \
	X(RUNNABLE_EXCLUDES_DELAYED, 0, 1, 1, "runnable averages leave delayed tasks out") \
	X(UTIL_EST_EWMA_ONLY, 0, 1, 1, "util_est is one value, not enqueued plus ewma") \
	X(UTIL_EST_AFTER_DEQUEUE, 1, 0, 0, "util_est learns from averages that the dequeue has brought up to date") \
	X(NEW_TASK_UTIL_SCALED, 0, 1, 1, "a new task's util uses the scaled-down weight") \
	/* fair, groups */ \
	X(GROUP_SLICE, 0, 1, 1, "a group's slice on a cpu is the least of what is queued in it") \
	X(EMPTY_GROUP_KEEPS_WEIGHT, 0, 1, 1, "a group's weight on a cpu is left alone while nothing is queued in it") \
	X(THROTTLED_GROUP_KEEPS_WEIGHT, 1, 1, 0, "a group's weight on a cpu is left alone while it is throttled") \
	X(SAME_WEIGHT_IS_NO_CHANGE, 0, 1, 1, "a group whose weight on a cpu stays is not weighed anew") \
	X(GROUP_LOAD_EACH_MS, 0, 1, 1, "a cpu tells its group its load once per millisecond at most") \
	X(OFFLINE_TAKES_GROUP_LOAD, 0, 1, 1, "a cpu that leaves takes its load from its groups") \
	X(THROTTLE_TASKS, 0, 0, 1, "throttled tasks leave one by one, on their way to user mode") \
	X(THROTTLED_TIME_IF_QUEUED, 0, 1, 1, "a group counts as throttled only while somebody waits in it") \
	X(UNTHROTTLE_BY_CALL, 0, 1, 1, "a refill unthrottles other cpus by an interrupt to them") \
	X(QUOTA_PHASE_RANDOM, 0, 1, 1, "quota periods begin at a random offset, not at multiples since boot") \
	X(LB_THROTTLED_AT_DST, 0, 0, 1, "balancing asks whether a group is throttled where the task would go only") \
	/* selection and balancing */ \
	X(SIS_CLUSTER, 0, 1, 1, "idle search looks at the cluster first") \
	X(WAKEUP_STATS_ALL_CPUS, 0, 0, 1, "fork/exec group statistics are over all cpus") \
	X(LB_SMT_BALANCE, 0, 1, 1, "groups of siblings are told apart: smt_balance, sibling_imbalance") \
	X(LB_IDLE_CORE_FIRST, 0, 1, 1, "should_we_balance prefers a cpu of a fully idle core") \
	X(LB_KEEP_INELIGIBLE, 0, 0, 1, "balancing leaves tasks that are not eligible, at first") \
	X(LB_DELAYED_LOAD_ONLY, 0, 0, 1, "delayed tasks move for load only") \
	X(LB_NR_RUNNABLE, 0, 0, 1, "group statistics count runnable, not queued, fair tasks") \
	X(LB_SERIALIZE_NEWIDLE, 0, 0, 1, "the serialize flag is taken in every pass") \
	X(LB_UTIL_BOOST, 0, 1, 1, "the busiest queue by utilisation counts what waits for the cpu") \
	X(WAKE_AFFINE_DELAYED, 0, 1, 1, "wake_affine does not count delayed tasks as running") \
	/* ext */ \
	X(SCHED_EXT, 0, 1, 1, "there is an ext class, which runs a policy from outside") \
	X(EXT_IDLE_NEARBY, 0, 0, 1, "the built-in search for an idle cpu begins near the previous one") \
	X(EXT_IDLE_MARKED_FIRST, 0, 0, 1, "a cpu is marked idle or busy before update_idle is called") \
	X(EXT_IDLE_PER_NODE, 0, 0, 1, "a policy may have idle cpus searched node by node") \
	X(EXT_CGROUP_FILES, 0, 0, 1, "a policy hears of cpu.max and cpu.idle, too, not of cpu.weight alone") \
	X(EXT_PINNED_STAY_LOCAL, 0, 0, 1, "who has disabled its migration is not shown to a policy that does not ask for it") \
	X(EXT_QUEUED_WAKEUP, 0, 0, 1, "a policy may allow wake lists for its tasks") \
	X(EXT_KICK_SPARES_HIGHER, 0, 0, 1, "a kick does nothing where a higher class runs") \
	X(EXT_LAST_RESCHEDS, 0, 1, 0, "a last task that is put on its local queue is run at once") \
	X(EXT_SELECT_DFL_ANYWHERE, 0, 0, 1, "select_cpu_dfl may be called outside of select_cpu") \
	X(EXT_NEWER_CALLS, 0, 0, 1, "policies may call select_cpu_and, what is for a node, and events") \
	/* processes */ \
	X(PID_MAX_PER_NAMESPACE, 0, 0, 1, "a pid namespace has a pid_max of its own") \
	X(TIMER_SIGNAL_TO_CURRENT, 0, 1, 1, "a POSIX timer's signal goes to the thread that runs there, if it may") \
	X(IGNORED_TIMERS_REST, 0, 0, 1, "a POSIX timer whose signal is ignored rests until it no longer is") \
	X(SET_TIMER_DROPS_SIGNAL, 0, 0, 1, "a POSIX timer that is set anew takes back its signal of before") \
	X(EXIT_TRACED_FIRST, 0, 0, 1, "who exits is traced as exiting before its memory is given back, not behind that") \
	X(FILES_FREED_BY_RCU, 1, 0, 0, "a file that nobody has open any more is freed after a grace period of read-copy-update") \
	/* seen on one machine only, in no row */ \
	X(PACK_VCPUS, 0, 0, 0, "who is woken or born stays where that happens, while one task at most and capacity to spare is there") \
	/* how a kernel may be built */ \
	X(RT_GROUP_SCHED, 0, 0, 0, "rt tasks of a group get its rt_runtime of its rt_period, none by default; those of the root sched_rt_runtime_us")
/* clang-format on */

enum sched_feature {
#define X(name, ...) FEATURE_BIT_##name,
	SCHED_FEATURES(X) NR_SCHED_FEATURES,
	BEFORE_SWITCHES = NR_SCHED_FEATURES - 1, /* the first switch follows the last flag */
	KERNEL_SWITCHES(X)
#undef X
	NR_FEATURE_BITS
};

/* A set of switches is two words; a constant one is tested in one half of them. */
#define X(name, ...) static const u128 FEATURE_##name unused_arg = (u128)1 << FEATURE_BIT_##name;
SCHED_FEATURES(X)
KERNEL_SWITCHES(X)
#undef X

/*
 * Those of the newest row, which nearly every run has: a constant, so that code can be made for it.
 */
#define FLAG(name, a, b, c, help)   | ((c) == '1' ? (u128)1 << FEATURE_BIT_##name : 0)
#define SWITCH(name, a, b, c, help) | ((c) ? (u128)1 << FEATURE_BIT_##name : 0)
static const u128 NEWEST_FEATURES unused_arg = 0 SCHED_FEATURES(FLAG) KERNEL_SWITCHES(SWITCH);
#undef FLAG
#undef SWITCH

static_assert(NR_FEATURE_BITS <= 128, "switches of a kernel row fit two words");

#endif
