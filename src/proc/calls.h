/* SPDX-License-Identifier: MIT */
/* What the interpreter and the ops in files of their own share. */
#ifndef OSSIM_PROC_CALLS_H
#define OSSIM_PROC_CALLS_H

#include "proc/proc.h"

/* The op's amount: constant, or drawn from the task's own stream. */
static always_inline u64 op_draw(struct proc_world *world, struct proc *proc, const struct op *op)
{
	if (op->flags & OP_DIST)
		return dist_draw(&world->workload->dists[op->value], &proc->rng);
	return op->value;
}

/* Exit to user mode: signals first, then a reschedule. True: return from the step. */
must_check bool proc_return_to_user(struct proc_world *world, struct cpu *cpu, struct proc *proc);

/* interp.c, if world->counts_calls: the op has made one call, be it one of several. */
void interp_count_call(struct proc_world *world, const struct proc *proc, const struct op *op);

/*
 * An op that enters the kernel or touches an object (calls.c lists who does which). True: it is
 * complete. False: return from the step.
 */
bool call_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* Is it done by call_op()? Those that it does not know are the interpreter's own. */
bool call_is_known(enum op_code code);

/*
 * For the current task of @cpu. True: the op is complete. False: it goes on later (it pays a cost,
 * or the task sleeps and the cpu has switched); it is called again, in the phase it has set, when
 * the task runs next.
 */
bool mutex_lock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op);
bool mutex_unlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 mutex);
/* A robust mutex whose last holder died while holding it is in order again. */
void mutex_consistent_op(struct proc_world *world, struct proc *proc, u32 mutex);
bool cond_wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct op *op);
bool cond_signal_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 cond,
		    bool all);
bool barrier_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 barrier);
bool sem_wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool sem_post_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* @bytes: drawn at the op's start; ignored later. */
bool pipe_write_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op, u64 bytes);
bool pipe_read_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		  u64 bytes);

/* @requests: drawn at the op's start; ignored later. */
bool io_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	   u64 requests);
bool event_queue_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op);
bool rwlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* @value: drawn at the op's start; ignored later. */
bool eventfd_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		u64 value);
/* @bytes: drawn at the op's start; ignored later. */
bool socket_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	       u64 bytes);
bool timerfd_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool epoll_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool semop_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool msg_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool mqueue_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/*
 * READY: how often is its block done? Once if @proc's last epoll_wait has told of this, of
 * connections as often as it has.
 */
u32 epoll_times_told(struct proc_world *world, const struct proc *proc, const struct op *op);
/* EACH: @proc means the next of them. False: there is none any more. */
bool epoll_take_told(struct proc_world *world, const struct proc *proc, const struct op *op);
bool netdev_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool rwsem_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool kmutex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool spinlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool futex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);

/* As call_op(). */
bool fork_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* Sets pc itself. */
bool exec_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* KILL, STOP, CONT, SIGNAL, NICE, POLICY, SLICE, AFFINITY: of oneself or of others. */
enum { CHANGE_CALL, CHANGE_EFFECT };
bool change_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* TOUCH_PAGES, WRITE_PAGES. @pages: drawn at the op's start; ignored later. */
bool fault_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	      u64 pages);
/* self.c */
bool mark_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool rename_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* SUBREAPER, SETSID, TRACE_ME, UNSHARE. */
bool process_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* FPU: a trap, if the cpu holds another's registers. */
void fpu_init(struct proc_world *world);
bool fpu_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* SYSCALL: of some call only the time counts that it works in the kernel. @work: as above. */
bool syscall_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		u64 work);
/* MMAP, MUNMAP, BRK. @pages: as above. */
bool area_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	     u64 pages);
/* WAIT_COMPLETION and so on; DOWN, UP */
bool completion_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op);
bool ksem_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* mqueue.c */
bool mq_unlink_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct op *op);
bool mq_notify_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct op *op);
/* MIGRATE_DISABLE, MIGRATE_ENABLE. */
bool migrate_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/* GROUP: joins a cgroup, which may have to wait. */
bool group_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);

#endif
