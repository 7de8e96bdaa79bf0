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
	return sem_post_op(world, cpu, proc, op->b);
}

static bool pipe_close_call(CALL_ARGS)
{
	return end_close_op(world, cpu, proc, END_OF_PIPE, op->b, op->code == OP_CLOSE_READ ? PIPE_READS : PIPE_WRITES);
}

static bool socket_close_call(CALL_ARGS)
{
	if (op->flags & OP_CONNECTION)
		return connection_op(world, cpu, proc, op);
	return end_close_op(world, cpu, proc, END_OF_SOCKET, op->b, op->a);
}

static const struct call calls[NR_OPS] = {
	[OP_FORK] = {fork_op},
	[OP_VFORK] = {fork_op},
	[OP_CLONE] = {fork_op},
	[OP_WAIT] = {wait_op},
	[OP_WAITALL] = {wait_op},
	[OP_WAITPID] = {wait_op},
	[OP_SUBREAPER] = {process_op},
	[OP_PDEATH_SIGNAL] = {process_op},
	[OP_TRACE_ME] = {process_op},
	[OP_UNSHARE] = {process_op},
	[OP_SETSID] = {process_op},
	[OP_MARK] = {mark_op},
	[OP_RENAME] = {rename_op},
	[OP_FPU] = {fpu_op},
	[OP_SYSCALL] = {.draws = syscall_op},
	[OP_MMAP] = {.draws = area_op},
	[OP_MUNMAP] = {.draws = area_op},
	[OP_BRK] = {.draws = area_op},
	[OP_TOUCH_PAGES] = {.draws = fault_op},
	[OP_WRITE_PAGES] = {.draws = fault_op},

	[OP_SIGNAL] = {change_op},
	[OP_SETPGID] = {change_op},
	[OP_KILL] = {change_op},
	[OP_STOP] = {change_op},
	[OP_CONT] = {change_op},
	[OP_TRACE] = {change_op},
	[OP_TRACE_CONT] = {change_op},
	[OP_UNTRACE] = {change_op},
	[OP_TRACE_SEIZE] = {change_op},
	[OP_TRACE_OPTIONS] = {change_op},
	[OP_TRACE_SYSCALL] = {change_op},
	[OP_TRACE_INTERRUPT] = {change_op},
	[OP_TRACE_LISTEN] = {change_op},
	[OP_SETNS] = {change_op},
	[OP_NICE] = {change_op},
	[OP_AFFINITY] = {change_op},
	[OP_POLICY] = {change_op},
	[OP_SLICE] = {change_op},
	[OP_AUTOGROUP_NICE] = {change_op},
	[OP_CORE_SCHED] = {change_op},
	[OP_MIGRATE_DISABLE] = {migrate_op},
	[OP_MIGRATE_ENABLE] = {migrate_op},
	[OP_GROUP] = {group_op},
	[OP_SET_GROUP] = {group_op},

	[OP_SIGACTION] = {signal_op},
	[OP_SIGMASK] = {signal_op},
	[OP_PAUSE] = {signal_op},
	[OP_SIGSUSPEND] = {signal_op},
	[OP_SIGWAIT] = {signal_op},
	[OP_ALARM] = {itimer_op},
	[OP_SETITIMER] = {itimer_op},
	[OP_TIMER_SET] = {itimer_op},

	[OP_LOCK] = {mutex_lock_op},
	[OP_UNLOCK] = {unlock_call},
	[OP_CONSISTENT] = {consistent_call},
	[OP_COND_WAIT] = {cond_wait_op},
	[OP_COND_SIGNAL] = {cond_signal_call},
	[OP_COND_BROADCAST] = {cond_signal_call},
	[OP_BARRIER] = {barrier_call},
	[OP_SEM_POST] = {sem_post_call},
	[OP_SEM_WAIT] = {sem_wait_op},
	[OP_READ_LOCK] = {rwlock_op},
	[OP_WRITE_LOCK] = {rwlock_op},
	[OP_RW_UNLOCK] = {rwlock_op},
	[OP_FUTEX_WAIT] = {futex_op},
	[OP_FUTEX_WAKE] = {futex_op},
	[OP_FUTEX_REQUEUE] = {futex_op},
	[OP_FUTEX_SET] = {futex_op},
	[OP_FUTEX_WAKE_OP] = {futex_op},
	[OP_FUTEX_WAITV] = {futex_waitv_op},
	[OP_FUTEX_WAIT_PI] = {futex_pi_op},
	[OP_FUTEX_REQUEUE_PI] = {futex_pi_op},

	[OP_WAIT_EVENT] = {event_queue_op},
	[OP_WAKE_UP] = {event_queue_op},
	[OP_SLEEP_ON] = {event_queue_op},
	[OP_KERNEL_LOCK] = {kmutex_op},
	[OP_KERNEL_UNLOCK] = {kmutex_op},
	[OP_COMPLETE] = {completion_op},
	[OP_COMPLETE_ALL] = {completion_op},
	[OP_WAIT_COMPLETION] = {completion_op},
	[OP_REINIT_COMPLETION] = {completion_op},
	[OP_DOWN] = {ksem_op},
	[OP_UP] = {ksem_op},
	[OP_SPIN_LOCK] = {spinlock_op},
	[OP_SPIN_UNLOCK] = {spinlock_op},
	[OP_DOWN_READ] = {rwsem_op},
	[OP_UP_READ] = {rwsem_op},
	[OP_DOWN_WRITE] = {rwsem_op},
	[OP_UP_WRITE] = {rwsem_op},

	[OP_PIPE_WRITE] = {.draws = pipe_write_op},
	[OP_PIPE_READ] = {.draws = pipe_read_op},
	[OP_CLOSE_READ] = {pipe_close_call},
	[OP_CLOSE_WRITE] = {pipe_close_call},
	[OP_OPEN_READ] = {fifo_open_op},
	[OP_OPEN_WRITE] = {fifo_open_op},
	[OP_SEND] = {.draws = socket_op},
	[OP_RECV] = {.draws = socket_op},
	[OP_CLOSE] = {socket_close_call},
	[OP_SHUTDOWN] = {socket_shutdown_op},
	[OP_CONNECT] = {connection_op},
	[OP_ACCEPT] = {connection_op},
	[OP_EVENT_READ] = {.draws = eventfd_op},
	[OP_EVENT_WRITE] = {.draws = eventfd_op},
	[OP_EPOLL_ADD] = {epoll_op},
	[OP_EPOLL_MOD] = {epoll_op},
	[OP_EPOLL_DEL] = {epoll_op},
	[OP_EPOLL_WAIT] = {epoll_op},
	[OP_POLL] = {poll_op},
	[OP_SELECT] = {poll_op},
	[OP_SIGNALFD_READ] = {signalfd_op},
	[OP_KTHREAD_RUN] = {kthread_op},
	[OP_KTHREAD_STOP] = {kthread_op},
	[OP_KTHREAD_PARK] = {kthread_op},
	[OP_KTHREAD_UNPARK] = {kthread_op},
	[OP_KTHREAD_PARKME] = {kthread_parkme_op},
	[OP_TIMERFD_SET] = {timerfd_op},
	[OP_TIMERFD_READ] = {timerfd_op},
	[OP_SEMOP] = {semop_op},
	[OP_SEMCTL] = {semop_op},
	[OP_MSGCTL] = {msg_op},
	[OP_SHMAT] = {.draws = shm_op},
	[OP_SHMDT] = {.draws = shm_op},
	[OP_SHM_TOUCH] = {.draws = shm_op},
	[OP_SHMCTL] = {.draws = shm_op},
	[OP_MSGSND] = {msg_op},
	[OP_MSGRCV] = {msg_op},
	[OP_MQ_SEND] = {mqueue_op},
	[OP_MQ_RECEIVE] = {mqueue_op},
	[OP_MQ_NOTIFY] = {mq_notify_op},
	[OP_MQ_UNLINK] = {mq_unlink_op},
	[OP_IO] = {.draws = io_op},
	[OP_OPEN_TTY] = {tty_op},
	[OP_TCSETPGRP] = {tty_op},
	[OP_TTY_READ] = {.draws = tty_read_op},
	[OP_TTY_WRITE] = {tty_op},
	[OP_NET_RECV] = {netdev_op},
	[OP_NET_SEND] = {netdev_op},
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
	return call->draws(world, cpu, proc, op, proc->phase == OP_START ? op_draw(world, proc, op) : 0);
}
