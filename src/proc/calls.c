/* SPDX-License-Identifier: MIT */
/* Ops that enter the kernel or touch an object: who does which. */
#include "proc/calls.h"

#include "base/ensure.h"
#include "proc/futex.h"
#include "proc/kthreads.h"
#include "proc/poll.h"
#include "proc/shm.h"
#include "proc/signalfd.h"
#include "proc/socket.h"
#include "proc/sync.h"
#include "proc/tty.h"

#define CALL_ARGS struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op

/* One of both. @draws gets the op's amount, drawn at its start; 0 when it goes on later. */
struct call {
	bool (*plain)(CALL_ARGS);
	bool (*draws)(CALL_ARGS, u64 amount);
};

static bool unlock_call(CALL_ARGS)
{
	return mutex_unlock_op(world, cpu, proc, op->b);
}

static bool consistent_call(CALL_ARGS)
{
	(void)cpu;
	mutex_consistent_op(world, proc, op->b);
	return true;
}

static bool cond_signal_call(CALL_ARGS)
{
	return cond_signal_op(world, cpu, proc, op->b, op->code == OP_COND_BROADCAST);
}

static bool barrier_call(CALL_ARGS)
{
	return barrier_op(world, cpu, proc, op->b);
}

static bool sem_post_call(CALL_ARGS)
{
	return sem_post_op(world, cpu, proc, op);
}

static bool pipe_close_call(CALL_ARGS)
{
	return end_close_op(world, cpu, proc, END_OF_PIPE, op->b,
			    op->code == OP_CLOSE_READ ? PIPE_READS : PIPE_WRITES);
}

static bool socket_close_call(CALL_ARGS)
{
	if (op->flags & OP_CONNECTION)
		return connection_op(world, cpu, proc, op);
	return end_close_op(world, cpu, proc, END_OF_SOCKET, op->b, op->a);
}

static const struct call calls[NR_OPS] = {
	[OP_FORK] = {.plain = fork_op},
	[OP_VFORK] = {.plain = fork_op},
	[OP_CLONE] = {.plain = fork_op},
	[OP_WAIT] = {.plain = wait_op},
	[OP_WAITALL] = {.plain = wait_op},
	[OP_WAITPID] = {.plain = wait_op},
	[OP_SUBREAPER] = {.plain = process_op},
	[OP_PDEATH_SIGNAL] = {.plain = process_op},
	[OP_TRACE_ME] = {.plain = process_op},
	[OP_UNSHARE] = {.plain = process_op},
	[OP_SETSID] = {.plain = process_op},
	[OP_MARK] = {.plain = mark_op},
	[OP_RENAME] = {.plain = rename_op},
	[OP_FPU] = {.plain = fpu_op},
	[OP_SYSCALL] = {.draws = syscall_op},
	[OP_MMAP] = {.draws = area_op},
	[OP_MUNMAP] = {.draws = area_op},
	[OP_BRK] = {.draws = area_op},
	[OP_TOUCH_PAGES] = {.draws = fault_op},
	[OP_WRITE_PAGES] = {.draws = fault_op},

	[OP_SIGNAL] = {.plain = change_op},
	[OP_SETPGID] = {.plain = change_op},
	[OP_KILL] = {.plain = change_op},
	[OP_STOP] = {.plain = change_op},
	[OP_CONT] = {.plain = change_op},
	[OP_TRACE] = {.plain = change_op},
	[OP_TRACE_CONT] = {.plain = change_op},
	[OP_UNTRACE] = {.plain = change_op},
	[OP_TRACE_SEIZE] = {.plain = change_op},
	[OP_TRACE_OPTIONS] = {.plain = change_op},
	[OP_TRACE_SYSCALL] = {.plain = change_op},
	[OP_TRACE_INTERRUPT] = {.plain = change_op},
	[OP_TRACE_LISTEN] = {.plain = change_op},
	[OP_SETNS] = {.plain = change_op},
	[OP_NICE] = {.plain = change_op},
	[OP_AFFINITY] = {.plain = change_op},
	[OP_POLICY] = {.plain = change_op},
	[OP_SLICE] = {.plain = change_op},
	[OP_AUTOGROUP_NICE] = {.plain = change_op},
	[OP_CORE_SCHED] = {.plain = change_op},
	[OP_MIGRATE_DISABLE] = {.plain = migrate_op},
	[OP_MIGRATE_ENABLE] = {.plain = migrate_op},
	[OP_GROUP] = {.plain = group_op},
	[OP_SET_GROUP] = {.plain = group_op},

	[OP_SIGACTION] = {.plain = signal_op},
	[OP_SIGMASK] = {.plain = signal_op},
	[OP_PAUSE] = {.plain = signal_op},
	[OP_SIGSUSPEND] = {.plain = signal_op},
	[OP_SIGWAIT] = {.plain = signal_op},
	[OP_ALARM] = {.plain = itimer_op},
	[OP_SETITIMER] = {.plain = itimer_op},
	[OP_TIMER_SET] = {.plain = itimer_op},

	[OP_LOCK] = {.plain = mutex_lock_op},
	[OP_UNLOCK] = {.plain = unlock_call},
	[OP_CONSISTENT] = {.plain = consistent_call},
	[OP_COND_WAIT] = {.plain = cond_wait_op},
	[OP_COND_SIGNAL] = {.plain = cond_signal_call},
	[OP_COND_BROADCAST] = {.plain = cond_signal_call},
	[OP_BARRIER] = {.plain = barrier_call},
	[OP_SEM_POST] = {.plain = sem_post_call},
	[OP_SEM_WAIT] = {.plain = sem_wait_op},
	[OP_READ_LOCK] = {.plain = rwlock_op},
	[OP_WRITE_LOCK] = {.plain = rwlock_op},
	[OP_RW_UNLOCK] = {.plain = rwlock_op},
	[OP_FUTEX_WAIT] = {.plain = futex_op},
	[OP_FUTEX_WAKE] = {.plain = futex_op},
	[OP_FUTEX_REQUEUE] = {.plain = futex_op},
	[OP_FUTEX_SET] = {.plain = futex_op},
	[OP_FUTEX_WAKE_OP] = {.plain = futex_op},
	[OP_FUTEX_WAITV] = {.plain = futex_waitv_op},
	[OP_FUTEX_WAIT_PI] = {.plain = futex_pi_op},
	[OP_FUTEX_REQUEUE_PI] = {.plain = futex_pi_op},

	[OP_WAIT_EVENT] = {.plain = event_queue_op},
	[OP_WAKE_UP] = {.plain = event_queue_op},
	[OP_SLEEP_ON] = {.plain = event_queue_op},
	[OP_KERNEL_LOCK] = {.plain = kmutex_op},
	[OP_KERNEL_UNLOCK] = {.plain = kmutex_op},
	[OP_COMPLETE] = {.plain = completion_op},
	[OP_COMPLETE_ALL] = {.plain = completion_op},
	[OP_WAIT_COMPLETION] = {.plain = completion_op},
	[OP_REINIT_COMPLETION] = {.plain = completion_op},
	[OP_DOWN] = {.plain = ksem_op},
	[OP_UP] = {.plain = ksem_op},
	[OP_SPIN_LOCK] = {.plain = spinlock_op},
	[OP_SPIN_UNLOCK] = {.plain = spinlock_op},
	[OP_DOWN_READ] = {.plain = rwsem_op},
	[OP_UP_READ] = {.plain = rwsem_op},
	[OP_DOWN_WRITE] = {.plain = rwsem_op},
	[OP_UP_WRITE] = {.plain = rwsem_op},

	[OP_PIPE_WRITE] = {.draws = pipe_write_op},
	[OP_PIPE_READ] = {.draws = pipe_read_op},
	[OP_CLOSE_READ] = {.plain = pipe_close_call},
	[OP_CLOSE_WRITE] = {.plain = pipe_close_call},
	[OP_OPEN_READ] = {.plain = fifo_open_op},
	[OP_OPEN_WRITE] = {.plain = fifo_open_op},
	[OP_SEND] = {.draws = socket_op},
	[OP_RECV] = {.draws = socket_op},
	[OP_CLOSE] = {.plain = socket_close_call},
	[OP_SHUTDOWN] = {.plain = socket_shutdown_op},
	[OP_CONNECT] = {.plain = connection_op},
	[OP_ACCEPT] = {.plain = connection_op},
	[OP_EVENT_READ] = {.draws = eventfd_op},
	[OP_EVENT_WRITE] = {.draws = eventfd_op},
	[OP_EPOLL_ADD] = {.plain = epoll_op},
	[OP_EPOLL_MOD] = {.plain = epoll_op},
	[OP_EPOLL_DEL] = {.plain = epoll_op},
	[OP_EPOLL_WAIT] = {.plain = epoll_op},
	[OP_POLL] = {.plain = poll_op},
	[OP_SELECT] = {.plain = poll_op},
	[OP_SIGNALFD_READ] = {.plain = signalfd_op},
	[OP_KTHREAD_RUN] = {.plain = kthread_op},
	[OP_KTHREAD_STOP] = {.plain = kthread_op},
	[OP_KTHREAD_PARK] = {.plain = kthread_op},
	[OP_KTHREAD_UNPARK] = {.plain = kthread_op},
	[OP_KTHREAD_PARKME] = {.plain = kthread_parkme_op},
	[OP_TIMERFD_SET] = {.plain = timerfd_op},
	[OP_TIMERFD_READ] = {.plain = timerfd_op},
	[OP_SEMOP] = {.plain = semop_op},
	[OP_SEMCTL] = {.plain = semop_op},
	[OP_MSGCTL] = {.plain = msg_op},
	[OP_SHMAT] = {.draws = shm_op},
	[OP_SHMDT] = {.draws = shm_op},
	[OP_SHM_TOUCH] = {.draws = shm_op},
	[OP_SHMCTL] = {.draws = shm_op},
	[OP_MSGSND] = {.plain = msg_op},
	[OP_MSGRCV] = {.plain = msg_op},
	[OP_MQ_SEND] = {.plain = mqueue_op},
	[OP_MQ_RECEIVE] = {.plain = mqueue_op},
	[OP_MQ_NOTIFY] = {.plain = mq_notify_op},
	[OP_MQ_UNLINK] = {.plain = mq_unlink_op},
	[OP_IO] = {.draws = io_op},
	[OP_OPEN_TTY] = {.plain = tty_op},
	[OP_TCSETPGRP] = {.plain = tty_op},
	[OP_TTY_READ] = {.draws = tty_read_op},
	[OP_TTY_WRITE] = {.plain = tty_op},
	[OP_NET_RECV] = {.plain = netdev_op},
	[OP_NET_SEND] = {.plain = netdev_op},
};

bool call_is_known(enum op_code code)
{
	return calls[code].plain || calls[code].draws;
}

bool call_op(CALL_ARGS)
{
	const struct call *call = &calls[op->code];

	if (call->plain)
		return call->plain(world, cpu, proc, op);
	ensure(call->draws);
	return call->draws(world, cpu, proc, op,
			   proc->phase == OP_START ? op_draw(world, proc, op) : 0);
}
