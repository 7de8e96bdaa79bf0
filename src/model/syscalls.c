/* SPDX-License-Identifier: MIT */
/* The table of system calls, and what actions call. */
#include "model/syscalls.h"

#include <string.h>

const char *const syscall_category_names[] = {
	[SYSCALL_PROCESS] = "process", [SYSCALL_FILE] = "file",     [SYSCALL_MEMORY] = "memory",
	[SYSCALL_IPC] = "ipc",         [SYSCALL_SIGNAL] = "signal", [SYSCALL_TIME] = "time",
};

#define INFO(nr, place, text, kind) {nr, text, SYSCALL_##kind},
const struct syscall_info syscall_infos[NR_SYSCALLS] = {SYSCALLS(INFO)};
#undef INFO

u32 syscall_find(const char *name)
{
	u32 at = 0;

	while (at < NR_SYSCALLS && strcmp(syscall_infos[at].name, name) != 0)
		at++;
	return at;
}

u32 syscall_find_number(u32 number)
{
	for (u32 at = 0; at < NR_SYSCALLS; at++)
		if (syscall_infos[at].number == number)
			return at;
	return number > SYSCALL_HIGHEST ? CALL_UNKNOWN : CALL_NONE;
}

/* Actions of which it does not hang on their operands; others, and those that are no calls, are left out. */
static const struct {
	u8 op, call;
} plain[] = {
	{OP_SLEEP, CALL_CLOCK_NANOSLEEP}, {OP_TIMER, CALL_CLOCK_NANOSLEEP}, {OP_YIELD, CALL_SCHED_YIELD},
	{OP_FORK, CALL_FORK}, {OP_VFORK, CALL_VFORK}, {OP_EXEC, CALL_EXECVE},
	{OP_EXIT, CALL_EXIT}, {OP_EXIT_GROUP, CALL_EXIT_GROUP},
	{OP_WAIT, CALL_WAIT4}, {OP_WAITALL, CALL_WAIT4}, {OP_WAITPID, CALL_WAIT4},
	{OP_KILL, CALL_KILL}, {OP_STOP, CALL_KILL}, {OP_CONT, CALL_KILL},
	{OP_LOCK, CALL_FUTEX}, {OP_UNLOCK, CALL_FUTEX}, {OP_COND_WAIT, CALL_FUTEX}, {OP_COND_SIGNAL, CALL_FUTEX},
	{OP_COND_BROADCAST, CALL_FUTEX}, {OP_BARRIER, CALL_FUTEX}, {OP_SEM_POST, CALL_FUTEX},
	{OP_SEM_WAIT, CALL_FUTEX}, {OP_READ_LOCK, CALL_FUTEX}, {OP_WRITE_LOCK, CALL_FUTEX},
	{OP_RW_UNLOCK, CALL_FUTEX}, {OP_FUTEX_WAIT, CALL_FUTEX}, {OP_FUTEX_WAKE, CALL_FUTEX},
	{OP_FUTEX_REQUEUE, CALL_FUTEX},
	{OP_PIPE_WRITE, CALL_WRITE}, {OP_PIPE_READ, CALL_READ}, {OP_CLOSE_READ, CALL_CLOSE},
	{OP_CLOSE_WRITE, CALL_CLOSE}, {OP_OPEN_READ, CALL_OPENAT}, {OP_OPEN_WRITE, CALL_OPENAT},
	{OP_CLOSE, CALL_CLOSE}, {OP_EVENT_READ, CALL_READ}, {OP_EVENT_WRITE, CALL_WRITE}, {OP_IO, CALL_READ},
	{OP_NICE, CALL_SETPRIORITY}, {OP_AFFINITY, CALL_SCHED_SETAFFINITY}, {OP_POLICY, CALL_SCHED_SETATTR},
	{OP_SLICE, CALL_SCHED_SETATTR}, {OP_RENAME, CALL_PRCTL}, {OP_SUBREAPER, CALL_PRCTL}, {OP_MARK, CALL_WRITE},
	{OP_SIGACTION, CALL_RT_SIGACTION}, {OP_SIGMASK, CALL_RT_SIGPROCMASK}, {OP_PAUSE, CALL_PAUSE},
	{OP_SIGSUSPEND, CALL_RT_SIGSUSPEND}, {OP_SIGWAIT, CALL_RT_SIGTIMEDWAIT}, {OP_ALARM, CALL_ALARM},
	{OP_SETITIMER, CALL_SETITIMER}, {OP_TIMER_SET, CALL_TIMER_SETTIME},
	{OP_SETSID, CALL_SETSID}, {OP_SETPGID, CALL_SETPGID}, {OP_UNSHARE, CALL_UNSHARE},
	{OP_GROUP, CALL_WRITE}, {OP_SET_GROUP, CALL_WRITE},
	{OP_EPOLL_ADD, CALL_EPOLL_CTL}, {OP_EPOLL_MOD, CALL_EPOLL_CTL}, {OP_EPOLL_DEL, CALL_EPOLL_CTL},
	{OP_EPOLL_WAIT, CALL_EPOLL_WAIT}, {OP_TIMERFD_SET, CALL_TIMERFD_SETTIME}, {OP_TIMERFD_READ, CALL_READ},
	{OP_SEND, CALL_SENDTO}, {OP_RECV, CALL_RECVFROM}, {OP_NET_SEND, CALL_SENDTO}, {OP_NET_RECV, CALL_RECVFROM},
	{OP_TRACE, CALL_PTRACE}, {OP_TRACE_ME, CALL_PTRACE}, {OP_TRACE_CONT, CALL_PTRACE}, {OP_UNTRACE, CALL_PTRACE},
	{OP_SEMOP, CALL_SEMOP}, {OP_MSGSND, CALL_MSGSND}, {OP_MSGRCV, CALL_MSGRCV},
	{OP_MQ_SEND, CALL_MQ_TIMEDSEND}, {OP_MQ_RECEIVE, CALL_MQ_TIMEDRECEIVE},
	{OP_MMAP, CALL_MMAP}, {OP_MUNMAP, CALL_MUNMAP}, {OP_BRK, CALL_BRK},
};

u32 syscall_of_op(const struct op *op)
{
	if (op->code == OP_SYSCALL)
		return op->b ? op->b - 1 : (u32)CALL_NONE;
	if (op->code == OP_CLONE)
		return op->a ? CALL_CLONE : CALL_CLONE3; /* glibc makes threads by the newer call */
	if (op->code == OP_SIGNAL)
		return op->flags & OP_TO_THREAD ? CALL_TGKILL : CALL_KILL;
	for (u32 i = 0; i < ARRAY_SIZE(plain); i++)
		if (plain[i].op == op->code)
			return plain[i].call;
	return CALL_NONE;
}
