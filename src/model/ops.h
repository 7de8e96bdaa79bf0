/* SPDX-License-Identifier: MIT */
/*
 * Every action a task's program may take: one list. YAML keys, `ossim list actions`, the
 * disassembler and the manual's table come from it.
 *
 * X(CODE, "yaml key", takes time itself, operands, "help")
 *
 * An op has three slots: a (u16), b (u32) and value (u64). Operands are a string of the letters of
 * operands.h, in the order in which they are written.
 */
#ifndef OSSIM_MODEL_OPS_H
#define OSSIM_MODEL_OPS_H

#include "base/types.h"
#include "model/operands.h"

/* clang-format off */
#define OPS(X) \
	X(RUN, "run", 1, "d", "compute for a time") \
	X(SLEEP, "sleep", 1, "d", "sleep for a time (plus the timer slack of a fair task)") \
	X(TIMER, "timer", 1, "d", "sleep to the next point of an absolute grid with this period") \
	X(YIELD, "yield", 1, "", "sched_yield") \
	X(LOOP, "loop", 0, "nj", "repeat a block a number of times, or for ever") \
	X(END, "end", 0, "j", "end of a loop's block (made by the builder)") \
	X(FORK, "fork", 1, "T", "create a process that runs a template's program") \
	X(CLONE, "clone", 1, "Tf", "create a thread, or what its flags say, that runs a template's program") \
	X(EXEC, "exec", 1, "xT", "become another program: new comm, optionally a template's program") \
	X(EXIT, "exit", 1, "i", "exit with a code") \
	X(WAIT, "wait", 1, "", "wait for one child (any)") \
	X(WAITALL, "waitall", 1, "", "wait until there is no child left") \
	X(KILL, "kill", 1, "t", "SIGKILL to a task") \
	X(STOP, "stop", 1, "t", "SIGSTOP to a task") \
	X(CONT, "cont", 1, "t", "SIGCONT to a task") \
	X(LOCK, "lock", 1, "moy", "lock a mutex") \
	X(UNLOCK, "unlock", 1, "m", "unlock a mutex") \
	X(COND_WAIT, "cond_wait", 1, "cMo", "wait for a condition, giving up a mutex meanwhile") \
	X(COND_SIGNAL, "cond_signal", 1, "c", "wake one waiter of a condition") \
	X(COND_BROADCAST, "cond_broadcast", 1, "c", "wake all waiters of a condition") \
	X(BARRIER, "barrier", 1, "r", "wait until all parties of a barrier have come") \
	X(SEM_POST, "sem_post", 1, "s=", "raise a semaphore") \
	X(SEM_WAIT, "sem_wait", 1, "soy", "lower a semaphore, waiting while it is 0") \
	X(PIPE_WRITE, "pipe_write", 1, "pz", "write bytes into a pipe") \
	X(PIPE_READ, "pipe_read", 1, "pz", "read up to that many bytes from a pipe") \
	X(NICE, "nice", 1, "it", "set nice, of oneself or of another") \
	X(AFFINITY, "affinity", 1, "Ct", "set the allowed cpus, of oneself or of another") \
	X(POLICY, "policy", 1, "Pt", "set policy and priority, of oneself or of another") \
	X(SLICE, "slice", 1, "dt", "set a custom slice (0: default), of oneself or of another") \
	X(MARK, "mark", 1, "x", "write a text to the trace") \
	X(RENAME, "rename", 1, "x", "take another comm (PR_SET_NAME)") \
	X(SIGNAL, "signal", 1, "gt", "send a signal, to oneself or to another") \
	X(SIGACTION, "sigaction", 1, "H", "say what a signal does to this process") \
	X(SIGMASK, "sigmask", 1, "hG", "block or unblock signals of this thread") \
	X(PAUSE, "pause", 1, "", "sleep until a handler has run") \
	X(SIGSUSPEND, "sigsuspend", 1, "G", "pause with another mask") \
	X(SIGWAIT, "sigwait", 1, "G", "wait for a signal of a set and take it") \
	X(ALARM, "alarm", 1, "d", "SIGALRM to this process after a time; 0: none") \
	X(VFORK, "vfork", 1, "T", "fork, and sleep until the child executes a program or exits") \
	X(EXIT_GROUP, "exit_group", 1, "i", "end the process with all its threads") \
	X(WAITPID, "waitpid", 1, "w", "wait for a child with options") \
	X(SUBREAPER, "subreaper", 1, "", "orphans among the descendants become one's children") \
	X(IO, "io", 1, "vn", "give requests to a device and sleep until they are done") \
	X(SETSID, "setsid", 1, "", "lead a session and a process group of one's own") \
	X(SETPGID, "setpgid", 1, "t?", "join a task's process group, or lead one of one's own; or put a child there") \
	X(GROUP, "group", 1, "kt", "move a process, or a thread, to a cgroup") \
	X(WAIT_EVENT, "wait_event", 1, "q", "sleep in a wait queue until there is an event, and take it") \
	X(WAKE_UP, "wake_up", 1, "Q", "add events to a wait queue and wake who waits for them") \
	X(SLEEP_ON, "sleep_on", 1, "q", "the old way to wait, which may miss a wakeup") \
	X(READ_LOCK, "read_lock", 1, "loy", "take a rwlock together with other readers") \
	X(WRITE_LOCK, "write_lock", 1, "loy", "take a rwlock alone") \
	X(RW_UNLOCK, "rw_unlock", 1, "l", "give a rwlock back") \
	X(EVENT_READ, "event_read", 1, "e", "read an eventfd, waiting while its counter is 0") \
	X(EVENT_WRITE, "event_write", 1, "en", "add to an eventfd's counter and wake its readers") \
	X(CLOSE_READ, "close_read", 1, "p", "close the end of a pipe that is read from") \
	X(CLOSE_WRITE, "close_write", 1, "p", "close the end of a pipe that is written into") \
	X(EPOLL_ADD, "epoll_add", 1, "EW", "watch something by an epoll") \
	X(EPOLL_MOD, "epoll_mod", 1, "EW", "watch it in another way, or again after a oneshot") \
	X(EPOLL_DEL, "epoll_del", 1, "EW", "watch it no more") \
	X(EPOLL_WAIT, "epoll_wait", 1, "E", "wait until something that an epoll watches is ready") \
	X(READY, "ready", 0, "Wj", "a block for what the last epoll_wait or poll has told of") \
	X(CONSISTENT, "mutex_consistent", 0, "m", "a robust mutex is in order again") \
	X(TIMERFD_SET, "timerfd_settime", 1, "FV", "arm or disarm a timerfd") \
	X(TIMERFD_READ, "timerfd_read", 1, "F", "read a timerfd, waiting until it has expired") \
	X(SETITIMER, "setitimer", 1, "IV", "arm or disarm an interval timer of this process") \
	X(TIMER_SET, "timer_settime", 1, "YV", "arm or disarm a timer of this process's own") \
	X(SYSCALL, "syscall", 1, "d#", "compute in the kernel for a time, in a call that may have a name") \
	X(FUTEX_WAIT, "futex_wait", 1, "u", "sleep at a word if it has a value") \
	X(FUTEX_WAKE, "futex_wake", 1, "u", "wake who sleeps at a word") \
	X(FUTEX_REQUEUE, "futex_requeue", 1, "u", "wake some, let others wait at another word") \
	X(FUTEX_SET, "futex_set", 0, "u", "put a value into a word") \
	X(TOUCH_PAGES, "touch_pages", 1, "n", "touch that many pages of memory for the first time") \
	X(WRITE_PAGES, "write_pages", 1, "n", "write to that many pages, the first ones of the memory") \
	X(SEND, "send", 1, "Uz", "send bytes from one end of a socket pair to the other") \
	X(RECV, "recv", 1, "Uz", "receive up to that many bytes at an end of a socket pair") \
	X(CLOSE, "close", 1, "U", "close an end of a socket pair") \
	X(OPEN_READ, "open_read", 1, "p", "open a FIFO to read from, waiting for who opens it to write") \
	X(OPEN_WRITE, "open_write", 1, "p", "open a FIFO to write into, waiting for who opens it to read") \
	X(TRACE, "trace", 1, "t", "become the tracer of a task, which stops") \
	X(TRACE_ME, "trace_me", 1, "", "let one's parent trace oneself") \
	X(TRACE_CONT, "trace_cont", 1, "tS", "let a traced task go on, with a signal or without") \
	X(UNTRACE, "untrace", 1, "tS", "let it go on, and trace it no more") \
	X(KERNEL_LOCK, "kernel_lock", 1, "K", "take a mutex of the kernel") \
	X(KERNEL_UNLOCK, "kernel_unlock", 1, "K", "give a mutex of the kernel back") \
	X(SPIN_LOCK, "spin_lock", 1, "L!", "take a spinlock; who waits for it burns its cpu") \
	X(SPIN_UNLOCK, "spin_unlock", 1, "L", "give a spinlock back") \
	X(UNSHARE, "unshare", 1, "", "have one's children born in a pid namespace of their own") \
	X(NET_RECV, "net_recv", 1, "Nn", "read packets that a network device has received, waiting for the first") \
	X(NET_SEND, "net_send", 1, "Nn", "send packets, waiting while the device is full") \
	X(SEMOP, "semop", 1, "A", "operations on a set of semaphores: all or none") \
	X(MSGSND, "msgsnd", 1, "B", "send a message of a type into a queue") \
	X(MSGRCV, "msgrcv", 1, "B", "receive the first message of a type") \
	X(MQ_SEND, "mq_send", 1, "J", "send a message of a priority into a queue") \
	X(MQ_RECEIVE, "mq_receive", 1, "J", "receive the first message of the highest priority") \
	X(SET_GROUP, "set_group", 1, "O", "give a cgroup another weight or quota, make it idle, freeze or thaw it") \
	X(DOWN_READ, "down_read", 1, "R", "take a rwsem of the kernel together with other readers") \
	X(UP_READ, "up_read", 1, "R", "give a rwsem back that was taken to read") \
	X(DOWN_WRITE, "down_write", 1, "R", "take a rwsem of the kernel alone") \
	X(UP_WRITE, "up_write", 1, "R", "give a rwsem back that was taken to write") \
	X(FPU, "fpu", 0, "", "use the floating-point registers") \
	X(MMAP, "mmap", 1, "n", "map that many pages as an area of their own") \
	X(MUNMAP, "munmap", 1, "n", "give back the last pages that are mapped, and an area") \
	X(BRK, "brk", 1, "n", "grow the heap by that many pages") \
	X(AUTOGROUP_NICE, "autogroup_nice", 1, "it", "set the nice of the autogroup of a task's session") \
	X(SEMCTL, "semctl", 1, "A", "give semaphores of a set new values, or remove the set") \
	X(MSGCTL, "msgctl", 1, "B", "give a message queue another size, or remove it") \
	X(SHMAT, "shmat", 1, "X", "attach a segment of shared memory") \
	X(SHMDT, "shmdt", 1, "X", "detach a segment of shared memory") \
	X(SHM_TOUCH, "shm_touch", 1, "Xn", "touch that many pages of shared memory, the first ones") \
	X(SHMCTL, "shmctl", 1, "X", "remove a segment of shared memory, when nobody has it attached any more") \
	X(FUTEX_WAKE_OP, "futex_wake_op", 1, "u", "change a word, wake who sleeps at another, and there if it was so") \
	X(FUTEX_WAITV, "futex_waitv", 1, "Z", "sleep at several words if they have their values") \
	X(FUTEX_WAIT_PI, "futex_wait_requeue_pi", 1, "uM", "sleep at a word to be moved to a mutex, and have that then") \
	X(FUTEX_REQUEUE_PI, "futex_requeue_pi", 1, "uM", "give a mutex to who sleeps at a word, and let others wait for it") \
	X(SHUTDOWN, "shutdown", 1, "U", "end one or both directions of a socket") \
	X(CONNECT, "connect", 1, "a", "make a connection to a listening socket, waiting while too many wait there") \
	X(ACCEPT, "accept", 1, "a", "accept a connection, waiting for one") \
	X(MQ_NOTIFY, "mq_notify", 1, "J", "ask for a signal when a message comes into an empty queue") \
	X(COMPLETE, "complete", 1, "b", "complete once: one who waits for that goes on") \
	X(COMPLETE_ALL, "complete_all", 1, "b", "complete for all who wait, and who will") \
	X(WAIT_COMPLETION, "wait_for_completion", 1, "b", "wait in the kernel until something is completed") \
	X(REINIT_COMPLETION, "reinit_completion", 1, "b", "nothing is completed any more") \
	X(DOWN, "down", 1, "D", "lower a semaphore of the kernel, waiting while it is 0") \
	X(UP, "up", 1, "D", "raise a semaphore of the kernel, or hand it over") \
	X(SETNS, "setns", 1, "t", "have one's children born in the pid namespace that a task is in") \
	X(MIGRATE_DISABLE, "migrate_disable", 1, "", "in the kernel: stay on this cpu, preemptible") \
	X(MIGRATE_ENABLE, "migrate_enable", 1, "", "in the kernel: other cpus will do again") \
	X(TRACE_SEIZE, "trace_seize", 1, "t%", "become the tracer of a task, which goes on") \
	X(TRACE_OPTIONS, "trace_options", 1, "t%", "say at which events a stopped tracee shall stop, too") \
	X(TRACE_SYSCALL, "trace_syscall", 1, "tS", "let a traced task go on until it enters or leaves a system call") \
	X(TRACE_INTERRUPT, "trace_interrupt", 1, "t", "stop a tracee that was seized") \
	X(TRACE_LISTEN, "trace_listen", 1, "t", "leave a seized tracee in the stop of its process, to hear when that ends") \
	X(CORE_SCHED, "core_sched", 1, "@t", "make or share a cookie: who has it shares cores with its like alone") \
	X(PDEATH_SIGNAL, "pdeath_signal", 1, "S", "be sent a signal when the thread that made this process exits") \
	X(OPEN_TTY, "open_tty", 1, ";", "open a terminal, which controls one's session if that has none") \
	X(TCSETPGRP, "tcsetpgrp", 1, "t", "give one's terminal to the process group of a task, or to one's own") \
	X(TTY_READ, "tty_read", 1, "z", "read a line from one's terminal, waiting for it") \
	X(TTY_WRITE, "tty_write", 1, "z", "write to one's terminal") \
	X(POLL, "poll", 1, "&", "wait until one of several things is ready") \
	X(SELECT, "select", 1, "&", "the same by the older call") \
	X(SIGNALFD_READ, "signalfd_read", 1, "$", "take a pending signal of a signalfd's, waiting for one") \
	X(KTHREAD_RUN, "kthread_run", 1, "T", "have kthreadd make a kernel thread that runs a template's program") \
	X(KTHREAD_STOP, "kthread_stop", 1, "t", "ask a kernel thread to stop, and wait for its end") \
	X(KTHREAD_PARK, "kthread_park", 1, "t", "ask a kernel thread to park, and wait until it has") \
	X(KTHREAD_UNPARK, "kthread_unpark", 1, "t", "let a parked kernel thread go on") \
	X(KTHREAD_PARKME, "kthread_parkme", 0, "", "a kernel thread parks here, if somebody has asked it to") \
	X(EACH, "each", 0, "W", "the next connection of a ready block (made by the builder)") \
	X(MQ_UNLINK, "mq_unlink", 1, "J", "remove a queue's name; who has it open goes on with it")
/* clang-format on */

enum op_code {
#define X(code, ...) OP_##code,
	OPS(X)
#undef X
	NR_OPS
};

/* Not written by users, but made by the builder. */
static inline bool op_is_made(u32 code)
{
	return code == OP_END || code == OP_EACH;
}

/* flags */
enum {
	OP_DIST = 1,      /* value is a dist index */
	OP_TO_THREAD = 2, /* SIGNAL (tgkill), GROUP, TIMER_SET: to the thread, not to its process */
	OP_IMPLICIT = 4,  /* EXIT that nobody wrote: in a handler, the return from it */
	OP_KILLABLE = 8,  /* IO: SIGKILL ends the sleep */
	OP_TO_GROUP = 16, /* SIGNAL: to the process group */
	OP_TO_ALL = 64,   /* SIGNAL: to every process that the sender sees, but its own and init */
	OP_SYNC = 32,     /* WAKE_UP: the waker is about to sleep */
	OP_MORE = 32,     /* SEM_POST: the next op, another one, is part of the call */
	OP_QUEUED = 32,   /* SIGNAL: by sigqueue() */
	OP_NONBLOCK = 64, /* what would sleep returns at once */
	OP_IRQS_OFF = 128, /* SPIN_LOCK, SPIN_UNLOCK: interrupts are off meanwhile */
	/* SEND, RECV, SHUTDOWN, CLOSE: of the connection that was made through listener b */
	OP_CONNECTION = 128,
};
enum { PROGRAM_ENDS_MAX = 64 };    /* of pipes and sockets that close, in a program */
enum { TARGET_SELF = UINT32_MAX }; /* slot b of TASKS */
/* Slot value of TRACE_SEIZE and TRACE_OPTIONS: events at which a tracee stops. */
enum {
	TRACE_ON_FORK = 1,
	TRACE_ON_VFORK = 2,
	TRACE_ON_CLONE = 4,
	TRACE_ON_EXEC = 8,
	TRACE_ON_VFORK_DONE = 16,
	TRACE_ON_EXIT = 32,
	NR_TRACE_EVENTS = 6,
};
enum { OP_SIGNAL_SAME = 255 }; /* slot value of a SIGNAL_OR_SAME */
enum { CLONE_WITH_TIDS = 2 };  /* slot a of CLONE, from here on */
enum { TARGET_ALL = 0 };       /* slot a of TASKS */
/* Slot value of SETPGID, if it is about a child, TASKS; from OF_TASK on: the spec of one in it. */
enum { PGRP_OF_SELF, PGRP_OF_CHILD_ITSELF, PGRP_OF_TASK };
enum { TEMPLATE_NONE = 0xffff }; /* slot a of EXEC: keeps its program from here on */
/* Slot a of WAITPID: besides children that have exited. */
enum {
	WAIT_FOR_STOPPED = 1,
	WAIT_FOR_CONTINUED = 2,
	WAIT_NO_HANG = 4,
	WAIT_CLONES = 8,
	WAIT_ALL_KINDS = 16,
	WAIT_OWN_GROUP = 32, /* pid 0: of the caller's process group */
	WAIT_NO_THREAD = 64, /* __WNOTHREAD: of this thread, not of the others */
	WAIT_NO_TAKE = 128,  /* WNOWAIT: it can be told again */
	/* pid below -1: of the process group that a child of slot b's template leads */
	WAIT_IN_GROUP = 256,
};
/* Slot a of WAIT_EVENT and SLEEP_ON. */
/*
 * Slot value of CORE_SCHED: what is done with a cookie (PR_SCHED_CORE_*), and whom a task stands
 * for.
 */
enum core_sched_call {
	CORE_SCHED_CREATE,
	CORE_SCHED_SHARE_TO,
	CORE_SCHED_SHARE_FROM,
	NR_CORE_SCHED_CALLS
};
enum core_sched_scope {
	CORE_SCHED_THREAD,
	CORE_SCHED_PROCESS,
	CORE_SCHED_GROUP,
	NR_CORE_SCHED_SCOPES
};
enum { CORE_SCHED_SCOPE_SHIFT = 8 };
enum { WAIT_QUEUE_EXCLUSIVE = 1, WAIT_QUEUE_KEEPS = 2, WAIT_QUEUE_STATE_SHIFT = 2 };
enum wait_queue_state { WAIT_IN_S, WAIT_IN_D, WAIT_KILLABLE, WAIT_IN_I };
/* Slot a of SETITIMER: SIGALRM, SIGVTALRM, SIGPROF. */
enum itimer { ITIMER_REAL_TIME, ITIMER_USER_TIME, ITIMER_CPU_TIME, NR_ITIMERS };
/* Slot value of what an epoll watches (op_watch_pack()). */
enum watch_kind {
	WATCH_PIPE,
	WATCH_EVENTFD,
	WATCH_TIMERFD,
	WATCH_SOCKET,
	WATCH_MQUEUE,
	WATCH_LISTENER,
	WATCH_EPOLL,
	WATCH_SIGNALFD,
	WATCH_CONNECTION,
	NR_WATCH_KINDS
};
/* Slot value of SHUTDOWN. */
enum { SHUTDOWN_IN = 1, SHUTDOWN_OUT = 2 };
enum { WATCH_IN = 1, WATCH_OUT = 2 };
enum { WATCH_EDGE = 1, WATCH_EXCLUSIVE = 2, WATCH_ONESHOT = 4 };
struct op_watch {
	u32 index; /* among those of its kind */
	u8 kind;   /* enum watch_kind */
	u8 end;    /* of what has two: a pipe's enum pipe_end, a socket's 0 or 1 */
	u8 events; /* WATCH_IN, WATCH_OUT */
	u8 how;    /* WATCH_EDGE, ... */
};
static inline u64 op_watch_pack(struct op_watch watch)
{
	return watch.index | (u64)watch.kind << 32 | (u64)watch.end << 40 |
	       (u64)watch.events << 48 | (u64)watch.how << 56;
}
static inline struct op_watch op_watch_unpack(u64 value)
{
	return (struct op_watch){.index = (u32)value,
				 .kind = (u8)(value >> 32),
				 .end = (u8)(value >> 40),
				 .events = (u8)(value >> 48),
				 .how = (u8)(value >> 56)};
}
/*
 * Slot a of ops that take or give back a lock of the kernel: the first of its section, the last;
 * preemption is possible again. Slot a of SYSCALL: SECTION_INSIDE one.
 */
enum {
	SECTION_ENTERS = 1,
	SECTION_LEAVES = 2,
	SECTION_PREEMPTIBLE = 4,
	SECTION_INSIDE = 8,
	SECTION_BITS = 15
};
/* And how a sleep there is ended by signals: slot a, above those. */
enum { KERNEL_SLEEP_SHIFT = 4 };
enum kernel_sleep { KERNEL_SLEEP_D, KERNEL_SLEEP_S, KERNEL_SLEEP_KILLABLE, NR_KERNEL_SLEEPS };
/* Slots a and value of messages. */
enum { MESSAGE_EXCEPT = 1, MESSAGE_TRUNCATED = 2, MESSAGE_REMOVE = 4 };
static inline u64 op_message_pack(s32 type, u32 bytes)
{
	return (u32)type | (u64)bytes << 32;
}
static inline s32 op_message_type(u64 value)
{
	return (s32)(u32)value;
}
static inline u32 op_message_bytes(u64 value)
{
	return (u32)(value >> 32);
}
enum op_mask_how { MASK_BLOCK, MASK_UNBLOCK, MASK_SET };
/* Slot a of SIGACTION: signal, enum signal_disposition, SIGACTION_* flags. */
#define OP_SIGACTION_A(signal, disposition, flags) \
	((u16)((signal) | (disposition) << 8 | (flags) << 10))

struct op {
	u8 code;
	u8 flags;
	u16 a;
	u32 b;
	u64 value;
};

static_assert(sizeof(struct op) == 16, "an op is 16 bytes");

struct op_info {
	const char *key;
	bool takes_time;
	const char *operands;
	const char *help;
};

/* A loop without end. */
static inline bool op_is_for_ever(const struct op *op)
{
	return op->code == OP_LOOP && !(op->flags & OP_DIST) && op->value == 0;
}

/* A block that is done for each connection that was told of. */
static inline bool op_is_for_each(const struct op *op)
{
	return op->code == OP_READY && op_watch_unpack(op->value).kind == WATCH_CONNECTION;
}

extern const struct op_info op_infos[NR_OPS];
/* By code, except of END: how it is written, a form a line. In op_forms.c. */
extern const char *const op_forms[NR_OPS];

#endif
