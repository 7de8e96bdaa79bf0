/* SPDX-License-Identifier: MIT */
/* Events of a real kernel become records: time, place, and who is who. */
#include "trace/intake.h"

#include <stdio.h>

#include "base/ensure.h"
#include "base/vec.h"

enum { PRIO_DEFAULT = 120, PRIO_RT_END = 100, PRIO_END = 140 };

static void introduce_idle(struct intake *intake, u32 cpu)
{
	struct identity *idle = &intake->idle[cpu];
	char comm[16 + SCAN_SLACK] = {0};
	int len = snprintf(comm, 16, "swapper/%u", cpu);

	*idle = (struct identity){.task = cpu,
				  .parent = TASK_ID_NONE,
				  .unfreed = TASK_ID_NONE,
				  .prio = PRIO_DEFAULT,
				  .flags = IDENTITY_INTRODUCED};
	identity_set_comm(idle, intake->names, (struct span){comm, (u32)len});
	hold_put(&intake->hold, (struct record){.kind = RECORD_TASK,
						.flags = RECORD_FLAG_KTHREAD,
						.cpu = (u16)cpu,
						.task = cpu,
						.other = TASK_ID_NONE,
						.value = idle->comm});
}

void intake_init(struct intake *intake, struct stream *stream, struct trace_facts *facts)
{
	u32 idle_cap = 0, cpu_cap = 0;

	ensure(stream->nr_cpus > 0 && stream->nr_cpus <= UINT16_MAX);
	*intake = (struct intake){.stream = stream,
				  .names = stream->names,
				  .facts = facts,
				  .nr_cpus = stream->nr_cpus,
				  .nr_tasks = stream->nr_cpus};
	hold_init(&intake->hold, stream);
	pid_table_init(&intake->pids);
	vec_grow((void **)&intake->idle, &idle_cap, intake->nr_cpus, sizeof(*intake->idle));
	vec_grow((void **)&intake->cpus, &cpu_cap, intake->nr_cpus, sizeof(*intake->cpus));
	for (u32 cpu = 0; cpu < intake->nr_cpus; cpu++) {
		intake->cpus[cpu].hardirq_since = intake->cpus[cpu].softirq_since = NEVER;
		introduce_idle(intake, cpu);
	}
}

void intake_fini(struct intake *intake)
{
	hold_fini(&intake->hold);
	pid_table_fini(&intake->pids);
	vec_release((void **)&intake->idle);
	vec_release((void **)&intake->cpus);
}

/* Time. */

static void first_event(struct intake *intake, const struct trace_head *head)
{
	intake->begun = true;
	intake->facts->first_ns = head->when;
	intake->facts->last_ns = head->when;
}

bool intake_head(struct intake *intake, const struct trace_head *head)
{
	struct trace_facts *facts = intake->facts;
	struct intake_cpu *cpu;
	u64 now;

	if (head->cpu >= intake->nr_cpus || head->pid >= TRACE_PID_MAX)
		return false;
	if (unlikely(!intake->begun))
		first_event(intake, head);
	cpu = &intake->cpus[head->cpu];
	now = head->when > facts->first_ns ? head->when - facts->first_ns : 0;
	if (unlikely(now > NEVER))
		return false;
	if (unlikely(now < cpu->last || now + INTAKE_SKEW < intake->latest ||
		     head->when < facts->first_ns))
		facts->nr_disordered++;
	cpu->last = max_of(cpu->last, now);
	intake->now = now;
	if (likely(now >= intake->latest)) {
		intake->latest = now;
		facts->last_ns = head->when;
	}
	return true;
}

/* Who is who. */

static void put_task(struct intake *intake, const struct identity *who, u32 cpu, u8 flags)
{
	hold_put(&intake->hold, (struct record){.when = intake->now,
						.kind = RECORD_TASK,
						.flags = flags,
						.cpu = (u16)cpu,
						.task = who->task,
						.other = who->parent,
						.arg = who->pid,
						.value = (u64)who->tgid << 32 | who->comm});
}

struct identity *intake_newborn(struct intake *intake, u32 pid, u32 tgid, u32 parent,
				struct span comm)
{
	struct identity *who = pid_table_at(&intake->pids, pid);

	if (who->flags & IDENTITY_INTRODUCED)
		who->unfreed = who->task;
	who->task = intake->nr_tasks++;
	who->tgid = tgid;
	who->parent = parent;
	who->prio = PRIO_DEFAULT;
	who->woken = 0;
	who->birth = intake->now;
	who->flags = 0;
	identity_set_comm(who, intake->names, comm);
	return who;
}

/* Told by no fork: it lived before the trace, or its birth is not in it. */
static void introduce(struct intake *intake, struct identity *who, u32 cpu, struct span comm,
		      u32 tgid)
{
	if ((who->flags & (IDENTITY_FORKED | IDENTITY_DEAD)) != IDENTITY_FORKED)
		intake_newborn(intake, who->pid, tgid ? tgid : who->pid, TASK_ID_NONE, comm);
	who->birth = intake->now;
	who->flags |= IDENTITY_INTRODUCED;
	put_task(intake, who, cpu, comm_is_kernel_thread(comm) ? RECORD_FLAG_KTHREAD : 0);
}

void intake_rename(struct intake *intake, struct identity *who, u32 cpu, struct span comm, u8 flags)
{
	who->flags &= (u16)~IDENTITY_COMM_GUESSED;
	identity_set_comm(who, intake->names, comm);
	hold_put(&intake->hold, (struct record){.when = intake->now,
						.kind = RECORD_RENAME,
						.flags = flags,
						.cpu = (u16)cpu,
						.task = who->task,
						.value = who->comm});
}

static struct span unknown_comm(void)
{
	static const char text[5 + SCAN_SLACK] = "<...>";

	return (struct span){text, 5};
}

static bool is_present(const struct identity *who)
{
	return (who->flags & (IDENTITY_INTRODUCED | IDENTITY_DEAD)) == IDENTITY_INTRODUCED;
}

struct identity *intake_someone(struct intake *intake, u32 pid, u32 cpu, struct span comm)
{
	struct identity *who;

	if (pid == 0)
		return &intake->idle[cpu];
	who = pid_table_at(&intake->pids, pid);
	if (unlikely(!is_present(who)))
		introduce(intake, who, cpu, comm.at ? comm : unknown_comm(), 0);
	else if (unlikely(!comm.at))
		return who;
	else if (unlikely(!identity_comm_is(who, intake->names, comm)))
		intake_rename(intake, who, cpu, comm, RECORD_FLAG_MENDED);
	return who;
}

struct identity *intake_running(struct intake *intake, const struct trace_head *head)
{
	struct identity *who;

	if (head->pid == 0)
		return &intake->idle[head->cpu];
	who = pid_table_at(&intake->pids, head->pid);
	if (unlikely(!is_present(who))) {
		introduce(intake, who, head->cpu, head->comm, head->tgid);
		who->flags |= IDENTITY_COMM_GUESSED;
	}
	return who;
}

void intake_saw_prio(struct intake *intake, struct identity *who, u32 cpu, s32 prio)
{
	s32 nice = prio >= PRIO_RT_END && prio < PRIO_END ? prio - PRIO_DEFAULT : 0;

	if (likely(who->prio == prio) || who->pid == 0)
		return;
	who->prio = (s16)prio;
	hold_put(&intake->hold, (struct record){.when = intake->now,
						.kind = RECORD_ATTR,
						.cpu = (u16)cpu,
						.task = who->task,
						.arg = 0xff << 8, /* policy not known */
						.value = (u64)(u32)nice << 32 | (u32)prio});
}

/* Marks, interrupts, losses. */

void intake_mark(struct intake *intake, const struct trace_head *head, struct span text)
{
	struct identity *writer;

	if (!stream_wants(intake->stream, RECORD_MARK))
		return;
	writer = intake_running(intake, head);
	hold_put(&intake->hold,
		 (struct record){.when = intake->now,
				 .kind = RECORD_MARK,
				 .cpu = (u16)head->cpu,
				 .task = writer->task,
				 .value = names_intern(intake->names, text.at, text.len)});
}

static void irq_end(struct intake_cpu *cpu, u64 *since, u64 now, bool nested)
{
	if (*since != NEVER && !nested && now > *since)
		cpu->stolen += now - *since;
	*since = NEVER;
}

/* Time within softirqs holds that of interrupts in them; softirqs of threads are their own time. */
void intake_irq(struct intake *intake, const struct trace_head *head, enum event_role role)
{
	struct intake_cpu *cpu = &intake->cpus[head->cpu];
	bool own = comm_does_softirqs(head->comm);

	switch (role) {
	case ROLE_HARDIRQ_BEGIN:
		cpu->hardirq_since = intake->now;
		break;
	case ROLE_HARDIRQ_END:
		intake->irq_ends = true;
		irq_end(cpu, &cpu->hardirq_since, intake->now, cpu->softirq_since != NEVER);
		break;
	case ROLE_SOFTIRQ_BEGIN:
		cpu->softirq_since = own ? NEVER : intake->now;
		break;
	case ROLE_SOFTIRQ_END:
		intake->irq_ends = true;
		irq_end(cpu, &cpu->softirq_since, intake->now, false);
		break;
	default:
		break;
	}
}

/* Interrupts end before a switch: what is open has lost its end. */
void intake_flush_stolen(struct intake *intake, u32 nr)
{
	struct intake_cpu *cpu = &intake->cpus[nr];

	if (cpu->stolen)
		hold_put(&intake->hold, (struct record){.when = intake->now,
							.kind = RECORD_IRQ,
							.cpu = (u16)nr,
							.value = cpu->stolen});
	cpu->hardirq_since = cpu->softirq_since = NEVER;
	cpu->stolen = 0;
}

void intake_lost(struct intake *intake, u32 nr, u64 count)
{
	struct trace_facts *facts = intake->facts;

	facts->nr_lost_marks++;
	facts->nr_lost_events += count;
	if (nr >= intake->nr_cpus)
		return;

	struct intake_cpu *cpu = &intake->cpus[nr];

	cpu->curr = NULL;
	cpu->seen_pid = 0;
	cpu->hardirq_since = cpu->softirq_since = NEVER;
	hold_put(&intake->hold, (struct record){.when = intake->latest,
						.kind = RECORD_LOST,
						.cpu = (u16)nr,
						.value = count});
}

void intake_end(struct intake *intake)
{
	intake->now = intake->latest;
	for (u32 cpu = 0; cpu < intake->nr_cpus; cpu++)
		intake_flush_stolen(intake, cpu);
	hold_put(&intake->hold, (struct record){.when = intake->latest, .kind = RECORD_END});
	hold_release_all(&intake->hold);
	stream_flush(intake->stream);
}
