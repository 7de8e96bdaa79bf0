# SPDX-License-Identifier: MIT
proc_sources = \
	src/proc/proc.c src/proc/proc.h \
	src/proc/pid.c src/proc/pid.h \
	src/proc/pidns.c src/proc/pidns.h \
	src/proc/pgrp.c src/proc/pgrp.h \
	src/proc/tty.c src/proc/tty.h \
	src/proc/wait.c src/proc/wait.h \
	src/proc/boot.c src/proc/boot.h src/proc/start.c \
	src/proc/fork.c src/proc/fork.h \
	src/proc/exec.c src/proc/exec.h \
	src/proc/exit.c src/proc/exit.h \
	src/proc/children.c src/proc/children.h \
	src/proc/times.c src/proc/times.h \
	src/proc/signal.c src/proc/signal.h \
	src/proc/signal_send.c \
	src/proc/signal_deliver.c src/proc/signal_frames.c \
	src/proc/signal_stop.c \
	src/proc/signal_ops.c \
	src/proc/ptrace_stops.c \
	src/proc/owned.c src/proc/readers.c \
	src/proc/itimer.c \
	src/proc/kthreads.c src/proc/kthreads.h \
	src/proc/quota.c src/proc/quota.h \
	src/proc/rlimit.c src/proc/rlimit.h \
	src/proc/lock.c src/proc/lock.h \
	src/proc/lock_pi.c \
	src/proc/ceiling.c \
	src/proc/futex.c src/proc/futex.h \
	src/proc/futex_vector.c \
	src/proc/futex_pi.c \
	src/proc/optimistic.c src/proc/optimistic.h \
	src/proc/kmutex.c \
	src/proc/completion.c \
	src/proc/ksem.c \
	src/proc/rwsem.c \
	src/proc/spinlock.c \
	src/proc/sync.c src/proc/sync.h \
	src/proc/device.c \
	src/proc/fpu.c \
	src/proc/event_queue.c \
	src/proc/rwlock.c \
	src/proc/eventfd.c \
	src/proc/epoll.c src/proc/epoll.h \
	src/proc/epoll_items.c \
	src/proc/told.c \
	src/proc/poll.c src/proc/poll.h \
	src/proc/signalfd.c src/proc/signalfd.h \
	src/proc/timerfd.c \
	src/proc/pipe.c \
	src/proc/pipe_ends.c src/proc/fs.c src/proc/files.h \
	src/proc/socket.c src/proc/socket.h \
	src/proc/datagram.c \
	src/proc/connection.c src/proc/connection.h \
	src/proc/connection_ends.c \
	src/proc/listener.c \
	src/proc/sysv_sem.c \
	src/proc/sysv_msg.c \
	src/proc/mqueue.c \
	src/proc/rcu.c src/proc/rcu.h \
	src/proc/rcu_period.c src/proc/rcu_period.h \
	src/proc/stack.c src/proc/stack.h \
	src/proc/worker.c src/proc/worker.h \
	src/proc/cow.c src/proc/cow.h \
	src/proc/family.c \
	src/proc/ptrace.c src/proc/ptrace.h \
	src/proc/shm.c src/proc/shm.h \
	src/proc/mm.c src/proc/mm.h src/proc/fault.c \
	src/proc/group.c src/proc/freezer.c src/proc/freezer.h src/proc/group.h \
	src/proc/change.c \
	src/proc/pinned.c \
	src/proc/self.c \
	src/proc/hotplug.c src/proc/hotplug.h \
	src/proc/netdev.c src/proc/netdev.h \
	src/proc/irq.c src/proc/irq.h \
	src/proc/bh.c src/proc/bh.h \
	src/proc/irq_lines.c src/proc/irq_lines.h \
	src/proc/irq_threads.c src/proc/irq_threads.h \
	src/proc/rt_lock.c src/proc/rt_lock.h \
	src/proc/ahead.c src/proc/ahead.h \
	src/proc/sleep.c src/proc/sleep.h \
	src/proc/stall.c src/proc/stall.h \
	src/proc/interp.c src/proc/calls.c src/proc/calls.h
