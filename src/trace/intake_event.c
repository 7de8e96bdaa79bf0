/* SPDX-License-Identifier: MIT */
/* Events of a real kernel become records: one function per kind of event. */
#include "trace/intake.h"

enum { CLONE_THREAD_FLAG = 0x10000, STATE_GONE = 0x10 | 0x20, TWICE_SEEN = 100 * (int)USEC };

/* One event on its way. */
struct event {
	struct intake *in;
	const struct trace_head *head;
	const struct event_values *v;
	u32 pid, other_pid; /* checked */
};

static void put(const struct event *e, enum record_kind kind, u32 task, u32 other, u32 arg,
		u64 value)
{
	hold_put(&e->in->hold, (struct record){.when = e->in->now,
					       .kind = (u8)kind,
					       .cpu = (u16)e->head->cpu,
					       .task = task,
					       .other = other,
					       .arg = arg,
					       .value = value});
}

static struct identity *who(const struct event *e)
{
	return intake_someone(e->in, e->pid, e->head->cpu, e->v->text[EVENT_COMM]);
}

/* A priority as the kernel can have it; some vendors' traces hold garbage there. */
static s32 prio_of(s64 number)
{
	return clamp_to((s32)(u32)number, -1, 139);
}

static u32 cpu_of(const struct event *e, s64 number)
{
	return number >= 0 && number < e->in->nr_cpus ? (u32)number : e->head->cpu;
}

/* Puts back the switch from who was running to @to, who must have run as it is being switched out.
 */
static void mend(const struct event *e, const struct intake_cpu *cpu, const struct identity *to)
{
	u64 when = cpu->seen_pid == to->pid && cpu->seen_since ? cpu->seen_since
		   : to->woken                                 ? to->woken
							       : cpu->curr_since;

	when = clamp_to(when, cpu->curr_since, max_of(e->in->now, cpu->curr_since));
	when = max_of(when, hold_reach(&e->in->hold));
	e->in->facts->nr_mended++;
	hold_put(&e->in->hold,
		 (struct record){.when = when,
				 .kind = RECORD_SWITCH,
				 .flags = RECORD_FLAG_MENDED,
				 .cpu = (u16)e->head->cpu,
				 .task = cpu->curr_task,
				 .other = to->task,
				 .arg = record_switch_arg(0, cpu->curr->prio, to->prio)});
}

static void take_switch(const struct event *e)
{
	const struct event_values *v = e->v;
	struct intake *in = e->in;
	u32 nr = e->head->cpu, state = (u32)v->number[EVENT_VALUE];
	s32 prev_prio = prio_of(v->number[EVENT_PRIO]),
	    next_prio = prio_of(v->number[EVENT_OTHER_PRIO]);
	struct intake_cpu *cpu = &in->cpus[nr];
	struct identity *prev = who(e), *next;

	if (unlikely(cpu->curr && cpu->curr != prev))
		mend(e, cpu, prev);
	intake_saw_prio(in, prev, nr, prev_prio);
	if (unlikely(state & STATE_GONE) && prev->pid)
		prev->flags |= IDENTITY_DEAD;
	next = intake_someone(in, e->other_pid, nr, v->text[EVENT_OTHER_COMM]);
	intake_saw_prio(in, next, nr, next_prio);
	intake_flush_stolen(in, nr);
	put(e, RECORD_SWITCH, prev->task, next->task,
	    record_switch_arg(state, prev_prio, next_prio), 0);
	cpu->curr = next;
	cpu->curr_task = next->task;
	cpu->curr_since = in->now;
	cpu->seen_pid = 0;
}

/* An interrupt, a task, or not known. */
static u8 context_flags(const struct event *e)
{
	const struct intake_cpu *cpu = &e->in->cpus[e->head->cpu];
	bool within = cpu->hardirq_since != NEVER || cpu->softirq_since != NEVER;

	if (e->head->context == CONTEXT_IRQ || (within && e->in->irq_ends))
		return RECORD_FLAG_IRQ;
	return e->head->context == CONTEXT_TASK ? RECORD_FLAG_BY_TASK : 0;
}

static u8 wake_flags(const struct event *e)
{
	return context_flags(e) | (e->head->need_resched ? RECORD_FLAG_RESCHED : 0);
}

static void take_wake(const struct event *e, enum record_kind kind)
{
	struct identity *task = who(e), *waker = intake_running(e->in, e->head);
	s32 prio = prio_of(e->v->number[EVENT_PRIO]);

	intake_saw_prio(e->in, task, e->head->cpu, prio);
	task->woken = e->in->now;
	hold_put(&e->in->hold, (struct record){.when = e->in->now,
					       .kind = (u8)kind,
					       .flags = wake_flags(e),
					       .cpu = (u16)e->head->cpu,
					       .task = task->task,
					       .other = waker->task,
					       .arg = cpu_of(e, e->v->number[EVENT_CPU]),
					       .value = (u32)prio});
}

/*
 * Runtime may be accounted by another cpu, so only what a task accounts itself tells who runs. Its
 * first time after a switch tells since when, should that switch have been to somebody else.
 */
static void take_runtime(const struct event *e)
{
	struct intake_cpu *cpu = &e->in->cpus[e->head->cpu];
	u64 runtime = (u64)e->v->number[EVENT_VALUE], now = e->in->now;
	struct identity *task = who(e);

	if (unlikely(cpu->curr && cpu->curr != task) && e->pid == e->head->pid &&
	    cpu->seen_pid != e->pid) {
		cpu->seen_pid = e->pid;
		cpu->seen_since = now > runtime ? now - runtime : 0;
	}
	hold_put(&e->in->hold, (struct record){.when = now,
					       .kind = RECORD_RUNTIME,
					       .flags = context_flags(e) & RECORD_FLAG_IRQ,
					       .cpu = (u16)e->head->cpu,
					       .task = task->task,
					       .value = runtime});
	if (e->v->given >> EVENT_VRUNTIME & 1)
		put(e, RECORD_VRUNTIME, task->task, 0, 0, (u64)e->v->number[EVENT_VRUNTIME]);
}

static void take_migrate(const struct event *e)
{
	struct identity *task = who(e);
	s32 prio = prio_of(e->v->number[EVENT_PRIO]);
	u32 orig = cpu_of(e, e->v->number[EVENT_OTHER_CPU]),
	    dest = cpu_of(e, e->v->number[EVENT_CPU]);

	intake_saw_prio(e->in, task, e->head->cpu, prio);
	put(e, RECORD_MIGRATE, task->task, 0, dest << 16 | orig, (u32)prio);
}

static void take_newtask(const struct event *e)
{
	struct identity *parent = intake_running(e->in, e->head);
	u64 flags = (u64)e->v->number[EVENT_VALUE] & -(u64)(e->v->given >> EVENT_VALUE & 1);
	u32 tgid = flags & CLONE_THREAD_FLAG ? parent->tgid : e->pid;
	struct identity *child =
		intake_newborn(e->in, e->pid, tgid, parent->task, e->v->text[EVENT_COMM]);

	child->flags = IDENTITY_FORKED;
	put(e, RECORD_NEWTASK, child->task, parent->task, e->pid, flags);
}

/*
 * The child got its identity from NEWTASK just before, or gets it here. With clocks that differ a
 * little, it may even have been seen on another cpu an instant ago: that was no other task.
 */
static void take_fork(const struct event *e)
{
	struct identity *parent = who(e);
	struct identity *child = pid_table_at(&e->in->pids, e->other_pid);
	bool born = (child->flags & (IDENTITY_FORKED | IDENTITY_INTRODUCED)) == IDENTITY_FORKED;
	u8 flags = parent->pid == 2 ? RECORD_FLAG_KTHREAD : 0;
	bool just_seen = (child->flags & (IDENTITY_FORKED | IDENTITY_INTRODUCED | IDENTITY_DEAD)) ==
				 IDENTITY_INTRODUCED &&
			 child->birth && child->birth + TWICE_SEEN > e->in->now;

	if (!born && !just_seen)
		intake_newborn(e->in, e->other_pid, e->other_pid, parent->task,
			       e->v->text[EVENT_OTHER_COMM]);
	else if (!identity_comm_is(child, e->in->names, e->v->text[EVENT_OTHER_COMM]))
		identity_set_comm(child, e->in->names, e->v->text[EVENT_OTHER_COMM]);
	child->flags |= IDENTITY_FORKED | IDENTITY_INTRODUCED;
	hold_put(&e->in->hold,
		 (struct record){.when = e->in->now,
				 .kind = RECORD_FORK,
				 .cpu = (u16)e->head->cpu,
				 .flags = flags | (e->pid == e->head->pid ? 0 : RECORD_FLAG_IRQ),
				 .task = child->task,
				 .other = parent->task,
				 .arg = child->pid,
				 .value = (u64)child->tgid << 32 | child->comm});
}

/*
 * A thread that executes a program has its dead leader's number already when it takes the new name.
 */
static struct identity *who_is_renamed(const struct event *e)
{
	const struct identity *named = pid_table_at(&e->in->pids, e->pid);
	struct identity *curr = e->in->cpus[e->head->cpu].curr;

	if (named->flags & IDENTITY_DEAD && curr && curr->tgid == e->pid)
		return curr;
	return who(e);
}

static void take_rename(const struct event *e)
{
	intake_rename(e->in, who_is_renamed(e), e->head->cpu, e->v->text[EVENT_OTHER_COMM], 0);
}

/*
 * A thread that executes a program goes on under its leader's pid. The leader is freed under that
 * of the thread.
 */
static struct identity *take_over_pid(const struct event *e)
{
	struct identity *old = pid_table_at(&e->in->pids, e->other_pid);
	struct identity *leader = pid_table_at(&e->in->pids, e->pid), was = *leader;

	*leader = *old;
	leader->pid = leader->tgid = e->pid;
	leader->unfreed = was.unfreed;
	*old = (struct identity){
		.pid = e->other_pid,
		.unfreed = was.flags & IDENTITY_INTRODUCED ? was.task : TASK_ID_NONE,
	};
	for (u32 cpu = 0; cpu < e->in->nr_cpus; cpu++)
		if (e->in->cpus[cpu].curr == old)
			e->in->cpus[cpu].curr = leader;
	return leader;
}

static u32 file_name(const struct event *e)
{
	struct span file = e->v->text[EVENT_OTHER_COMM];

	return names_intern(e->in->names, file.at, file.len);
}

static void take_exec(const struct event *e)
{
	u32 old_pid = e->other_pid;
	struct identity *task;

	if (e->pid == 0)
		return;
	if (old_pid != e->pid && old_pid &&
	    pid_table_at(&e->in->pids, old_pid)->flags & IDENTITY_INTRODUCED)
		task = take_over_pid(e);
	else
		task = intake_running(e->in, &(struct trace_head){.comm = e->head->comm,
								  .pid = e->pid,
								  .cpu = e->head->cpu});
	put(e, RECORD_EXEC, task->task, 0, old_pid, file_name(e));
}

static void take_exit(const struct event *e)
{
	struct identity *task = who(e);
	bool given = e->v->given >> EVENT_VALUE & 1;
	s32 prio = prio_of(e->v->number[EVENT_PRIO]);

	intake_saw_prio(e->in, task, e->head->cpu, prio);
	put(e, RECORD_EXIT, task->task, 0, given ? e->v->number[EVENT_VALUE] != 0 : 2, (u32)prio);
}

/* The pid is the awaited one, all else is the caller's. */
static void take_wait(const struct event *e)
{
	put(e, RECORD_WAIT, intake_running(e->in, e->head)->task, 0, e->pid,
	    (u32)prio_of(e->v->number[EVENT_PRIO]));
}

/* Freed long after death: the pid may belong to somebody else by now. */
static void take_free(const struct event *e)
{
	struct identity *present = pid_table_at(&e->in->pids, e->pid);
	u32 prio = (u32)prio_of(e->v->number[EVENT_PRIO]);

	if (e->pid == 0)
		return;
	if (present->unfreed != TASK_ID_NONE && !(present->flags & IDENTITY_DEAD)) {
		put(e, RECORD_FREE, present->unfreed, 0, 0, prio);
		present->unfreed = TASK_ID_NONE;
		return;
	}
	if (!(present->flags & IDENTITY_INTRODUCED))
		present = who(e);
	put(e, RECORD_FREE, present->task, 0, 0, prio);
	*present = (struct identity){.pid = e->pid, .unfreed = TASK_ID_NONE};
}

/* Inherited priority is not the task's own: it changes what is compared, but makes no ATTR. */
static void take_pi_setprio(const struct event *e)
{
	struct identity *task = who(e);
	s32 old = prio_of(e->v->number[EVENT_PRIO]), new = prio_of(e->v->number[EVENT_OTHER_PRIO]);

	intake_saw_prio(e->in, task, e->head->cpu, old);
	task->prio = (s16) new;
	put(e, RECORD_PI_SETPRIO, task->task, 0, (u32)(u16)old << 16 | (u16) new, 0);
}

/* A signal introduces nobody: a task of which there is nothing but a signal has not been seen. */
static const struct identity *known(const struct event *e, u32 pid)
{
	const struct identity *identity = pid_table_at(&e->in->pids, pid);

	return pid && identity->flags & IDENTITY_INTRODUCED ? identity : NULL;
}

static void take_signal_generate(const struct event *e)
{
	const struct identity *target = known(e, e->pid);
	const s64 *n = e->v->number;

	if (target)
		put(e, RECORD_SIGNAL_GENERATE, target->task, (u32)n[EVENT_OTHER_PRIO],
		    (u32)(n[EVENT_SIGNAL] & 0xff) | (u32)(n[EVENT_GROUP] != 0) << 8,
		    (u64)n[EVENT_VALUE]);
}

static void take_signal_deliver(const struct event *e)
{
	const struct identity *taker = known(e, e->head->pid);
	const s64 *n = e->v->number;

	if (taker)
		put(e, RECORD_SIGNAL_DELIVER, taker->task, (u32)n[EVENT_OTHER_PRIO],
		    (u32)(n[EVENT_SIGNAL] & 0xff), (u64)n[EVENT_VALUE] << 32 | (u32)n[EVENT_GROUP]);
}

/* The same: statistics are as old as the task, and tell nothing of who runs. */
static void take_stat(const struct event *e, enum record_kind kind)
{
	const struct identity *task = known(e, e->pid);

	if (task)
		put(e, kind, task->task, 0, 0, (u64)e->v->number[EVENT_VALUE]);
}

static bool check_pid(const struct event_values *v, enum event_number which, u32 *out)
{
	s64 pid = v->number[which];

	if (!(v->given >> which & 1))
		return true;
	*out = (u32)pid;
	return pid >= 0 && pid < TRACE_PID_MAX;
}

/* Nobody is its own parent, and the idle tasks are nobody's children. */
static bool check_birth(const struct event *e, enum record_kind kind)
{
	if (kind == RECORD_NEWTASK)
		return e->pid != 0 && e->pid != e->head->pid;
	if (kind == RECORD_FORK)
		return e->other_pid != 0 && e->other_pid != e->pid;
	return true;
}

bool intake_event(struct intake *in, const struct trace_head *head, enum record_kind kind,
		  const struct event_values *v)
{
	struct event e = {.in = in, .head = head, .v = v};

	if (unlikely(!check_pid(v, EVENT_PID, &e.pid) ||
		     !check_pid(v, EVENT_OTHER_PID, &e.other_pid) || !check_birth(&e, kind)))
		return false;
	switch (kind) {
	case RECORD_SWITCH:
		take_switch(&e);
		break;
	case RECORD_WAKING:
	case RECORD_WAKEUP:
	case RECORD_WAKEUP_NEW:
		take_wake(&e, kind);
		break;
	case RECORD_RUNTIME:
		take_runtime(&e);
		break;
	case RECORD_MIGRATE:
		take_migrate(&e);
		break;
	case RECORD_FORK:
		take_fork(&e);
		break;
	case RECORD_NEWTASK:
		take_newtask(&e);
		break;
	case RECORD_RENAME:
		take_rename(&e);
		break;
	case RECORD_PREPARE_EXEC:
		put(&e, RECORD_PREPARE_EXEC, who(&e)->task, 0, 0, file_name(&e));
		break;
	case RECORD_EXEC:
		take_exec(&e);
		break;
	case RECORD_EXIT:
		take_exit(&e);
		break;
	case RECORD_WAIT:
		take_wait(&e);
		break;
	case RECORD_FREE:
		take_free(&e);
		break;
	case RECORD_KTHREAD_STOP:
		put(&e, RECORD_KTHREAD_STOP, who(&e)->task, 0, 0, 0);
		break;
	case RECORD_KTHREAD_STOP_RET:
		put(&e, RECORD_KTHREAD_STOP_RET, intake_running(e.in, e.head)->task, 0, 0,
		    (u64)e.v->number[EVENT_VALUE]);
		break;
	case RECORD_PI_SETPRIO:
		take_pi_setprio(&e);
		break;
	case RECORD_SIGNAL_GENERATE:
		take_signal_generate(&e);
		break;
	case RECORD_SIGNAL_DELIVER:
		take_signal_deliver(&e);
		break;
	case RECORD_STAT_WAIT:
	case RECORD_STAT_SLEEP:
	case RECORD_STAT_IOWAIT:
	case RECORD_STAT_BLOCKED:
		take_stat(&e, kind);
		break;
	default:
		return false;
	}
	return true;
}
