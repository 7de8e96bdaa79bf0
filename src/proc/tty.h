/* SPDX-License-Identifier: MIT */
/*
 * Terminals: whose session one controls, which process group is in its foreground. Kernel:
 * drivers/tty/tty_jobctrl.c, tty_io.c, n_tty.c; reference: process.md 4.2, 6.1.
 *
 * A leader of a session that has no terminal yet gets the one that it opens, if that has no
 * session, and its process group is in the foreground then; who is in the session has the terminal,
 * too. Keys send their signals to the foreground. Who reads from elsewhere, writes there (tostop)
 * or gives the terminal away is sent SIGTTIN or SIGTTOU with its whole group and begins anew when
 * it goes on, unless it ignores or blocks that or its group is orphaned. When the leader of the
 * session exits the foreground is sent SIGHUP, and nobody has a controlling terminal any more. When
 * the line is hung up the leader hears of it (SIGHUP, SIGCONT), reads find the end of data and
 * writes fail.
 */
#ifndef OSSIM_PROC_TTY_H
#define OSSIM_PROC_TTY_H

#include "base/types.h"

struct cpu;
struct op;
struct pgrp;
struct proc;
struct proc_world;
struct process;
struct tty;

void ttys_init(struct proc_world *world);
/* OPEN_TTY, TCSETPGRP, TTY_WRITE; TTY_READ, whose amount @bytes was drawn at its start. */
bool tty_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool tty_read_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		 u64 bytes);

/* disassociate_ctty() of a process all of whose threads have died. Only if there are terminals. */
void tty_process_exit(struct proc_world *world, const struct process *process);
/* Nobody needs that number any more. Likewise. */
void tty_forget_group(struct proc_world *world, const struct pgrp *group);

/* What is shown of a process: its controlling terminal, or NULL; its device number, its name. */
const struct tty *tty_of(const struct process *process);
u32 tty_number(const struct tty *tty);
const char *tty_name(const struct tty *tty);
/* The number of the group in the foreground. */
u32 tty_foreground(const struct tty *tty);
bool tty_has_in_foreground(const struct tty *tty, const struct process *process);

#endif
