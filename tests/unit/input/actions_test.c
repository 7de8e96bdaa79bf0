/* SPDX-License-Identifier: MIT */
/*
 * Every action as docs/workload.md has it becomes the op that it says, with all of its operands. A
 * new action gets its row here: a test holds that.
 */
#include "compiled.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define WORLD                                                                                  \
	"duration: 1s\n"                                                                       \
	"machine: {cpus: 4}\n"                                                                 \
	"groups: {web: {}}\n"                                                                  \
	"mutexes: {pi: {pi: true}, ro: {robust: true}}\n"                                      \
	"barriers: {b: 1}\n"                                                                   \
	"pipes: {q: {eof: true}, f: {fifo: true}}\n"                                           \
	"sockets: {so: {eof: true}}\n"                                                         \
	"sem_sets: {ss: [1, 0]}\n"                                                             \
	"shms: {sh: 10}\n"                                                                     \
	"ttys: {pts0: }\n"                                                                     \
	"signalfds: {sf: TERM}\n"                                                              \
	"netdevs: {eth0: {every: 1ms}}\n"                                                      \
	"devices: {disk: {preset: ssd}}\n"                                                     \
	"tasks:\n"                                                                             \
	"  - {name: w, template: true, program: {run: 1ms}}\n"                                 \
	"  - {name: kt, template: true, kthread: true, program: [run: 1ms, kthread_parkme]}\n" \
	"  - {name: other, count: 2, program: {run: 1ms}}\n"

static const struct row {
	const char *program, *ops; /* a list of actions; lines of the listing */
} rows[] = {
	{"run: 2ms", "run 2 ms"},
	{"sleep: 10ms", "sleep 10 ms"},
	{"timer: 10ms", "timer 10 ms"},
	{"yield", "yield"},
	{"loop: {count: 10, do: [run: 1ms]}", "loop 10, to 2\nrun 1 ms\nend, to 0"},
	{"fork: w", "fork w"},
	{"vfork: w", "vfork w"},
	{"clone: w", "clone w"},
	{"clone: {template: w, flags: [vm, sighand], signal: USR1}",
	 "clone w, {vm sighand} signal USR1"},
	{"setns: other", "setns other"},
	{"unshare: newpid", "unshare"},
	{"exec: {comm: cc1, program: w}", "exec 'cc1', w"},
	{"exit: 3", "exit 3"},
	{"exit_group: 3", "exit_group 3"},
	{"wait", "wait"},
	{"waitall", "waitall"},
	{"waitpid: {task: w, stopped: true, continued: true, nohang: true}",
	 "waitpid w, stopped, continued, nohang"},
	{"waitpid: {clones: true, nothread: true, nowait: true}",
	 "waitpid any child, clones, of the thread, nowait"},
	{"waitpid: {group: w}", "waitpid w, in its group"},
	{"kthread_run: kt, kthread_stop: kt", "kthread_run kt\nkthread_stop kt"},
	{"kthread_park: kt, kthread_unpark: kt", "kthread_park kt\nkthread_unpark kt"},
	{"signal: {signal: TERM, all: true}", "signal TERM to all"},
	{"timer_settime: {timer: a, signal: USR1, value: 5ms, thread: true}",
	 "timer_settime a USR1 to the thread, 5 ms"},
	{"setsid", "setsid"},
	{"setpgid: other1", "setpgid other1"},
	{"setpgid: {task: self, group: other}, setpgid: {task: self}",
	 "setpgid other\nsetpgid self"},
	{"setpgid: {task: w, group: other}, setpgid: {task: w}",
	 "setpgid w, in the group of other\nsetpgid w, on its own"},
	{"open_tty: pts0", "open_tty pts0"},
	{"tcsetpgrp", "tcsetpgrp self"},
	{"tty_read: 80", "tty_read 80 bytes"},
	{"tty_write: 80", "tty_write 80 bytes"},
	{"subreaper", "subreaper"},
	{"pdeath_signal: TERM", "pdeath_signal TERM"},
	{"kill: other", "kill other"},
	{"stop: other0", "stop other0"},
	{"cont: self", "cont self"},
	{"lock: {mutex: m, timeout: 5ms}, unlock: m", "lock m, for at most 5 ms\nunlock m"},
	{"lock: {mutex: m, try: true}, unlock: m", "lock m, only a try\nunlock m"},
	{"lock: ro, mutex_consistent: ro, unlock: ro", "lock ro\nmutex_consistent ro\nunlock ro"},
	{"cond_broadcast: c, lock: m, cond_wait: {cond: c, mutex: m, timeout: 5ms}, unlock: m",
	 "cond_broadcast c\nlock m\ncond_wait c, m, for at most 5 ms\nunlock m"},
	{"cond_signal: c", "cond_signal c"},
	{"barrier: b", "barrier b"},
	{"sem_post: s, sem_wait: {semaphore: s, timeout: 5ms}",
	 "sem_post s\nsem_wait s, for at most 5 ms"},
	{"pipe_write: {pipe: p, bytes: 4KiB}, pipe_read: p",
	 "pipe_write p, 4096 bytes\npipe_read p, 1 bytes"},
	{"close_read: q, close_write: q", "close_read q\nclose_write q"},
	{"open_write: f, open_read: {pipe: f, nonblock: true}", "open_write f\nopen_read f"},
	{"kernel_lock: {mutex: k, state: killable}, kernel_unlock: k",
	 "kernel_lock k killable\nkernel_unlock k"},
	/* What is computed under a lock of the kernel is computed in the kernel. */
	{"down_read: r, run: 1ms, up_read: r, down_write: r, run: 1ms, up_write: r",
	 "down_read r\nsyscall 1 ms\nup_read r\ndown_write r\nsyscall 1 ms\nup_write r"},
	{"down: {semaphore: n, state: killable, timeout: 5ms}, up: n",
	 "down n killable for at most 5 ms\nup n"},
	{"complete: k, wait_for_completion: {completion: k, state: S, timeout: 5ms}",
	 "complete k\nwait_for_completion k S for at most 5 ms"},
	{"complete_all: k, reinit_completion: k", "complete_all k\nreinit_completion k"},
	{"spin_lock: {spinlock: l, irqsave: true}, run: 1us, spin_unlock: l",
	 "spin_lock l, interrupts off\nsyscall 1 us\nspin_unlock l"},
	{"migrate_disable, run: 1ms, migrate_enable",
	 "migrate_disable\nsyscall 1 ms\nmigrate_enable"},
	{"futex_wake: x, futex_wait: {futex: x, value: 1, timeout: 5ms, bitset: 1}",
	 "futex_wake x wake 1\nfutex_wait x value 1 bits 0x1 for at most 5 ms"},
	{"futex_wake: x, futex_requeue: {futex: x, to: v, wake: 2, requeue: 3, value: 1}, futex_wake: v",
	 "futex_requeue x value 1 wake 2 requeue 3 to v"},
	{"futex_set: {futex: x, value: 1}", "futex_set x value 1"},
	{"futex_wake_op: {futex: x, to: v, change: add, value: 4, was: {gt: 0}, wake: 2, wake_to: 3}",
	 "futex_wake_op x wake 2, v add 4, wake 3 if it was gt 0"},
	{"futex_wake: x, futex_wake: v, futex_waitv: {words: {x: 0, v: 1}, timeout: 5ms}",
	 "futex_waitv x value 0, v value 1 for at most 5 ms"},
	{"futex_requeue_pi: {futex: x, mutex: pi, requeue: 2, value: 1}, "
	 "futex_wait_requeue_pi: {futex: x, value: 1, mutex: pi}, unlock: pi",
	 "futex_requeue_pi x value 1 requeue 2, pi\nfutex_wait_requeue_pi x value 1, pi\nunlock pi"},
	{"read_lock: l, run: 1ms, rw_unlock: l", "read_lock l\nrun 1 ms\nrw_unlock l"},
	{"write_lock: {rwlock: l, timeout: 5ms}, rw_unlock: l",
	 "write_lock l, for at most 5 ms\nrw_unlock l"},
	{"event_write: {eventfd: e, value: 4}, event_read: {eventfd: e, nonblock: true}",
	 "event_write e, 4\nevent_read e"},
	{"semop: {set: ss, sem: 1, add: -1, undo: true, timeout: 5ms}",
	 "semop ss 1:-1 undo for at most 5 ms"},
	{"semop: {set: ss, ops: [{sem: 0, add: -1}, {sem: 1, add: 2}]}", "semop ss 0:-1 1:+2"},
	{"semctl: {set: ss, sem: 1, value: 3}", "semctl ss 1=3"},
	{"semctl: {set: ss, remove: true}", "semctl ss removed"},
	{"msgsnd: {queue: v, type: 2, bytes: 100}, msgrcv: {queue: v, type: -2, bytes: 100, except: true, truncate: true}",
	 "msgsnd v type 2 100 bytes\nmsgrcv v type -2 100 bytes except truncated"},
	{"msgctl: {queue: v, bytes: 32KiB}", "msgctl v 32768 bytes"},
	{"msgctl: {queue: v, remove: true}", "msgctl v removed"},
	{"mq_send: {queue: o, priority: 3, timeout: 5ms}, mq_receive: o",
	 "mq_send o priority 3 for at most 5 ms\nmq_receive o"},
	{"mq_notify: {queue: o, signal: USR1}, mq_notify: {queue: o, off: true}",
	 "mq_notify o USR1\nmq_notify o off"},
	{"mq_unlink: o", "mq_unlink o"},
	{"send: {socket: so, end: 0, bytes: 4KiB}, recv: {socket: so, end: 1, bytes: 100}",
	 "send so.0, 4096 bytes\nrecv so.1, 100 bytes"},
	{"close: {socket: so, end: 1}", "close so.1"},
	{"shutdown: {socket: so, end: 0, how: out}", "shutdown so.0 out"},
	{"shutdown: {socket: so, end: 0, how: both}", "shutdown so.0 in out"},
	{"connect: li, send: {connection: li}, close: {connection: li}",
	 "connect li\nsend connection li, 1 bytes\nclose connection li"},
	{"connect: li, accept: {listener: li, nonblock: true}, close: {connection: li}",
	 "accept li"},
	{"timerfd_settime: {timerfd: t, value: 5ms, interval: 10ms}, timerfd_read: t",
	 "timerfd_settime t, 5 ms, then every 10 ms\ntimerfd_read t"},
	{"setitimer: {which: prof, interval: 10ms}", "setitimer prof, 10 ms, then every 10 ms"},
	{"timer_settime: {timer: a, signal: USR1, value: 5ms}", "timer_settime a USR1, 5 ms"},
	{"alarm: 2s", "alarm 2 s"},
	{"epoll_add: {epoll: ep, pipe: p, edge: true}, epoll_mod: {epoll: ep, pipe: p, events: out, oneshot: true}, "
	 "epoll_del: {epoll: ep, pipe: p}, pipe_write: p",
	 "epoll_add ep, p in edge\nepoll_mod ep, p out oneshot\nepoll_del ep, p"},
	{"ready: {connection: l, do: [run: 1ms]}",
	 "ready connection l in, to 3\neach connection l in\nrun 1 ms\nend, to 0"},
	{"epoll_add: {epoll: ep, connection: l}, connect: l, accept: l",
	 "epoll_add ep, connection l in\nconnect l\naccept l"},
	{"epoll_add: {epoll: ep, eventfd: e}, event_write: e, epoll_wait: {epoll: ep, max: 1, timeout: 5ms}, "
	 "ready: {eventfd: e, do: [run: 1ms]}",
	 "epoll_wait ep for at most 5 ms\nready e in, to 5\nrun 1 ms\nend, to 3"},
	{"pipe_write: p, poll: {files: [{pipe: p}, {socket: so, end: 0, events: [in, out]}], timeout: 5ms}",
	 "poll p in, so in out for at most 5 ms"},
	{"pipe_write: p, select: {files: [{pipe: p}]}", "select p in"},
	{"signalfd_read: sf", "signalfd_read sf"},
	{"wake_up: {queue: q, nr: 2, events: 3}, wait_event: {queue: q, exclusive: true, state: D, timeout: 5ms}",
	 "wake_up q, 2 waiters, 3 events\nwait_event q exclusive in D for at most 5 ms"},
	{"wake_up: q, sleep_on: q", "wake_up q, 1 waiters, 1 events\nsleep_on q"},
	{"io: {device: disk, requests: 4, killable: true}", "io disk killable, 4"},
	{"syscall: 300us", "syscall 300 us"},
	{"syscall: {name: uname, time: 2us}", "syscall 2 us, uname"},
	{"net_recv: eth0, net_send: {netdev: eth0, packets: 64}",
	 "net_recv eth0, 1\nnet_send eth0, 64"},
	{"fpu", "fpu"},
	{"nice: {value: 5, task: other}", "nice 5, other"},
	{"affinity: {cpus: 0-1, task: other1}", "affinity 0-1, other1"},
	{"policy: {policy: fifo, priority: 10}", "policy fifo priority 10, self"},
	{"slice: 3ms", "slice 3 ms, self"},
	{"mark: hello", "mark 'hello'"},
	{"rename: hello", "rename 'hello'"},
	{"signal: {signal: TERM, task: other, thread: true}", "signal TERM to the thread, other"},
	{"sigaction: {signal: USR1, handler: w, restart: true, mask: [USR2]}",
	 "sigaction USR1 w restart mask {USR2}"},
	{"sigaction: {signal: CHLD, ignore: true}", "sigaction CHLD ignored"},
	{"sigmask: {unblock: [USR1, TERM]}", "sigmask unblock, {USR1 TERM}"},
	{"pause", "pause"},
	{"sigsuspend: [TERM]", "sigsuspend {TERM}"},
	{"sigwait: {signals: [USR1, USR2], timeout: 5ms}", "sigwait {USR1 USR2} for at most 5 ms"},
	{"trace: other0", "trace other0"},
	{"trace_me", "trace_me"},
	{"trace_cont: {task: other, signal: same}", "trace_cont other, same signal"},
	{"trace_syscall: other", "trace_syscall other, no signal"},
	{"untrace: {task: other, signal: TERM}", "untrace other, TERM"},
	{"trace_seize: {task: other, events: [fork, exit]}", "trace_seize other, at fork exit"},
	{"trace_options: {task: other, events: exec}", "trace_options other, at exec"},
	{"trace_interrupt: other", "trace_interrupt other"},
	{"trace_listen: other", "trace_listen other"},
	{"group: {group: web, task: other, thread: true}", "group web as a thread, other"},
	{"set_group: {group: web, weight: 300}", "set_group web"},
	{"core_sched: {call: share_to, task: other0, scope: process}",
	 "core_sched share_to of a process, other0"},
	{"autogroup_nice: 5", "autogroup_nice 5, self"},
	{"mmap: 1000, touch_pages: 100, write_pages: 50, munmap: 1000",
	 "mmap 1000\ntouch_pages 100\nwrite_pages 50\nmunmap 1000"},
	{"brk: 10", "brk 10"},
	{"shmat: sh, shm_touch: {shm: sh, count: 5}, shmdt: sh",
	 "shmat sh\nshm_touch sh, 5\nshmdt sh"},
	{"shmctl: {shm: sh, remove: true}", "shmctl sh"},
};

/* Compiles the row's program in the world above and notes in @has which ops it has. */
static void check_row(const struct row *row, bool *has)
{
	static const char list[] = "  - {name: t, program: [%s]}\n";
	char task[1024], yaml[4096];
	struct compiled c;

	snprintf(task, sizeof(task), list, row->program);
	snprintf(yaml, sizeof(yaml), "%s%s", WORLD, task);
	c = compile_text(yaml, NULL);
	cr_expect_not_null(c.workload, "%s\n%s", row->program, messages_of(&c));
	if (c.workload) {
		const struct program *program = &c.workload->programs[task_of(&c, "t")->program];

		for (u32 i = 0; i < program->nr_ops; i++)
			has[program->ops[i].code] = true;
		/* of kernel threads alone */
		has[OP_KTHREAD_PARKME] |= strstr(listing_of(&c, "kt"), "kthread_parkme") != NULL;
		cr_expect_not_null(strstr(listing_of(&c, "t"), row->ops),
				   "%s\nshall have\n%s\nand is\n%s", row->program, row->ops,
				   listing_of(&c, "t"));
	}
	compiled_fini(&c);
}

Test(actions, each_becomes_its_op)
{
	bool has[NR_OPS] = {false};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i], has);
	for (u32 code = 0; code < NR_OPS; code++)
		cr_expect(has[code], "'%s' has no row", op_infos[code].key);
}
