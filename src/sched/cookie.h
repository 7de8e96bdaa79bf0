/* SPDX-License-Identifier: MIT */
/*
 * Core scheduling: tasks with one cookie trust each other, and the threads of a core run such tasks
 * at a time.
 *
 * A task without a cookie has 0. Nothing of this exists until somebody makes the first cookie, and
 * it is off again when the last task that has one is gone; then rq->core is NULL. Kernel:
 * kernel/sched/core_sched.c, and pick_next_task() of kernel/sched/core.c with CONFIG_SCHED_CORE.
 */
#ifndef OSSIM_SCHED_COOKIE_H
#define OSSIM_SCHED_COOKIE_H

#include "sched/sched.h"

/* What the threads of a core have in common. */
struct smt_core {
	struct rq *leader; /* its clock times what is forced to idle */
	const struct cpumask *cpus;
	u32 cookie;   /* of who runs, or waits to run, on the core */
	u32 task_seq; /* of changes of the queues, and of picks; */
	u32 pick_seq; /* that of the last pick for all threads */
	/* threads that idle though somebody waits there, since forced_since */
	u32 nr_forced_idle;
	u32 nr_running; /* threads that do not idle meanwhile */
	u32 forced_idle_seq;
	u64 forced_since;
};

/* What a thread of a core has besides: rq->core. */
struct core_rq {
	struct smt_core *core;
	/* chosen for it by another thread, if nothing has changed since; NULL: nobody */
	struct task *pick;
	bool together;          /* the last pick was one for all threads */
	bool pick_is_served;    /* by the fair server: then it goes before rt tasks */
	u32 sched_seq;          /* the pick that it has acted on */
	u32 idle_occupation;    /* threads that ran as this one was last told to idle */
	u64 steals_from;        /* not before: one task in an instant */
	struct rb_tree waiting; /* queued tasks with cookies, by cookie, the strongest first */
};

/* What a task has that has, or had, a cookie. By its id in sched->cookies. */
struct cookie_task {
	u32 index; /* in the pool */
	u32 cookie;
	u32 occupation; /* threads that ran as it was last picked */
	bool queued;
	struct task *task;
	struct rb_node node; /* in core_rq.waiting */
	struct rb_node by_id;
};

/* Which tasks have cookies, and how many have each. */
struct cookies {
	struct sched *sched;
	struct pool tasks; /* struct cookie_task */
	struct rb_tree by_id;
	u32 *users;   /* by cookie */
	u32 nr, room; /* cookies made so far, 0 included */
	u32 nr_used;  /* of them, those with users */
	bool plain;   /* without cookies there is the plain way of classes/fair_way.h */
	struct core_rq *of_cpu;
	struct smt_core *of_core; /* by the first of its cpus */
};

/* prctl(PR_SCHED_CORE) works: some core has several threads. */
bool sched_has_cookies(const struct sched *sched);
/* A cookie of nobody yet. */
u32 sched_cookie_new(struct sched *sched);
u32 sched_cookie(const struct sched *sched, const struct task *task);
/* sched_core_update_cookie() */
void sched_cookie_set(struct sched *sched, struct task *task, u32 cookie);
void sched_cookie_fork(struct sched *sched, const struct task *parent, struct task *child);
/* (sched_cookie_free() is in sched.h.) */
void sched_cookies_fini(struct sched *sched);

/* sched_core_enqueue(), sched_core_dequeue(), if rq->core: each class tells what it queues. */
void sched_core_enqueue(struct rq *rq, struct task *task);
void sched_core_dequeue(struct rq *rq, struct task *task, u32 flags);

static inline void core_note_enqueue(struct rq *rq, struct task *task)
{
	if (unlikely(rq->core))
		sched_core_enqueue(rq, task);
}

static inline void core_note_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	if (unlikely(rq->core))
		sched_core_dequeue(rq, task, flags);
}

/*
 * Is @task throttled on @cpu? sched_task_is_throttled(); 6.1 does not ask, and runs who is
 * throttled as long as he is the only one with the cookie, which is not modelled.
 */
bool sched_core_throttled(struct task *task, u32 cpu);
/*
 * The strongest task with @cookie that waits, or runs, on @rq and can run; after @last, if that is
 * not NULL.
 */
struct task *sched_core_find(struct rq *rq, u32 cookie, struct task *last);
/* prio_less(): @b goes before @a; each may be served by the fair server. */
bool sched_core_less(const struct task *a, bool a_served, const struct task *b, bool b_served,
		     bool forced);
u32 sched_core_occupation(const struct sched *sched, const struct task *task);
/*
 * What was picked with @task: sched_core_balance() looks for who needs no more threads than that.
 */
void sched_core_set_occupation(struct rq *rq, struct task *task, u32 occupation);

/* sched_core_cookie_match(): may @task go to @rq's core at once? */
bool sched_core_matches(const struct rq *rq, const struct task *task);
/* sched_cpu_cookie_match() */
static inline bool core_cpu_matches(const struct rq *rq, const struct task *task)
{
	return likely(!rq->core) || rq->core->core->cookie == sched_cookie(rq->sched, task);
}

/* ---- core_pick.c ---- */

/* pick_next_task() where rq->core: for all threads of the core, unless that was done already. */
struct task *sched_core_pick(struct rq *rq, struct task *prev);
/*
 * sched_core_balance(): a thread that is forced to idle takes a task with the core's cookie from
 * elsewhere.
 */
void sched_core_balance(struct rq *rq);

#endif
