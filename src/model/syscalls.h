/* SPDX-License-Identifier: MIT */
/*
 * System calls by number and name, as of x86-64, and which of them each action stands for. Those
 * that no action stands for can be named by `syscall`. Reference: process.md 10, 13.1.
 *
 * X(number, NAME, "name", CATEGORY)
 */
#ifndef OSSIM_MODEL_SYSCALLS_H
#define OSSIM_MODEL_SYSCALLS_H

#include "model/program.h"

enum syscall_category {
	SYSCALL_PROCESS,
	SYSCALL_FILE,
	SYSCALL_MEMORY,
	SYSCALL_IPC,
	SYSCALL_SIGNAL,
	SYSCALL_TIME
};

/* clang-format off */
#define SYSCALLS(X) \
	X(0, READ, "read", FILE) \
	X(1, WRITE, "write", FILE) \
	X(2, OPEN, "open", FILE) \
	X(3, CLOSE, "close", FILE) \
	X(4, STAT, "stat", FILE) \
	X(5, FSTAT, "fstat", FILE) \
	X(7, POLL, "poll", IPC) \
	X(8, LSEEK, "lseek", FILE) \
	X(9, MMAP, "mmap", MEMORY) \
	X(10, MPROTECT, "mprotect", MEMORY) \
	X(11, MUNMAP, "munmap", MEMORY) \
	X(12, BRK, "brk", MEMORY) \
	X(13, RT_SIGACTION, "rt_sigaction", SIGNAL) \
	X(14, RT_SIGPROCMASK, "rt_sigprocmask", SIGNAL) \
	X(15, RT_SIGRETURN, "rt_sigreturn", SIGNAL) \
	X(16, IOCTL, "ioctl", FILE) \
	X(22, PIPE, "pipe", IPC) \
	X(23, SELECT, "select", IPC) \
	X(24, SCHED_YIELD, "sched_yield", PROCESS) \
	X(28, MADVISE, "madvise", MEMORY) \
	X(29, SHMGET, "shmget", IPC) \
	X(30, SHMAT, "shmat", IPC) \
	X(31, SHMCTL, "shmctl", IPC) \
	X(32, DUP, "dup", FILE) \
	X(34, PAUSE, "pause", SIGNAL) \
	X(35, NANOSLEEP, "nanosleep", TIME) \
	X(37, ALARM, "alarm", SIGNAL) \
	X(38, SETITIMER, "setitimer", TIME) \
	X(39, GETPID, "getpid", PROCESS) \
	X(41, SOCKET, "socket", IPC) \
	X(42, CONNECT, "connect", IPC) \
	X(43, ACCEPT, "accept", IPC) \
	X(44, SENDTO, "sendto", IPC) \
	X(45, RECVFROM, "recvfrom", IPC) \
	X(48, SHUTDOWN, "shutdown", IPC) \
	X(49, BIND, "bind", IPC) \
	X(50, LISTEN, "listen", IPC) \
	X(53, SOCKETPAIR, "socketpair", IPC) \
	X(56, CLONE, "clone", PROCESS) \
	X(57, FORK, "fork", PROCESS) \
	X(58, VFORK, "vfork", PROCESS) \
	X(59, EXECVE, "execve", PROCESS) \
	X(60, EXIT, "exit", PROCESS) \
	X(61, WAIT4, "wait4", PROCESS) \
	X(62, KILL, "kill", SIGNAL) \
	X(63, UNAME, "uname", PROCESS) \
	X(64, SEMGET, "semget", IPC) \
	X(65, SEMOP, "semop", IPC) \
	X(66, SEMCTL, "semctl", IPC) \
	X(67, SHMDT, "shmdt", IPC) \
	X(68, MSGGET, "msgget", IPC) \
	X(69, MSGSND, "msgsnd", IPC) \
	X(70, MSGRCV, "msgrcv", IPC) \
	X(71, MSGCTL, "msgctl", IPC) \
	X(79, GETCWD, "getcwd", FILE) \
	X(80, CHDIR, "chdir", FILE) \
	X(82, RENAME, "rename", FILE) \
	X(83, MKDIR, "mkdir", FILE) \
	X(87, UNLINK, "unlink", FILE) \
	X(95, UMASK, "umask", FILE) \
	X(96, GETTIMEOFDAY, "gettimeofday", TIME) \
	X(98, GETRUSAGE, "getrusage", PROCESS) \
	X(100, TIMES, "times", TIME) \
	X(101, PTRACE, "ptrace", PROCESS) \
	X(102, GETUID, "getuid", PROCESS) \
	X(109, SETPGID, "setpgid", PROCESS) \
	X(110, GETPPID, "getppid", PROCESS) \
	X(112, SETSID, "setsid", PROCESS) \
	X(121, GETPGID, "getpgid", PROCESS) \
	X(124, GETSID, "getsid", PROCESS) \
	X(128, RT_SIGTIMEDWAIT, "rt_sigtimedwait", SIGNAL) \
	X(129, RT_SIGQUEUEINFO, "rt_sigqueueinfo", SIGNAL) \
	X(130, RT_SIGSUSPEND, "rt_sigsuspend", SIGNAL) \
	X(140, GETPRIORITY, "getpriority", PROCESS) \
	X(141, SETPRIORITY, "setpriority", PROCESS) \
	X(144, SCHED_SETSCHEDULER, "sched_setscheduler", PROCESS) \
	X(145, SCHED_GETSCHEDULER, "sched_getscheduler", PROCESS) \
	X(157, PRCTL, "prctl", PROCESS) \
	X(186, GETTID, "gettid", PROCESS) \
	X(200, TKILL, "tkill", SIGNAL) \
	X(202, FUTEX, "futex", IPC) \
	X(203, SCHED_SETAFFINITY, "sched_setaffinity", PROCESS) \
	X(204, SCHED_GETAFFINITY, "sched_getaffinity", PROCESS) \
	X(223, TIMER_SETTIME, "timer_settime", TIME) \
	X(228, CLOCK_GETTIME, "clock_gettime", TIME) \
	X(230, CLOCK_NANOSLEEP, "clock_nanosleep", TIME) \
	X(231, EXIT_GROUP, "exit_group", PROCESS) \
	X(232, EPOLL_WAIT, "epoll_wait", IPC) \
	X(233, EPOLL_CTL, "epoll_ctl", IPC) \
	X(234, TGKILL, "tgkill", SIGNAL) \
	X(241, MQ_UNLINK, "mq_unlink", IPC) \
	X(242, MQ_TIMEDSEND, "mq_timedsend", IPC) \
	X(243, MQ_TIMEDRECEIVE, "mq_timedreceive", IPC) \
	X(244, MQ_NOTIFY, "mq_notify", IPC) \
	X(247, WAITID, "waitid", PROCESS) \
	X(257, OPENAT, "openat", FILE) \
	X(272, UNSHARE, "unshare", PROCESS) \
	X(283, TIMERFD_CREATE, "timerfd_create", TIME) \
	X(286, TIMERFD_SETTIME, "timerfd_settime", TIME) \
	X(290, EVENTFD2, "eventfd2", IPC) \
	X(297, RT_TGSIGQUEUEINFO, "rt_tgsigqueueinfo", SIGNAL) \
	X(308, SETNS, "setns", PROCESS) \
	X(314, SCHED_SETATTR, "sched_setattr", PROCESS) \
	X(315, SCHED_GETATTR, "sched_getattr", PROCESS) \
	X(318, GETRANDOM, "getrandom", PROCESS) \
	X(434, PIDFD_OPEN, "pidfd_open", PROCESS) \
	X(435, CLONE3, "clone3", PROCESS) \
	X(449, FUTEX_WAITV, "futex_waitv", IPC)
/* clang-format on */

/* Places in the list, not numbers. */
enum syscall_place {
#define X(number, name, ...) CALL_##name,
	SYSCALLS(X)
#undef X
	NR_SYSCALLS,
	CALL_NONE = NR_SYSCALLS, /* no call, or one that is not in the list */
	CALL_UNKNOWN,            /* to the kernel, too: ENOSYS */
};

struct syscall_info {
	u16 number;
	const char *name;
	u8 category; /* enum syscall_category */
};

extern const struct syscall_info syscall_infos[NR_SYSCALLS];
extern const char *const syscall_category_names[];

enum { SYSCALL_HIGHEST = 462 }; /* number of 6.12 */

/* Place of a name; NR_SYSCALLS: there is none. */
u32 syscall_find(const char *name);
/* Place of a number; CALL_NONE: the kernel has it, the list has not. */
u32 syscall_find_number(u32 number);
/* What @op calls when it enters the kernel; CALL_NONE: nothing with a name. */
u32 syscall_of_op(const struct op *op);

#endif
