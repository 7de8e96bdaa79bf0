/* SPDX-License-Identifier: MIT */
/*
 * Kinds of operands of ops (ops.h): what each is, and which of an op's slots a (u16), b (u32) and
 * value (u64) it is kept in.
 *
 * X(NAME, letter, "what it is, and its slots")
 *
 * A row of ops.h names its operands by letters, in the order in which they are written; any
 * character that is not taken will do. program.c has a switch over all of them, which does not
 * compile if two have one letter.
 */
#ifndef OSSIM_MODEL_OPERANDS_H
#define OSSIM_MODEL_OPERANDS_H

/* clang-format off */
#define OPERANDS(X) \
	X(DURATION, 'd', "value = ns, or a dist index if OP_DIST is set in flags") \
	X(SIZE, 'z', "bytes: value, like DURATION") \
	X(COUNT, 'n', "value, like DURATION (0 = for ever in loop)") \
	X(INTEGER, 'i', "signed: value") \
	X(MUTEX, 'm', "b") \
	X(SECOND_MUTEX, 'M', "a mutex as second resource: a") \
	X(COND, 'c', "b") \
	X(BARRIER, 'r', "b") \
	X(SEMAPHORE, 's', "b") \
	X(PIPE, 'p', "b") \
	X(TASKS, 't', "by name: b = spec index or TARGET_SELF; a = TARGET_ALL: all living instances of the spec, " \
		      "else the one instance a - 1 (NAME3 is a = 4)") \
	X(CHILDS_GROUP, '?', "process group that a child is put into: value = PGRP_OF_*; of PGRP_OF_SELF, TASKS is in the group, " \
			     "and oneself is put there") \
	X(TEMPLATE, 'T', "to fork: b = spec index; of EXEC, whose b is taken: a, or TEMPLATE_NONE") \
	X(CPUS, 'C', "value = index of the workload's cpu masks") \
	X(POLICY, 'P', "value = index of the workload's attribute sets") \
	X(TEXT, 'x', "b = index of the workload's texts") \
	X(DEVICE, 'v', "b") \
	X(GROUP, 'k', "cgroup: value = index of the workload's groups, or GROUP_ROOT") \
	X(GROUP_CHANGE, 'O', "what cgroup files get: value = index of the workload's group changes") \
	X(SIGNAL, 'g', "number: value") \
	X(SIGNAL_OR_SAME, 'S', "that a tracee goes on with: value, 0: none, OP_SIGNAL_SAME: the one it stopped for") \
	X(TRACE_EVENTS, '%', "at which a tracee stops: value = TRACE_ON_* bits") \
	X(SIGNAL_SET, 'G', "value; of the wait: b = index of the workload's timer settings + 1: its timeout; 0: none") \
	X(MASK_HOW, 'h', "how a mask changes: a = enum op_mask_how") \
	X(WAIT_QUEUE, 'q', "b; of the waits: a = WAIT_QUEUE_* bits, value = timeout in ns, 0: none") \
	X(WAKE_QUEUE, 'Q', "b; a = how many exclusive waiters, 0: all; value = events to add") \
	X(RWLOCK, 'l', "b") \
	X(EVENTFD, 'e', "b") \
	X(TIMEOUT, 'o', "value = ns; 0: none") \
	X(SYSCALL, '#', "b = its place in the list of syscalls.h + 1; 0: none in particular") \
	X(TRY, 'y', "only a try: OP_NONBLOCK") \
	X(WAIT_FOR, 'w', "what waitpid waits for: a = WAIT_FOR_* bits, b = template whose children, or TARGET_SELF: any") \
	X(SIGACTION, 'H', "what it sets: a = OP_SIGACTION_A(...), b = the handler's spec, value = its mask") \
	X(CLONE_FLAGS, 'f', "value = the word (model/clone.h) and a = 1, or CLONE_WITH_TIDS + index of the workload's set_tids; a = 0: a thread, as " \
			 "pthread_create does") \
	X(EPOLL, 'E', "b; of the wait: a = how many events at most, value = timeout in ns, 0: none") \
	X(WATCH, 'W', "what an epoll watches: value = op_watch_pack(...)") \
	X(TIMERFD, 'F', "b") \
	X(TIMER_SETTING, 'V', "value = index of the workload's timer settings") \
	X(ITIMER, 'I', "interval timer: a = enum itimer") \
	X(OWN_TIMER, 'Y', "timer of the process: b; a = its signal") \
	X(FUTEX, 'u', "b; value = index of the workload's futex calls; of the wait: a = 1: it has a timeout") \
	X(SOCKET_END, 'U', "an end of a socket pair: b, and a = 0 or 1; with OP_CONNECTION: b = a listener") \
	X(KERNEL_MUTEX, 'K', "b; a = SECTION_* (made by the builder) and enum kernel_sleep") \
	X(SPINLOCK, 'L', "likewise") \
	X(MORE, '=', "the next action is part of the same call: OP_MORE") \
	X(IRQSAVE, '!', "interrupts are off meanwhile: OP_IRQS_OFF") \
	X(RWSEM, 'R', "of the kernel, likewise") \
	X(NETDEV, 'N', "network device: b") \
	X(SEM_SET, 'A', "set of semaphores: b; value = index of the workload's sem_calls, of SEMCTL: of one that sets values; " \
		     "without any: the set is removed") \
	X(MESSAGE_QUEUE, 'B', "of System V: b; a = MESSAGE_* bits; value = op_message_pack(type, bytes)") \
	X(POSIX_QUEUE, 'J', "b; a = priority; value = timeout in ns, 0: none; of MQ_NOTIFY: a = signal, 0: none any more") \
	X(SHM, 'X', "segment of shared memory: b") \
	X(FUTEX_VECTOR, 'Z', "several words: a = how many, value = index of the first of their futex calls, b = the first") \
	X(LISTENER, 'a', "listening socket: b") \
	X(COMPLETION, 'b', "b; a = SECTION_INSIDE and enum kernel_sleep; value = timeout in ns, 0: none") \
	X(KERNEL_SEMAPHORE, 'D', "likewise") \
	X(CORE_SCHED, '@', "a cookie's call: value = enum core_sched_call | enum core_sched_scope << CORE_SCHED_SCOPE_SHIFT") \
	X(TTY, ';', "terminal: b") \
	X(POLL, '&', "files to look at: a = how many, value = index of the first among the workload's polled; b = index of its timer " \
		     "settings + 1: the timeout; 0: none") \
	X(SIGNALFD, '$', "b") \
	X(JUMP, 'j', "target: b (made by the builder)")
/* clang-format on */

enum operand_kind {
#define X(name, letter, what) OPERAND_##name = letter,
	OPERANDS(X)
#undef X
};

#endif
