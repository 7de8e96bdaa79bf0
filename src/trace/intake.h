/* SPDX-License-Identifier: MIT */
/*
 * Events of a real kernel become records, whatever format they came in.
 *
 * A reader takes a line (or a binary event) apart into a head and values and hands both in; the
 * intake knows who is who and what runs where, introduces tasks, puts missing switches back, adds
 * up stolen time, and keeps records in order of time (hold.h).
 *
 * Rules:
 *	- Times are relative to the first event. An event that comes late is sorted in as far as the
 *	  hold reaches; it is counted as disordered if time ran backwards on its own cpu, or by more
 *	  than INTAKE_SKEW between cpus.
 *	- The task in the head is the one that runs: it is the waker, the parent, the writer of a
 *	  mark.
 *	- A comm that differs from the one known, without a task_rename, makes a RENAME flagged
 *	  MENDED.
 *	- A switch whose prev is not who was running: the switch to it is missing and is put back,
 *	  flagged MENDED, at the start of that task's first accounted runtime, else at its last
 *	  wakeup, but not before the last switch of that cpu. After a loss nothing is put back.
 *	- ATTR tells priorities other than 120 and their changes, but not those of priority
 *	  inheritance.
 *	- A target cpu that the trace does not have (a trace of some cpus) is given as the cpu of
 *	  the event.
 */
#ifndef OSSIM_TRACE_INTAKE_H
#define OSSIM_TRACE_INTAKE_H

#include "trace/events.h"
#include "trace/ftrace_read.h"
#include "trace/hold.h"
#include "trace/identity.h"

enum { INTAKE_SKEW = 100 * (int)USEC };

/* Whether the running task itself caused an event, or an interrupt that it has to bear. */
enum trace_context { CONTEXT_UNKNOWN, CONTEXT_TASK, CONTEXT_IRQ };

/* What stands before an event. */
struct trace_head {
	struct span comm; /* who runs; the kernel's cache of names may be stale */
	u32 pid, cpu;
	u32 tgid;          /* 0: not said */
	u64 when;          /* as in the trace, ns */
	u8 digits;         /* of the time's fraction */
	u8 context;        /* enum trace_context, where the head has flags */
	bool need_resched; /* who runs is to be switched out, as the flags say */
};

struct intake_cpu {
	u64 last;              /* time of its last event */
	struct identity *curr; /* who runs since the last switch; NULL: not known */
	u32 curr_task;         /* its task id then */
	u64 curr_since;
	u32 seen_pid; /* accounted runtime though it is not curr; 0: nobody */
	u64 seen_since;
	u64 hardirq_since, softirq_since, stolen; /* NEVER: not in one */
};

struct intake {
	struct stream *stream;
	struct names *names;
	struct trace_facts *facts;
	struct hold hold;
	struct pid_table pids;
	struct identity *idle; /* by cpu */
	struct intake_cpu *cpus;
	u32 nr_cpus, nr_tasks;
	u64 now; /* of the event in hand, relative */
	u64 latest;
	bool begun;
	bool irq_ends; /* the trace tells where interrupts end, not only where they begin */
};

/* @stream->nr_cpus is set. */
void intake_init(struct intake *intake, struct stream *stream, struct trace_facts *facts);
void intake_fini(struct intake *intake);

/* Takes the time and place of an event; false if its cpu or pid cannot be. Comes before the next
 * two. */
must_check bool intake_head(struct intake *intake, const struct trace_head *head);
/* A record event (ROLE_RECORD); EVENT_VALUE of a switch is the decoded state. False: impossible
 * values. */
must_check bool intake_event(struct intake *intake, const struct trace_head *head,
			     enum record_kind kind, const struct event_values *values);
void intake_mark(struct intake *intake, const struct trace_head *head, struct span text);
void intake_irq(struct intake *intake, const struct trace_head *head, enum event_role role);
/* Events of @cpu are missing here; @count 0: not known how many. */
void intake_lost(struct intake *intake, u32 cpu, u64 count);
/* Hands on everything, END last. */
void intake_end(struct intake *intake);

/*
 * Within the intake: the identity that @pid has in the event in hand, introduced if it is new.
 * @comm is what the event's own fields say; intake_running takes the task and comm of the head.
 */
struct identity *intake_someone(struct intake *intake, u32 pid, u32 cpu, struct span comm);
struct identity *intake_running(struct intake *intake, const struct trace_head *head);
/* A task that is being born: a new identity for @pid, not introduced yet. */
struct identity *intake_newborn(struct intake *intake, u32 pid, u32 tgid, u32 parent,
				struct span comm);
void intake_rename(struct intake *intake, struct identity *identity, u32 cpu, struct span comm,
		   u8 flags);
void intake_saw_prio(struct intake *intake, struct identity *identity, u32 cpu, s32 prio);
void intake_flush_stolen(struct intake *intake, u32 cpu);

#endif
