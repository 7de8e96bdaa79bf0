/* SPDX-License-Identifier: MIT */
/*
 * What happened: one scheduling event in 32 bytes.
 *
 * The simulator writes these and nothing else; observers read these and nothing else; a trace of a
 * real kernel is read into the same records. A task is named by a u32 task id: ids count from 0 in
 * the order in which tasks appear, are never used again within a stream, and 0..nr_cpus-1 are the
 * idle tasks swapper/0.. of the cpus (pid 0). Texts are ids in the stream's names table.
 *
 * Records come in time order; records of one instant in the order in which they happened.
 * In a real trace "cpu" is the cpu that recorded the event.
 */
#ifndef OSSIM_TRACE_RECORD_H
#define OSSIM_TRACE_RECORD_H

#include "base/types.h"

/*
 * kind, ftrace event (NULL: ours only), meaning of the fields
 *
 *                          task      other         arg                       value
 * TASK        introduces a task that exists already (start of a run, first seen in a trace):
 *                          task      parent or NO  pid                       tgid << 32 | comm
 * ATTR        the task's scheduling attributes, at birth and whenever they change:
 *                          task      0 policy<<8 | flags (s32)nice << 32 | (u32)prio
 * SWITCH      cpu switches from task to other
 *                          prev      next          RECORD_SWITCH_ARG         0
 * WAKING      the waker (whoever runs on cpu) starts to wake task
 *                          task      waker         target (previous) cpu     prio
 * WAKEUP      task is runnable on the target cpu
 *                          task      waker         target cpu                prio
 * WAKEUP_NEW  the same for a new task's first time
 *                          task      waker         target cpu                prio
 * MIGRATE     task moves, the record comes before the move
 *                          task      0 dest << 16 | orig prio (s32) | RECORD_MOVE_* << 32
 * FORK        child is visible, state NEW
 *                          child     parent        child pid                 tgid << 32 | comm
 * NEWTASK     the flags of that clone (comes before FORK)
 *                          child     parent        child pid                 clone flags
 * RENAME      comm changes task      0             0                         new comm
 * EXEC        task runs another program
 *                          task      0             old pid                   file name
 * EXIT        task starts to exit
 *                          task      0             group_dead (2: not known) exit code << 32 | prio
 * WAIT        task calls wait
 *                          task      0             awaited pid, 0 any        prio
 * FREE        a reaped task's memory is freed
 *                          task      0             0                         prio
 * RUNTIME     runtime was accounted to task
 *                          task      0             0                         ns
 *             (the vruntime that 6.1 prints is in a second record VRUNTIME right behind it)
 * VRUNTIME                 task      0             0                         vruntime
 * PI_SETPRIO               task      0             old << 16 | new (s16)     0
 * MARK        text written to the trace by task
 *                          task      0             0                         text
 * GROUP       introduces a group of tasks
 *                          group     parent or NO  1: an autogroup           name
 * REGROUP     task goes to another group
 *                          task      group or NO   0                         0
 * PERIOD      a quota period of a group ends
 *                          group     periods       1: had throttled cpus     ns of burst used
 * THROTTLE    tasks of a group begin (1) or cease (0) to wait for quota on cpu
 *                          group     0             1 or 0                    ns, when it ends
 * IRQ         time stolen from the cpu by interrupts since the last such record of the cpu
 *                          0         0             0                         ns
 * CPU         cpu has come online (1) or gone offline (0)
 *                          0         0             0                         0 or 1
 * UNBOUND     none of the cpus that task may use is left; it may use all from now on
 *                          task      0             the cpu it had to leave   0
 * LOST        events of this cpu are missing before this point of the trace
 *                          0         0             0                         number, 0: not known
 * FUTILE      task was woken in a wait queue, and what it waits for was gone; it sleeps again
 *                          task      0 0 name of what it waits in
 * SIGNAL_GENERATE  a signal was sent to task (or to its process), by whoever runs on cpu
 *                          task      code (s32) signal | group << 8 enum record_signal_result
 * SIGNAL_DELIVER  task takes a signal on its way to user mode
 *                          task      code (s32) signal handler << 32 | sa_flags
 *             (handler: 0 default, 1 ignored, else a number of its own; code: kernel's si_code)
 * FAILED      a call of task, or a lock of its library, has failed
 *                          task      0 errno name of what it was about
 * FAULT       page faults of task
 *                          task      0             enum fault_kind           pages
 * FORCED_IDLE other threads of the core had to idle beside task, which ran, or runs next, on cpu
 *                          task      0             0                         ns
 * QUEUE       so many tasks wait in a named wait queue from now on
 *                          queue     0             how many                  name
 * STAT_WAIT, STAT_SLEEP, STAT_IOWAIT, STAT_BLOCKED task has waited for a cpu, slept, waited for
 * I/O, been blocked;
 *             only with kernel.sched_schedstats
 *                          task      0             0                         ns
 * IOWAIT      task goes to sleep to wait for I/O (comes before its switch)
 *                          task      0             0                         0
 * TID task has another number: it has taken its leader's to execute a program, or given it away
 *                          task      0             new pid                   0
 * KTHREAD_STOP  kernel thread task is asked to stop, by whoever runs on cpu
 *                          task      0             0                         0
 * KTHREAD_STOP_RET  task, which has asked a kernel thread to stop, goes on
 *                          task      0 0 what that has returned (s64)
 * PREPARE_EXEC  task, which executes a program, is about to give up what it has
 *                          task      0             0                         path
 * END         the last record: the end of the run or of the trace. cpu is 0.
 */
/* clang-format off */
#define RECORD_KINDS(X) \
	X(TASK, "task", NULL) \
	X(ATTR, "attr", NULL) \
	X(SWITCH, "switch", "sched_switch") \
	X(WAKING, "waking", "sched_waking") \
	X(WAKEUP, "wakeup", "sched_wakeup") \
	X(WAKEUP_NEW, "wakeup_new", "sched_wakeup_new") \
	X(MIGRATE, "migrate", "sched_migrate_task") \
	X(FORK, "fork", "sched_process_fork") \
	X(NEWTASK, "newtask", "task_newtask") \
	X(RENAME, "rename", "task_rename") \
	X(EXEC, "exec", "sched_process_exec") \
	X(EXIT, "exit", "sched_process_exit") \
	X(WAIT, "wait", "sched_process_wait") \
	X(FREE, "free", "sched_process_free") \
	X(RUNTIME, "runtime", "sched_stat_runtime") \
	X(VRUNTIME, "vruntime", NULL) \
	X(PI_SETPRIO, "pi_setprio", "sched_pi_setprio") \
	X(MARK, "mark", "print") \
	X(IRQ, "irq", NULL) \
	X(LOST, "lost", NULL) \
	X(END, "end", NULL) \
	X(GROUP, "group", NULL) \
	X(REGROUP, "regroup", NULL) \
	X(PERIOD, "period", NULL) \
	X(THROTTLE, "throttle", NULL) \
	X(FUTILE, "futile", NULL) \
	X(CPU, "cpu", NULL) \
	X(UNBOUND, "unbound", NULL) \
	X(SIGNAL_GENERATE, "signal_generate", "signal_generate") \
	X(SIGNAL_DELIVER, "signal_deliver", "signal_deliver") \
	X(FAILED, "failed", NULL) \
	X(FAULT, "fault", NULL) \
	X(FORCED_IDLE, "forced_idle", NULL) \
	X(QUEUE, "queue", NULL) \
	X(STAT_WAIT, "stat_wait", "sched_stat_wait") \
	X(STAT_SLEEP, "stat_sleep", "sched_stat_sleep") \
	X(STAT_IOWAIT, "stat_iowait", "sched_stat_iowait") \
	X(STAT_BLOCKED, "stat_blocked", "sched_stat_blocked") \
	X(TID, "tid", NULL) \
	X(IOWAIT, "iowait", NULL) \
	X(KTHREAD_STOP, "kthread_stop", "sched_kthread_stop") \
	X(KTHREAD_STOP_RET, "kthread_stop_ret", "sched_kthread_stop_ret") \
	X(PREPARE_EXEC, "prepare_exec", "sched_prepare_exec")
/* clang-format on */

enum record_kind {
#define X(kind, name, event) RECORD_##kind,
	RECORD_KINDS(X)
#undef X
	NR_RECORD_KINDS
};

/* Sets of kinds are a u64. */
#define RECORD_BIT(kind) (1ull << RECORD_##kind)
static_assert(NR_RECORD_KINDS <= 64, "a set of kinds is a u64");

enum { TASK_ID_NONE = UINT32_MAX };

/*
 * A first touch; a write to what was shared copy-on-write and is no more, or still is; shared
 * memory that another has touched before.
 */
enum fault_kind { FAULT_ANONYMOUS, FAULT_REUSED, FAULT_COPIED, FAULT_FOUND };

struct record {
	u64 when;
	u8 kind;
	u8 flags; /* RECORD_FLAG_* */
	u16 cpu;
	u32 task;
	u32 other;
	u32 arg;
	u64 value;
};

static_assert(sizeof(struct record) == 32, "a record is 32 bytes");

enum {
	RECORD_FLAG_MENDED = 1,  /* put back by the reader: the trace lacked it */
	RECORD_FLAG_KTHREAD = 2, /* on TASK and FORK: a kernel thread */
	/*
	 * an interrupt made it, whoever ran (in real traces: on wakeups and RUNTIME only; of ossim:
	 * also a FORK, by init, at a time)
	 */
	RECORD_FLAG_IRQ = 8,
	RECORD_FLAG_BY_TASK = 16, /* on WAKING and WAKEUP: the waker made it. Neither: not known */
	RECORD_FLAG_RESCHED = 32, /* on WAKING and WAKEUP: who runs there is to be switched out */
	/* on SWITCH: a signal keeps the task runnable, whatever state 6.1 tells */
	RECORD_FLAG_STAYS = 64,
	/* on TASK and FORK: a task of the workload (not init, not a kernel thread) */
	RECORD_FLAG_WORKLOAD = 4,
};

/* Why a task moved (upper half of MIGRATE's value; 0 in real traces: not known). */
enum record_move {
	RECORD_MOVE_UNKNOWN,
	RECORD_MOVE_WAKEUP,
	RECORD_MOVE_BALANCE,
	RECORD_MOVE_PUSH,
	RECORD_MOVE_PULL,
	RECORD_MOVE_AFFINITY,
	RECORD_MOVE_EXEC,
	RECORD_MOVE_HOTPLUG,
	RECORD_MOVE_COOKIE
};

/* What became of a signal that was sent (TRACE_SIGNAL_*, include/trace/events/signal.h). */
enum record_signal_result {
	RECORD_SIGNAL_DELIVERED,
	RECORD_SIGNAL_IGNORED,
	RECORD_SIGNAL_ALREADY_PENDING,
	RECORD_SIGNAL_OVERFLOW,
	RECORD_SIGNAL_LOST
};

/*
 * SWITCH arg: prev_state (12 bits, the kernel's reported value: 0 R, 1 S, 2 D, 4 T, 8 t, 0x10 X,
 * 0x20 Z, 0x40 P, 0x80 I, 0x100 R+), prev_prio + 1 and next_prio + 1 (8 bits each; DL is -1).
 */
static inline u32 record_switch_arg(u32 prev_state, s32 prev_prio, s32 next_prio)
{
	return prev_state | (u32)(prev_prio + 1) << 12 | (u32)(next_prio + 1) << 20;
}

static inline u32 record_prev_state(const struct record *r)
{
	return r->arg & 0xfff;
}

static inline s32 record_prev_prio(const struct record *r)
{
	return (s32)(r->arg >> 12 & 0xff) - 1;
}

static inline s32 record_next_prio(const struct record *r)
{
	return (s32)(r->arg >> 20 & 0xff) - 1;
}

/*
 * The switch leaves the task runnable: it was preempted, it yielded, or its sleep came to nothing.
 */
static inline bool record_prev_runnable(const struct record *r)
{
	return (record_prev_state(r) & 0xff) == 0 || r->flags & RECORD_FLAG_STAYS;
}

/*
 * "R", "S", "D", "R+", ... as sched_switch prints it; several bits are joined by '|'. @buf: 16
 * bytes.
 */
const char *record_state_text(u32 prev_state, char *buf);

extern const char *const record_kind_names[NR_RECORD_KINDS];
extern const char *const record_event_names[NR_RECORD_KINDS]; /* NULL where there is none */

#endif
