/* SPDX-License-Identifier: MIT */
/*
 * A small machine with a few tasks, written in a line each, run to its end; what happened comes
 * back as lines of text. Costs are zero unless asked for, so times are exact.
 *
 *	struct rig rig;
 *
 *	rig_init(&rig, 1, "v6.12");
 *	rig_template(&rig, "c", "run 5ms; exit 3");
 *	rig_task(&rig, "p", "fork c; run 20ms; wait");
 *	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(FREE), "10 ms exit c 0x300\n" ...);
 *
 * Ops are written by their YAML keys, operands in the order of ops.h; `loop [N]; ...; end`. A
 *policy is fifo:10, rr:5, other:-3. An operand at the end may be left out (oneself, for ever, 0).
 *
 * `waitpid c+stopped+nohang`, `waitpid any+continued`, `waitpid c+of`: of the group that c leads.
 * `clone c vm,sighand+USR1`; `clone c` a thread. `trace_cont c same`; `trace_syscall` of all own
 * tracees; `trace_seize c fork+exec`. `wait_event q+excl+D+keep+5ms`, `wake_up q+all+3ev`. `io!
 * disk 1` sleeps killable; `pipe_read~ p` does not sleep. `timerfd_settime t 5ms/10ms`: value and
 * interval; `setitimer prof 5ms`, `timer_settime t=USR1 5ms`, `t=USR1!`: to the thread. `send s.0
 * 100`, `recv s.1 100`, `close s.0`, `shutdown s.0+out`; `connect web`, `accept web`, then `send
 * @web 100`. `semop s 0-1u,1+2`: semaphore, what to add, undo; `semop s 0-1+5ms`; `msgsnd q 3 100`:
 * type and bytes; `wait_for_completion c+killable+5ms`, `down k+S`, `kernel_lock k+killable`.
 * `semctl s 0+3`: a value, `semctl s`: the set is removed; `msgctl q 0 200`: room, `msgctl q 0 0
 * remove`. `mq_notify q USR1`, `mq_notify q`: no more. `mq_send q 3`, `mq_receive q 0 5ms`:
 * priority, timeout. `epoll_add ep pipe=p+out+edge+excl+oneshot`, `epoll_wait ep+1+5ms`; `ready
 * eventfd=e; ...; end`. `poll pipe=p+out,eventfd=e 5ms`. `futex_wait w+=1+5ms+&3`, `futex_wake
 * w+#2+&1`, `futex_requeue w+>v+#1+%2+=1`, `futex_set w+=1`. `futex_wake_op w+>v+@add1+?gt0+#1+%1`,
 * `futex_waitv w=0,v=1+5ms`, `futex_wait_requeue_pi w+=0 m`, `futex_requeue_pi w+%9 m`. `lock m
 * 5ms`, `lock m try`, `cond_wait c m 5ms`. Signals: `signal USR1 t`, `signal USR1! t` to the thread
 * alone, `signal USR1% t` to the group, `signal USR1*` to all, `signal RTMIN^ t` by sigqueue;
 * `sigaction USR1=h+restart/USR2` with handler h, flags and mask; `sigmask block USR1,USR2`;
 * `sigwait USR1,USR2/5ms`.
 *
 * Lines: "TIME KIND TASK MORE". Only records of the workload's tasks are shown.
 */
#ifndef OSSIM_TESTS_PROC_RIG_H
#define OSSIM_TESTS_PROC_RIG_H

#include "model/builder.h"
#include "trace/roster.h"
#include "trace/stream.h"

struct rig {
	struct arena arena;
	struct diag *diag;
	struct builder *builder;
	struct names names;
	struct stream stream;
	struct roster roster;
	struct text lines;
	u64 kinds;
	bool tells_group_dead; /* of an exit that is not its process's last */
	char *failure;         /* of the run; NULL: none */
	u32 given[512];        /* how often a number below 512 was given to a forked task */
	u64 end;
};

/* What a task is beside name and program; zeroed members are defaults. */
struct rig_attr {
	u32 fifo; /* real-time priority */
	s32 nice;
	u32 count;
	u64 start_ns;
	const char *cpus, *thread_of;
	u32 pages;                      /* of memory, all resident */
	struct rlimit_spec rttime, cpu; /* limits */
	bool woken, kthread, is_template;
	u32 slept_on; /* of who is woken: its cpu; 0: not said */
	const char *user, *group;
	u32 nproc;      /* limit of its user's tasks */
	u32 sigpending; /* limit of its user's queued signals, + 1 */
};

/* @kernel: a row of the kernels, or xv6. */
void rig_init(struct rig *rig, u32 nr_cpus, const char *kernel);
void rig_fini(struct rig *rig);
void rig_task_attr(struct rig *rig, const char *name, struct rig_attr attr, const char *program);
void rig_task(struct rig *rig, const char *name, const char *program);
void rig_template(struct rig *rig, const char *name, const char *program);
/* Runs until no task is left (or for the builder's duration); the lines of @kinds. */
const char *rig_run(struct rig *rig, u64 kinds);
/*
 * One cpu of 6.12 without kernel threads, on which nothing costs anything but what is set in the
 * result.
 */
struct costs *rig_init_costs(struct rig *rig);
/* Among the switches of the run is @line; then the rig is finished. */
void rig_expect_switch(struct rig *rig, const char *line);
/* rig_run() must yield @lines and no failure; then the rig is finished. */
void rig_expect(struct rig *rig, u64 kinds, const char *lines);
/* The run must end with a diagnosis that contains @text. */
void rig_expect_failure(struct rig *rig, const char *text);

#endif
