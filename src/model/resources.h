/* SPDX-License-Identifier: MIT */
/*
 * What tasks of a workload share by name: one list.
 *
 * X(NAME, member, spec, "word", what a spec has that is used without being declared...)
 *
 * A row makes the workload's array `member` of struct spec, the builder's, and SYMBOL_NAME; ops
 * name one by an operand (program.c: operand_symbol()). What else a new kind needs is told by the
 * compiler (its struct in workload.h) and by hand: its line in resource_digest.c, if it has
 * anything that can change a run.
 */
#ifndef OSSIM_MODEL_RESOURCES_H
#define OSSIM_MODEL_RESOURCES_H

#include "base/types.h"

enum {
	PIPE_CAPACITY_DEFAULT = 65536,   /* bytes: 16 pages */
	SOCKET_SNDBUF_DEFAULT = 212992,  /* bytes: net.core.wmem_default */
	MSG_QUEUE_BYTES_DEFAULT = 16384, /* MSGMNB */
	MQUEUE_MOST_DEFAULT = 10,        /* messages: fs.mqueue.msg_default */
	LISTENER_BACKLOG_DEFAULT = 128,
};

/* clang-format off */
#define RESOURCES(X) \
	X(MUTEX, mutexes, mutex_spec, "mutex") \
	X(COND, conds, cond_spec, "condition") \
	X(BARRIER, barriers, barrier_spec, "barrier") \
	X(SEMAPHORE, semaphores, semaphore_spec, "semaphore") \
	X(PIPE, pipes, pipe_spec, "pipe", .capacity = PIPE_CAPACITY_DEFAULT) \
	X(WAIT_QUEUE, wait_queues, wait_queue_spec, "wait queue") \
	X(RWLOCK, rwlocks, rwlock_spec, "rwlock") \
	X(EVENTFD, eventfds, eventfd_spec, "eventfd") \
	X(NETDEV, netdevs, netdev_spec, "network device") \
	X(KERNEL_MUTEX, kernel_mutexes, kernel_lock_spec, "kernel mutex") \
	X(RWSEM, rwsems, kernel_lock_spec, "rwsem") \
	X(COMPLETION, completions, kernel_lock_spec, "completion") \
	X(KERNEL_SEMAPHORE, ksems, ksem_spec, "kernel semaphore", .value = 1) \
	X(SPINLOCK, spinlocks, kernel_lock_spec, "spinlock") \
	X(FUTEX, futexes, futex_spec, "futex") \
	X(EPOLL, epolls, epoll_spec, "epoll") \
	X(TIMERFD, timerfds, timerfd_spec, "timerfd") \
	X(TIMER, timers, timer_spec, "timer") \
	X(SOCKET, sockets, socket_spec, "socket", .sndbuf = SOCKET_SNDBUF_DEFAULT) \
	X(LISTENER, listeners, listener_spec, "listener", .backlog = LISTENER_BACKLOG_DEFAULT, .sockets = 1, \
	  .sndbuf = SOCKET_SNDBUF_DEFAULT) \
	X(TTY, ttys, tty_spec, "terminal") \
	X(SIGNALFD, signalfds, signalfd_spec, "signalfd") \
	X(SEM_SET, sem_sets, sem_set_spec, "semaphore set") \
	X(SHM, shms, shm_spec, "shared memory") \
	X(MSG_QUEUE, msg_queues, msg_queue_spec, "message queue", .bytes = MSG_QUEUE_BYTES_DEFAULT) \
	X(MQUEUE, mqueues, mqueue_spec, "POSIX message queue", .most = MQUEUE_MOST_DEFAULT) \
	X(DEVICE, devices, device_spec, "device")
/* clang-format on */

/*
 * Kinds of things that have names in a workload: the resources, and others. Names of two kinds do
 * not meet.
 */
enum symbol_kind {
#define X(name, member, spec, word, ...) SYMBOL_##name,
	RESOURCES(X)
#undef X
	NR_RESOURCE_KINDS,
	SYMBOL_TASK = NR_RESOURCE_KINDS,
	SYMBOL_TEXT,
	SYMBOL_GROUP,
	SYMBOL_USER,
	SYMBOL_CPUS,
	NR_SYMBOL_KINDS
};

#endif
