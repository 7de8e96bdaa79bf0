/* SPDX-License-Identifier: MIT */
/* Terminals and job control. */
#include "proc/tty.h"

#include <errno.h>

#include "proc/calls.h"

struct tty {
	const struct tty_spec *spec;
	u32 index;
	u32 next;           /* of spec->events */
	struct timer timer; /* the next one */
	struct proc_world *world;
	struct pgrp *session;    /* NULL: controls none */
	struct pgrp *foreground; /* NULL: none, or all of it are gone: */
	u32 foreground_nr;       /* its number; 0: there is none */
	struct pgrp *left;    /* what was in the foreground at the hangup, until the leader exits */
	struct pgrp *left_by; /* the session of that time */
	bool hung_up;
	u32 *lines; /* not yet read: bytes; 0: the end of data */
	u32 first, nr_lines;
	struct wait_queue readers;
};

/* ---- What comes from the keyboard ---- */

static void send_to(struct proc_world *world, struct pgrp *group, u32 signal)
{
	pgrp_signal(world, NULL, group, signal);
}

static struct process *leader_of(const struct pgrp *session)
{
	return session && session->owner ? session->owner->process : NULL;
}

static void wake_readers(struct tty *tty)
{
	wait_wake(tty->world, &tty->readers, 0, TASK_INTERRUPTIBLE, 0, 0);
}

/* isig(): what was typed before is gone. */
static void interrupt(struct tty *tty, u32 signal)
{
	tty->nr_lines = 0;
	send_to(tty->world, tty->foreground, signal);
}

static void disassociate(struct tty *tty)
{
	tty->session = tty->foreground = NULL;
	tty->foreground_nr = 0;
}

/* __tty_hangup(), tty_signal_session_leader(). */
static void hang_up(struct tty *tty)
{
	struct process *leader = leader_of(tty->session);

	tty->hung_up = true;
	if (leader) {
		signal_send_code(tty->world, leader->leader, SIGNAL_HUP, false, CODE_KERNEL);
		signal_send_code(tty->world, leader->leader, SIGNAL_CONT, false, CODE_KERNEL);
		tty->left = tty->foreground;
		tty->left_by = tty->session;
	}
	disassociate(tty);
	wake_readers(tty);
}

static void add_line(struct tty *tty, u32 bytes)
{
	tty->lines[(tty->first + tty->nr_lines++) % tty->spec->nr_events] = bytes;
	wake_readers(tty);
}

static void take_event(struct tty *tty, const struct tty_event *event)
{
	switch ((enum tty_key)event->key) {
	case TTY_LINE:
	case TTY_EOF:
		add_line(tty, event->bytes);
		break;
	case TTY_INTR:
		interrupt(tty, SIGNAL_INT);
		break;
	case TTY_QUIT:
		interrupt(tty, SIGNAL_QUIT);
		break;
	case TTY_SUSP:
		interrupt(tty, SIGNAL_TSTP);
		break;
	case TTY_HANGUP:
		hang_up(tty);
		break;
	case NR_TTY_KEYS:
		break;
	}
}

static void arm(struct tty *tty)
{
	if (tty->next < tty->spec->nr_events)
		machine_timer_arm(tty->world->machine, &tty->timer, 0,
				  tty->spec->events[tty->next].at_ns);
}

static void fires(struct machine *machine, struct timer *timer)
{
	struct tty *tty = container_of(timer, struct tty, timer);
	const struct costs *costs = tty->world->costs;
	u64 now = tty->spec->events[tty->next].at_ns;

	cpu_enter_irq(machine, &machine->cpus[timer->cpu], costs->irq_entry);
	while (tty->next < tty->spec->nr_events && tty->spec->events[tty->next].at_ns == now &&
	       !tty->hung_up)
		take_event(tty, &tty->spec->events[tty->next++]);
	if (!tty->hung_up)
		arm(tty);
}

void ttys_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_ttys)
		return;
	world->ttys = arena_array(world->arena, struct tty, w->nr_ttys);
	for (u32 i = 0; i < w->nr_ttys; i++) {
		struct tty *tty = &world->ttys[i];

		tty->spec = &w->ttys[i];
		tty->index = i;
		tty->world = world;
		tty->lines = arena_array(world->arena, u32, max_of(tty->spec->nr_events, 1U));
		wait_queue_init(&tty->readers);
		timer_init(&tty->timer, fires, TIMER_RANK_TTY, i);
		arm(tty);
	}
}

/* ---- Sessions ---- */

static bool leads_session(const struct process *process)
{
	const struct pgrp *session = pgrp_session(process);

	return session && session->nr == process->tgid;
}

/* What the session has opened, controlling or not. */
static struct tty *opened_by(const struct process *process)
{
	return process->pgrp ? pgrp_session(process)->tty : NULL;
}

static struct tty *controlling(const struct process *process)
{
	struct tty *tty = opened_by(process);

	return tty && tty->session == pgrp_session(process) ? tty : NULL;
}

static void set_foreground(struct tty *tty, struct pgrp *group)
{
	tty->foreground = group;
	tty->foreground_nr = group->nr;
}

/* tty_open_proc_set_tty(). */
static bool open_tty(struct proc_world *world, struct proc *proc, struct tty *tty)
{
	struct process *process = proc->process;

	if (tty->hung_up || !process->pgrp) {
		proc_refuse(world, proc, EIO, tty->spec->name);
		return true;
	}
	if (controlling(process))
		/* another descriptor of it, or of another that means nothing to the session */
		return true;
	pgrp_session(process)->tty = tty;
	if (tty->session || !leads_session(process))
		return true;
	tty->session = pgrp_session(process);
	set_foreground(tty, process->pgrp);
	return true;
}

void tty_process_exit(struct proc_world *world, const struct process *process)
{
	struct tty *tty;

	if (!leads_session(process))
		return;
	tty = controlling(process);
	if (tty) {
		send_to(world, tty->foreground, SIGNAL_HUP);
		disassociate(tty);
		return;
	}
	tty = opened_by(process);
	if (!tty || tty->left_by != pgrp_session(process))
		return;
	send_to(world, tty->left, SIGNAL_HUP);
	send_to(world, tty->left, SIGNAL_CONT);
	tty->left = tty->left_by = NULL;
}

void tty_forget_group(struct proc_world *world, const struct pgrp *group)
{
	for (u32 i = 0; i < world->workload->nr_ttys; i++) {
		struct tty *tty = &world->ttys[i];

		if (tty->foreground == group)
			tty->foreground = NULL;
		if (tty->left == group)
			tty->left = NULL;
		if (tty->left_by == group)
			tty->left_by = NULL;
		if (tty->session == group)
			disassociate(tty);
	}
}

/* ---- Job control ---- */

enum { TTY_CALL, TTY_LOOK, TTY_AGAIN, TTY_WOKEN };
enum { AGAIN_NS = 100 }; /* a call that begins anew takes at least that */
enum job_control { JOB_GOES_ON, JOB_FAILS, JOB_STOPS };

static bool does_not_care(const struct proc *proc, u32 signal)
{
	return sig_task_of(proc)->blocked & SIGSET(signal) ||
	       signal_action_of(proc->process, signal).disposition == SIGNAL_IGNORED;
}

/* __tty_check_change(). */
static enum job_control look_at_job(const struct proc *proc, const struct tty *tty, u32 signal)
{
	const struct process *process = proc->process;

	if (controlling(process) != tty || !tty->foreground_nr || process->pgrp == tty->foreground)
		return JOB_GOES_ON;
	if (does_not_care(proc, signal))
		return signal == SIGNAL_TTIN ? JOB_FAILS : JOB_GOES_ON;
	return pgrp_is_orphaned(process->pgrp, NULL) ? JOB_FAILS : JOB_STOPS;
}

/*
 * The whole group is sent @signal, and the call begins anew behind that (ERESTARTSYS). If another
 * thread takes it, the stop of the process finds this one asleep. If that has a handler, there is
 * no stop: the call begins anew at once, and again, until the handler (say) has changed what is in
 * the foreground. That takes time, whatever calls cost.
 */
static bool stop_job(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct tty *tty,
		     u32 signal)
{
	wait_finish(proc);
	send_to(world, proc->process->pgrp, signal);
	proc->phase = TTY_AGAIN;
	proc->in_call = IN_CALL_SLEPT;
	if (proc->task.flags & TASK_FLAG_NOTIFY && proc_deliver(world, cpu, proc))
		return false;
	if (signal_action_of(proc->process, signal).disposition == SIGNAL_HANDLED) {
		if (proc_return_to_user(world, cpu, proc))
			return false;
		return !proc_pay(world, cpu, proc, max_of(world->costs->syscall, (u64)AGAIN_NS),
				 TTY_AGAIN);
	}
	wait_add(&tty->readers, proc, false);
	proc_sleep(world, cpu, proc, TTY_AGAIN);
	return false;
}

/* The call fails, and its loop is over, as that of a pipe without readers. */
static bool fails(struct proc_world *world, struct proc *proc, int error, const char *what)
{
	wait_finish(proc);
	if (error)
		proc_refuse(world, proc, error, what);
	proc->pc = program_loop_end(proc->program, proc->pc);
	return true;
}

/* ---- The calls ---- */

/* n_tty_read(): one line at most. */
static bool read_line(struct tty *tty, struct proc *proc)
{
	u32 *line = &tty->lines[tty->first];
	u32 taken = (u32)min_of(proc->wait_arg, (u64)*line);
	bool over = !*line;

	*line -= taken;
	if (!*line) {
		tty->first = (tty->first + 1) % tty->spec->nr_events;
		tty->nr_lines--;
	}
	return !over;
}

bool tty_read_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		 const struct op *op unused_arg, u64 bytes)
{
	struct tty *tty = opened_by(proc->process);
	bool waits;

	if (proc->phase == TTY_CALL)
		proc->wait_arg = bytes;
	waits = tty && proc->wait_arg && !tty->nr_lines && !tty->hung_up;
	if (proc->phase == TTY_CALL) {
		if (proc_pay(world, cpu, proc, waits ? world->costs->block : world->costs->syscall,
			     TTY_LOOK))
			return false;
	}
	if (!tty)
		return fails(world, proc, ENXIO, "tty");
	if (proc->phase != TTY_WOKEN || proc->in_call != IN_CALL_SLEPT) {
		enum job_control job = look_at_job(proc, tty, SIGNAL_TTIN);

		if (job == JOB_FAILS)
			return fails(world, proc, EIO, tty->spec->name);
		if (job == JOB_STOPS)
			return stop_job(world, cpu, proc, tty, SIGNAL_TTIN);
	}
	if (tty->hung_up)
		return fails(world, proc, 0, NULL);
	if (waits) {
		if (!wait_linked(&proc->wait))
			wait_add(&tty->readers, proc, false);
		proc_sleep(world, cpu, proc, TTY_WOKEN);
		return false;
	}
	wait_finish(proc);
	if (!proc->wait_arg)
		return true; /* nothing was asked for */
	return read_line(tty, proc) || fails(world, proc, 0, NULL);
}

static bool write_op(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct tty *tty = opened_by(proc->process);
	enum job_control job;

	if (!tty)
		return fails(world, proc, ENXIO, "tty");
	if (tty->hung_up)
		return fails(world, proc, EIO, tty->spec->name);
	job = tty->spec->tostop ? look_at_job(proc, tty, SIGNAL_TTOU) : JOB_GOES_ON;
	if (job == JOB_FAILS)
		return fails(world, proc, EIO, tty->spec->name);
	if (job == JOB_STOPS)
		return stop_job(world, cpu, proc, tty, SIGNAL_TTOU);
	return true;
}

/* The group of the task that is meant, or (no task) one's own; NULL: there is none. */
static struct pgrp *group_meant(const struct proc_world *world, const struct proc *proc,
				const struct op *op)
{
	struct proc *target;

	if (op->b == TARGET_SELF)
		return proc->process->pgrp;
	list_for_each (target, &world->specs[op->b].living, spec_link)
		if ((op->a == TARGET_ALL || target->instance == op->a - 1U) &&
		    pidns_sees(proc, target))
			return target->process->pgrp;
	return NULL;
}

/* tiocspgrp(). */
static bool set_foreground_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			      const struct op *op)
{
	struct tty *tty = controlling(proc->process);
	enum job_control job = tty ? look_at_job(proc, tty, SIGNAL_TTOU) : JOB_FAILS;
	struct pgrp *group;

	if (job == JOB_STOPS)
		return stop_job(world, cpu, proc, tty, SIGNAL_TTOU);
	wait_finish(proc);
	group = group_meant(world, proc, op);
	if (job == JOB_FAILS)
		proc_refuse(world, proc, ENOTTY, "tcsetpgrp");
	else if (!group)
		proc_refuse(world, proc, ESRCH, "tcsetpgrp");
	else if (group->session != pgrp_session(proc->process))
		proc_refuse(world, proc, EPERM, "tcsetpgrp");
	else
		set_foreground(tty, group);
	return true;
}

bool tty_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	if (proc->phase == TTY_CALL && proc_pay(world, cpu, proc, world->costs->syscall, TTY_LOOK))
		return false;
	if (op->code == OP_OPEN_TTY)
		return open_tty(world, proc, &world->ttys[op->b]);
	if (op->code == OP_TCSETPGRP)
		return set_foreground_op(world, cpu, proc, op);
	return write_op(world, cpu, proc);
}

/* ---- Views ---- */

const struct tty *tty_of(const struct process *process)
{
	return controlling(process);
}

/* Those of pseudo terminals: new_encode_dev() of 136 and on. */
u32 tty_number(const struct tty *tty)
{
	return (136U << 8) | (tty->index & 0xff) | ((tty->index & ~0xffU) << 12);
}

const char *tty_name(const struct tty *tty)
{
	return tty->spec->name;
}

u32 tty_foreground(const struct tty *tty)
{
	return tty->foreground_nr;
}

bool tty_has_in_foreground(const struct tty *tty, const struct process *process)
{
	return tty->foreground && tty->foreground == process->pgrp;
}
