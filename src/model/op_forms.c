/* SPDX-License-Identifier: MIT */
/*
 * How each action is written: its forms, one a line, as docs/workload.md has them. Examples, not
 * patterns: each can be copied into a file that has what it names, and a test does so.
 */
#include "model/ops.h"

const char *const op_forms[NR_OPS] = {
	[OP_RUN] = "run: 2ms",
	[OP_SLEEP] = "sleep: 10ms",
	[OP_TIMER] = "timer: 10ms",
	[OP_YIELD] = "yield",
	[OP_LOOP] = "loop: [...]\n"
		    "loop: {count: 10, do: [...]}",
	[OP_FORK] = "fork: worker",
	[OP_CLONE] = "clone: worker\n"
		     "clone: {template: worker, flags: [vm, sighand], signal: USR1}",
	[OP_EXEC] = "exec: cc1\n"
		    "exec: {comm: cc1, program: worker}",
	[OP_EXIT] = "exit\n"
		    "exit: 3",
	[OP_WAIT] = "wait",
	[OP_WAITALL] = "waitall",
	[OP_KILL] = "kill: web",
	[OP_STOP] = "stop: web",
	[OP_CONT] = "cont: web",
	[OP_LOCK] = "lock: m\n"
		    "lock: {mutex: m, timeout: 5ms}\n"
		    "lock: {mutex: m, try: true}",
	[OP_UNLOCK] = "unlock: m",
	[OP_COND_WAIT] = "cond_wait: {cond: c, mutex: m}\n"
			 "cond_wait: {cond: c, mutex: m, timeout: 5ms}",
	[OP_COND_SIGNAL] = "cond_signal: c",
	[OP_COND_BROADCAST] = "cond_broadcast: c",
	[OP_BARRIER] = "barrier: b",
	[OP_SEM_POST] = "sem_post: s\n"
			"sem_post: {semaphore: s, more: true}",
	[OP_SEM_WAIT] = "sem_wait: s\n"
			"sem_wait: {semaphore: s, timeout: 5ms}\n"
			"sem_wait: {semaphore: s, try: true}",
	[OP_PIPE_WRITE] = "pipe_write: p\n"
			  "pipe_write: {pipe: p, bytes: 4KiB, nonblock: true}",
	[OP_PIPE_READ] = "pipe_read: p\n"
			 "pipe_read: {pipe: p, bytes: 4KiB, nonblock: true}",
	[OP_NICE] = "nice: 5\n"
		    "nice: {value: 5, task: web}",
	[OP_AFFINITY] = "affinity: 0-1\n"
			"affinity: {cpus: 0-1, task: web}",
	[OP_POLICY] = "policy: batch\n"
		      "policy: {policy: fifo, priority: 10, task: web}",
	[OP_SLICE] = "slice: 3ms\n"
		     "slice: {value: 3ms, task: web}",
	[OP_MARK] = "mark: text",
	[OP_RENAME] = "rename: text",
	[OP_SIGNAL] = "signal: USR1\n"
		      "signal: {signal: TERM, task: db, thread: true}\n"
		      "signal: {signal: RTMIN, task: db, queue: true}",
	[OP_SIGACTION] = "sigaction: {signal: USR1, handler: on_usr1}\n"
			 "sigaction: {signal: CHLD, ignore: true}",
	[OP_SIGMASK] = "sigmask: {block: [USR1, TERM]}\n"
		       "sigmask: {unblock: USR1}\n"
		       "sigmask: {set: [TERM]}",
	[OP_PAUSE] = "pause",
	[OP_SIGSUSPEND] = "sigsuspend: [TERM]",
	[OP_SIGWAIT] = "sigwait: [USR1, USR2]\n"
		       "sigwait: {signals: [USR1, USR2], timeout: 5ms}",
	[OP_ALARM] = "alarm: 2s",
	[OP_VFORK] = "vfork: worker",
	[OP_EXIT_GROUP] = "exit_group\n"
			  "exit_group: 3",
	[OP_WAITPID] = "waitpid: worker\n"
		       "waitpid: {task: worker, stopped: true, continued: true, nohang: true}",
	[OP_SUBREAPER] = "subreaper",
	[OP_IO] = "io: disk\n"
		  "io: {device: disk, requests: 4, killable: true}",
	[OP_SETSID] = "setsid",
	[OP_SETPGID] = "setpgid\n"
		       "setpgid: job\n"
		       "setpgid: {task: worker, group: job}",
	[OP_GROUP] = "group: web\n"
		     "group: {group: web, task: worker, thread: true}",
	[OP_WAIT_EVENT] = "wait_event: q\n"
			  "wait_event: {queue: q, exclusive: true, state: D, timeout: 5ms}",
	[OP_WAKE_UP] = "wake_up: q\n"
		       "wake_up: {queue: q, nr: all, events: 3, sync: true}",
	[OP_SLEEP_ON] = "sleep_on: q\n"
			"sleep_on: {queue: q, state: D}",
	[OP_READ_LOCK] = "read_lock: l\n"
			 "read_lock: {rwlock: l, timeout: 5ms}",
	[OP_WRITE_LOCK] = "write_lock: l\n"
			  "write_lock: {rwlock: l, try: true}",
	[OP_RW_UNLOCK] = "rw_unlock: l",
	[OP_EVENT_READ] = "event_read: e\n"
			  "event_read: {eventfd: e, nonblock: true}",
	[OP_EVENT_WRITE] = "event_write: e\n"
			   "event_write: {eventfd: e, value: 4}",
	[OP_CLOSE_READ] = "close_read: p",
	[OP_CLOSE_WRITE] = "close_write: p",
	[OP_EPOLL_ADD] = "epoll_add: {epoll: ep, pipe: p, edge: true}",
	[OP_EPOLL_MOD] = "epoll_mod: {epoll: ep, pipe: p, oneshot: true}",
	[OP_EPOLL_DEL] = "epoll_del: {epoll: ep, pipe: p}",
	[OP_EPOLL_WAIT] = "epoll_wait: ep\n"
			  "epoll_wait: {epoll: ep, max: 1, timeout: 5ms}",
	[OP_READY] = "ready: {pipe: p, do: [...]}",
	[OP_CONSISTENT] = "mutex_consistent: m",
	[OP_TIMERFD_SET] = "timerfd_settime: {timerfd: t, value: 5ms, interval: 10ms}",
	[OP_TIMERFD_READ] = "timerfd_read: t\n"
			    "timerfd_read: {timerfd: t, nonblock: true}",
	[OP_SETITIMER] = "setitimer: {which: prof, interval: 10ms}",
	[OP_KTHREAD_RUN] = "kthread_run: kworker",
	[OP_KTHREAD_STOP] = "kthread_stop: kworker",
	[OP_KTHREAD_PARK] = "kthread_park: kworker",
	[OP_KTHREAD_UNPARK] = "kthread_unpark: kworker",
	[OP_KTHREAD_PARKME] = "kthread_parkme",
	[OP_TIMER_SET] = "timer_settime: {timer: a, signal: USR1, value: 5ms}",
	[OP_SYSCALL] = "syscall: 300us\n"
		       "syscall: getpid\n"
		       "syscall: {name: uname, time: 2us}\n"
		       "syscall: {number: 63}",
	[OP_FUTEX_WAIT] = "futex_wait: {futex: w, value: 1, timeout: 5ms, bitset: 1}",
	[OP_FUTEX_WAKE] = "futex_wake: w\n"
			  "futex_wake: {futex: w, nr: all, bitset: 1}",
	[OP_FUTEX_REQUEUE] = "futex_requeue: {futex: w, to: v, wake: 1, requeue: all, value: 1}",
	[OP_FUTEX_SET] = "futex_set: {futex: w, value: 1}",
	[OP_TOUCH_PAGES] = "touch_pages: 100",
	[OP_WRITE_PAGES] = "write_pages: 100",
	[OP_SEND] = "send: {socket: s, end: 0, bytes: 4KiB, nonblock: true}\n"
		    "send: {connection: web, bytes: 4KiB}",
	[OP_RECV] = "recv: {socket: s, end: 1, bytes: 4KiB, nonblock: true}\n"
		    "recv: {connection: web, bytes: 4KiB}",
	[OP_CLOSE] = "close: {socket: s, end: 0}\n"
		     "close: {connection: web}",
	[OP_OPEN_READ] = "open_read: f\n"
			 "open_read: {pipe: f, nonblock: true}",
	[OP_OPEN_WRITE] = "open_write: f\n"
			  "open_write: {pipe: f, nonblock: true}",
	[OP_TRACE] = "trace: db",
	[OP_TRACE_ME] = "trace_me",
	[OP_TRACE_CONT] = "trace_cont: db\n"
			  "trace_cont: {task: db, signal: same}",
	[OP_UNTRACE] = "untrace: db\n"
		       "untrace: {task: db, signal: TERM}",
	[OP_KERNEL_LOCK] = "kernel_lock: k\n"
			   "kernel_lock: {mutex: k, state: killable}",
	[OP_KERNEL_UNLOCK] = "kernel_unlock: k",
	[OP_SPIN_LOCK] = "spin_lock: s\n"
			 "spin_lock: {spinlock: s, irqsave: true}",
	[OP_SPIN_UNLOCK] = "spin_unlock: s",
	[OP_UNSHARE] = "unshare: newpid",
	[OP_NET_RECV] = "net_recv: eth0\n"
			"net_recv: {netdev: eth0, packets: 64}",
	[OP_NET_SEND] = "net_send: eth0\n"
			"net_send: {netdev: eth0, packets: 64}",
	[OP_SEMOP] = "semop: {set: s, sem: 0, add: -1, undo: true, timeout: 5ms}\n"
		     "semop: {set: s, ops: [{sem: 0, add: 1}, {sem: 1, add: -1}]}",
	[OP_MSGSND] = "msgsnd: v\n"
		      "msgsnd: {queue: v, type: 2, bytes: 100}",
	[OP_MSGRCV] = "msgrcv: v\n"
		      "msgrcv: {queue: v, type: -2, bytes: 100, except: true, truncate: true}",
	[OP_MQ_SEND] = "mq_send: w\n"
		       "mq_send: {queue: w, priority: 3, timeout: 5ms}",
	[OP_MQ_RECEIVE] = "mq_receive: w\n"
			  "mq_receive: {queue: w, timeout: 5ms}",
	[OP_SET_GROUP] = "set_group: {group: web, weight: 300}\n"
			 "set_group: {group: web, max: 20ms/100ms, burst: 10ms}\n"
			 "set_group: {group: web, freeze: true}\n"
			 "set_group: {group: web, freezer: FROZEN}",
	[OP_DOWN_READ] = "down_read: s",
	[OP_UP_READ] = "up_read: s",
	[OP_DOWN_WRITE] = "down_write: s",
	[OP_UP_WRITE] = "up_write: s",
	[OP_FPU] = "fpu",
	[OP_MMAP] = "mmap: 1000",
	[OP_MUNMAP] = "munmap: 1000",
	[OP_BRK] = "brk: 1000",
	[OP_AUTOGROUP_NICE] = "autogroup_nice: 5\n"
			      "autogroup_nice: {value: 5, task: shell}",
	[OP_SEMCTL] = "semctl: {set: s, sem: 1, value: 3}\n"
		      "semctl: {set: s, values: [1, 0]}\n"
		      "semctl: {set: s, remove: true}",
	[OP_MSGCTL] = "msgctl: {queue: v, bytes: 32KiB}\n"
		      "msgctl: {queue: v, remove: true}",
	[OP_SHMAT] = "shmat: g",
	[OP_SHMDT] = "shmdt: g",
	[OP_SHM_TOUCH] = "shm_touch: {shm: g, count: 100}",
	[OP_SHMCTL] = "shmctl: {shm: g, remove: true}",
	[OP_FUTEX_WAKE_OP] =
		"futex_wake_op: {futex: w, to: v, change: add, value: 1, was: {gt: 0}, wake: 1, wake_to: 1}",
	[OP_FUTEX_WAITV] = "futex_waitv: {words: {w: 0, v: 1}, timeout: 5ms}",
	[OP_FUTEX_WAIT_PI] = "futex_wait_requeue_pi: {futex: w, value: 1, mutex: m}",
	[OP_FUTEX_REQUEUE_PI] = "futex_requeue_pi: {futex: w, mutex: m, requeue: all, value: 1}",
	[OP_SHUTDOWN] = "shutdown: {socket: s, end: 0, how: out}\n"
			"shutdown: {connection: web, how: both}",
	[OP_CONNECT] = "connect: web\n"
		       "connect: {listener: web, nonblock: true}",
	[OP_ACCEPT] = "accept: web\n"
		      "accept: {listener: web, nonblock: true}",
	[OP_MQ_UNLINK] = "mq_unlink: w",
	[OP_MQ_NOTIFY] = "mq_notify: {queue: w, signal: USR1}\n"
			 "mq_notify: {queue: w, off: true}",
	[OP_COMPLETE] = "complete: c",
	[OP_COMPLETE_ALL] = "complete_all: c",
	[OP_WAIT_COMPLETION] = "wait_for_completion: c\n"
			       "wait_for_completion: {completion: c, state: S, timeout: 5ms}",
	[OP_REINIT_COMPLETION] = "reinit_completion: c",
	[OP_DOWN] = "down: n\n"
		    "down: {semaphore: n, state: killable, timeout: 5ms}",
	[OP_UP] = "up: n",
	[OP_SETNS] = "setns: top",
	[OP_MIGRATE_DISABLE] = "migrate_disable",
	[OP_MIGRATE_ENABLE] = "migrate_enable",
	[OP_TRACE_SEIZE] = "trace_seize: db\n"
			   "trace_seize: {task: db, events: [fork, exit]}",
	[OP_TRACE_OPTIONS] = "trace_options: {task: db, events: exec}",
	[OP_TRACE_SYSCALL] = "trace_syscall: db\n"
			     "trace_syscall: {task: db, signal: same}",
	[OP_TRACE_INTERRUPT] = "trace_interrupt: db",
	[OP_TRACE_LISTEN] = "trace_listen: db",
	[OP_CORE_SCHED] = "core_sched: create\n"
			  "core_sched: {call: share_to, task: t, scope: process}",
	[OP_PDEATH_SIGNAL] = "pdeath_signal: TERM",
	[OP_OPEN_TTY] = "open_tty: pts0",
	[OP_TCSETPGRP] = "tcsetpgrp\n"
			 "tcsetpgrp: job",
	[OP_TTY_READ] = "tty_read: 80",
	[OP_TTY_WRITE] = "tty_write: 80",
	[OP_POLL] =
		"poll: {files: [{pipe: p}, {socket: s, end: 0, events: [in, out]}], timeout: 5ms}",
	[OP_SELECT] =
		"select: {files: [{pipe: p}, {socket: s, end: 0, events: [in, out]}], nonblock: true}",
	[OP_SIGNALFD_READ] = "signalfd_read: sf\n"
			     "signalfd_read: {signalfd: sf, nonblock: true}",
};
