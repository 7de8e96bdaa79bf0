/* SPDX-License-Identifier: MIT */
/*
 * Signals: numbers, names, default actions, sets. x86-64; kernel: include/linux/signal.h;
 * reference: process.md 6.1.
 *
 * A set has bit n - 1 for signal n, as /proc shows it. Numbers from SIGNAL_RT on are real-time
 * signals: they have no names but RTMIN+n, and each instance is queued.
 */
#ifndef OSSIM_MODEL_SIGNALS_H
#define OSSIM_MODEL_SIGNALS_H

#include "base/types.h"

/* X(NAME, number, default action: SIGNAL_DOES_*) */
/* clang-format off */
#define SIGNALS(X) \
	X(HUP, 1, TERM) X(INT, 2, TERM) X(QUIT, 3, CORE) X(ILL, 4, CORE) X(TRAP, 5, CORE) \
	X(ABRT, 6, CORE) X(BUS, 7, CORE) X(FPE, 8, CORE) X(KILL, 9, TERM) X(USR1, 10, TERM) \
	X(SEGV, 11, CORE) X(USR2, 12, TERM) X(PIPE, 13, TERM) X(ALRM, 14, TERM) X(TERM, 15, TERM) \
	X(STKFLT, 16, TERM) X(CHLD, 17, IGNORE) X(CONT, 18, IGNORE) X(STOP, 19, STOP) \
	X(TSTP, 20, STOP) X(TTIN, 21, STOP) X(TTOU, 22, STOP) X(URG, 23, IGNORE) X(XCPU, 24, CORE) \
	X(XFSZ, 25, CORE) X(VTALRM, 26, TERM) X(PROF, 27, TERM) X(WINCH, 28, IGNORE) \
	X(IO, 29, TERM) X(PWR, 30, TERM) X(SYS, 31, CORE)
/* clang-format on */

enum {
#define X(name, number, does) SIGNAL_##name = number,
	SIGNALS(X)
#undef X
	SIGNAL_RT = 32,
	NR_SIGNALS = 64, /* the greatest number, too */
};

#define SIGSET(signal) (1ULL << ((signal) - 1))

/*
 * What a signal does to a process that has said nothing about it; those of none of the three sets:
 * it ends.
 */
enum signal_does { SIGNAL_DOES_TERM, SIGNAL_DOES_CORE, SIGNAL_DOES_IGNORE, SIGNAL_DOES_STOP };
#define SIGNAL_IF_CORE(name, number, does) \
	| (u64)(SIGNAL_DOES_##does == SIGNAL_DOES_CORE) << ((number) - 1)
#define SIGNAL_IF_IGNORE(name, number, does) \
	| (u64)(SIGNAL_DOES_##does == SIGNAL_DOES_IGNORE) << ((number) - 1)
#define SIGNAL_IF_STOP(name, number, does) \
	| (u64)(SIGNAL_DOES_##does == SIGNAL_DOES_STOP) << ((number) - 1)
#define SIGSET_CORE   (0ULL SIGNALS(SIGNAL_IF_CORE))
#define SIGSET_IGNORE (0ULL SIGNALS(SIGNAL_IF_IGNORE))
#define SIGSET_STOP   (0ULL SIGNALS(SIGNAL_IF_STOP))

/* Cannot be caught, blocked or ignored. */
#define SIGSET_ONLY (SIGSET(SIGNAL_KILL) | SIGSET(SIGNAL_STOP))
/* Delivered before all others: faults of the task itself. */
#define SIGSET_SYNCHRONOUS                                                                     \
	(SIGSET(SIGNAL_SEGV) | SIGSET(SIGNAL_BUS) | SIGSET(SIGNAL_ILL) | SIGSET(SIGNAL_TRAP) | \
	 SIGSET(SIGNAL_FPE) | SIGSET(SIGNAL_SYS))

/* The number of "USR1", "SIGUSR1", "RTMIN+3" (34 + 3, as the C library counts) or "10"; 0: none. */
u32 signal_find(const char *name);
/* "USR1", "RTMIN+3"; "32" and "33" have no other name. @buf: SIGNAL_NAME_MAX bytes. */
enum { SIGNAL_NAME_MAX = 24 };
const char *signal_name(u32 signal, char *buf);
/* The names of 1..31, for messages. */
extern const char *const signal_names[SIGNAL_RT - 1];

/* What sigaction() says of one signal. */
enum signal_disposition { SIGNAL_DEFAULT, SIGNAL_IGNORED, SIGNAL_HANDLED };

enum {
	SIGACTION_RESTART = 1,    /* SA_RESTART: interrupted calls begin anew */
	SIGACTION_NODEFER = 2,    /* SA_NODEFER: it may interrupt its own handler */
	SIGACTION_RESETHAND = 4,  /* SA_RESETHAND: the handler serves once */
	SIGACTION_NOCLDSTOP = 8,  /* SA_NOCLDSTOP: no SIGCHLD for stops and continues */
	SIGACTION_NOCLDWAIT = 16, /* SA_NOCLDWAIT: children are reaped by themselves */
};

struct signal_action {
	u8 disposition; /* enum signal_disposition */
	u8 flags;       /* SIGACTION_* */
	u32 handler;    /* spec whose program runs */
	u64 mask;       /* blocked meanwhile, besides the signal itself */
};

#endif
