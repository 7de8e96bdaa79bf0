/* SPDX-License-Identifier: MIT */
/* Who has which cookie, and who of them waits where. */
#include "sched/cookie.h"

#include <string.h>

#include "base/ensure.h"
#include "sched/decide.h"

enum { POOL_CHUNK = 6, FIRST_ROOM = 16 };
/* __task_prio(): all fair tasks are equal here, and weighed by their class. */
enum { LEVEL_STOP = -2, LEVEL_DEADLINE = -1, LEVEL_FAIR = PRIO_MAX - 21, LEVEL_IDLE = PRIO_MAX };

static struct cookie_task *of_id(const struct rb_node *node)
{
	return container_of(node, struct cookie_task, by_id);
}

static struct cookie_task *of_node(const struct rb_node *node)
{
	return container_of(node, struct cookie_task, node);
}

static bool id_less(const struct rb_node *a, const struct rb_node *b)
{
	return of_id(a)->task->id < of_id(b)->task->id;
}

/* Of a tagged task, or of a copy of one. */
static struct cookie_task *find(const struct sched *sched, const struct task *task)
{
	struct rb_node *node = sched->cookies->by_id.root;

	while (node && of_id(node)->task->id != task->id)
		node = node->child[of_id(node)->task->id < task->id];
	ensure(node);
	return of_id(node);
}

u32 sched_cookie(const struct sched *sched, const struct task *task)
{
	return likely(!task->tagged) ? 0 : find(sched, task)->cookie;
}

/* ---- On and off ---- */

bool sched_has_cookies(const struct sched *sched)
{
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		if (cpumask_count(sched->machine->topology.core[cpu]) > 1)
			return true;
	return false;
}

static void init(struct sched *sched)
{
	struct cookies *c = arena_new(sched->arena, struct cookies);

	*c = (struct cookies){
		.sched = sched, .nr = 1, .room = FIRST_ROOM, .plain = sched->rqs[0].fair.newest};
	pool_init(&c->tasks, sizeof(struct cookie_task), POOL_CHUNK);
	c->users = arena_array(sched->arena, u32, c->room);
	c->of_cpu = arena_array(sched->arena, struct core_rq, sched->nr_cpus);
	c->of_core = arena_array(sched->arena, struct smt_core, sched->nr_cpus);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		const struct cpumask *cpus = sched->machine->topology.core[cpu];
		u32 first = cpumask_next(cpus, 0);

		c->of_core[first].cpus = cpus;
		c->of_core[first].leader = sched_rq(sched, first);
		c->of_cpu[cpu].core = &c->of_core[first];
	}
	sched->cookies = c;
}

void sched_cookies_fini(struct sched *sched)
{
	if (sched->cookies)
		pool_fini(&sched->cookies->tasks);
}

/*
 * __sched_core_enable(), __sched_core_disable(). The fair class has a way on which nobody asks for
 * cores.
 */
static void switch_cores(struct sched *sched, bool on)
{
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct rq *rq = sched_rq(sched, cpu);

		rq->core = on ? &sched->cookies->of_cpu[cpu] : NULL;
		rq->pick_asks =
			(u8)(on ? rq->pick_asks | PICK_ASKS_CORE : rq->pick_asks & ~PICK_ASKS_CORE);
		rq->fair.newest = !on && sched->cookies->plain;
		if (on)
			*rq->core = (struct core_rq){.core = rq->core->core};
	}
	for (u32 cpu = 0; on && cpu < sched->nr_cpus; cpu++) {
		struct smt_core *core = &sched->cookies->of_core[cpu];

		*core = (struct smt_core){.leader = core->leader, .cpus = core->cpus};
	}
}

/* ---- Cookies ---- */

u32 sched_cookie_new(struct sched *sched)
{
	struct cookies *c;

	if (!sched->cookies)
		init(sched);
	c = sched->cookies;
	if (c->nr == c->room) {
		u32 *users = arena_array(sched->arena, u32, 2 * c->room);

		memcpy(users, c->users, c->room * sizeof(*users));
		c->users = users;
		c->room *= 2;
	}
	return c->nr++;
}

static void use(struct cookies *c, u32 cookie)
{
	if (!cookie || c->users[cookie]++)
		return;
	if (!c->nr_used++)
		switch_cores(c->sched, true);
}

static void drop(struct cookies *c, u32 cookie)
{
	if (!cookie || --c->users[cookie])
		return;
	if (!--c->nr_used)
		switch_cores(c->sched, false);
}

static struct cookie_task *tag(struct sched *sched, struct task *task)
{
	struct cookies *c = sched->cookies;
	struct cookie_task *ct;
	u32 index;

	if (task->tagged)
		return find(sched, task);
	ct = pool_get(&c->tasks, &index);
	*ct = (struct cookie_task){.index = index, .task = task};
	rb_insert(&c->by_id, &ct->by_id, id_less, NULL);
	task->tagged = true;
	return ct;
}

static void untag(struct sched *sched, struct cookie_task *ct)
{
	rb_erase(&sched->cookies->by_id, &ct->by_id, NULL);
	ct->task->tagged = false;
	pool_put(&sched->cookies->tasks, ct->index);
}

void sched_cookie_fork(struct sched *sched, const struct task *parent, struct task *child)
{
	u32 cookie = sched_cookie(sched, parent);

	child->tagged = false;
	if (!cookie)
		return;
	tag(sched, child)->cookie = cookie;
	use(sched->cookies, cookie);
}

/* ---- Who waits ---- */

static s32 level(const struct task *task, bool served)
{
	if (served)
		return LEVEL_DEADLINE;
	switch (task->class_id) {
	case CLASS_STOP:
		return LEVEL_STOP;
	case CLASS_IDLE:
		return LEVEL_IDLE;
	case CLASS_FAIR:
		return LEVEL_FAIR;
	default:
		return task->prio;
	}
}

static u64 deadline_of(const struct task *task, bool served)
{
	return served ? task->fair.queue->rq->fair_server.deadline : task->dl->deadline;
}

bool sched_core_less(const struct task *a, bool a_served, const struct task *b, bool b_served,
		     bool forced)
{
	s32 la = level(a, a_served), lb = level(b, b_served);

	if (la != lb)
		return la > lb;
	if (la == LEVEL_DEADLINE)
		return !vtime_before(deadline_of(a, a_served), deadline_of(b, b_served));
	return la == LEVEL_FAIR && fair_class.core_less(a, b, forced);
}

/* By cookie; of one cookie the strongest first, as they were when they came. */
static bool waits_before(const struct rb_node *a, const struct rb_node *b)
{
	const struct cookie_task *x = of_node(a), *y = of_node(b);
	const struct rq *rq = x->task->fair.queue->rq;

	if (x->cookie != y->cookie)
		return x->cookie < y->cookie;
	return sched_core_less(y->task, false, x->task, false, rq->core->core->nr_forced_idle);
}

void sched_core_enqueue(struct rq *rq, struct task *task)
{
	struct cookie_task *ct;

	if (task->class_id == CLASS_FAIR && task->fair.sched_delayed)
		return;
	rq->core->core->task_seq++;
	if (!sched_cookie(rq->sched, task))
		return;
	ct = find(rq->sched, task);
	if (ct->queued)
		return;
	ct->queued = true;
	rb_insert(&rq->core->waiting, &ct->node, waits_before, NULL);
}

static void stop_waiting(struct rq *rq, struct task *task)
{
	struct cookie_task *ct = task->tagged ? find(rq->sched, task) : NULL;

	if (!ct || !ct->queued)
		return;
	ct->queued = false;
	rb_erase(&rq->core->waiting, &ct->node, NULL);
}

void sched_core_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	if (task->class_id == CLASS_FAIR && task->fair.sched_delayed)
		return;
	rq->core->core->task_seq++;
	stop_waiting(rq, task);
	/*
	 * The last one leaves a cpu that is forced to idle: it is no more, which the core has to
	 * see.
	 */
	if (!(flags & DEQUEUE_SAVE) && rq->nr_running == 1 && rq->core->core->nr_forced_idle &&
	    rq->curr == rq->idle) {
		decide_resched_rule(rq, RULE_RESCHED_CORE);
		sched_resched_curr(rq);
	}
}

void sched_cookie_set(struct sched *sched, struct task *task, u32 cookie)
{
	struct rq *rq = task_rq(sched, task);
	struct cookie_task *ct;
	u32 old;

	if (!task->tagged && !cookie)
		return;
	ct = tag(sched, task);
	use(sched->cookies, cookie);
	if (rq->core && ct->queued)
		sched_core_dequeue(rq, task, DEQUEUE_SAVE);
	old = ct->cookie;
	ct->cookie = cookie;
	if (!cookie)
		untag(sched, ct);
	else if (task->on_rq == ON_RQ_QUEUED)
		sched_core_enqueue(rq, task);
	/* Who runs may not be allowed to beside the others any more. */
	if (task->on_cpu) {
		decide_resched_rule(rq, RULE_RESCHED_CORE);
		sched_resched_curr(rq);
	}
	drop(sched->cookies, old);
}

void sched_cookie_free(struct sched *sched, struct task *task)
{
	struct cookie_task *ct = find(sched, task);
	u32 cookie = ct->cookie;

	ensure(!ct->queued);
	untag(sched, ct);
	drop(sched->cookies, cookie);
}

bool sched_core_throttled(struct task *task, u32 cpu)
{
	const struct sched_class *class = task_class(task->fair.queue->rq->sched, task);

	return class->is_throttled && class->is_throttled(task, cpu);
}

struct task *sched_core_find(struct rq *rq, u32 cookie, struct task *last)
{
	struct rb_node *node = NULL;

	if (last) {
		node = rb_next(&find(rq->sched, last)->node);
	} else {
		for (struct rb_node *at = rq->core->waiting.root; at;) {
			bool before = of_node(at)->cookie < cookie;

			if (of_node(at)->cookie == cookie)
				node = at;
			at = at->child[before];
		}
	}
	for (; node && of_node(node)->cookie == cookie; node = rb_next(node)) {
		struct task *task = of_node(node)->task;

		if (!sched_core_throttled(task, rq->cpu))
			return task;
	}
	return NULL;
}

void sched_core_set_occupation(struct rq *rq, struct task *task, u32 occupation)
{
	if (task == rq->idle)
		rq->core->idle_occupation = occupation;
	else if (task->tagged)
		find(rq->sched, task)->occupation = occupation;
}

u32 sched_core_occupation(const struct sched *sched, const struct task *task)
{
	return task->tagged ? find(sched, task)->occupation : 0;
}

bool sched_core_matches(const struct rq *rq, const struct task *task)
{
	const struct smt_core *core;

	if (likely(!rq->core))
		return true;
	core = rq->core->core;
	if (core->cookie == sched_cookie(rq->sched, task))
		return true;
	cpumask_for_each (cpu, core->cpus)
		if (!rq_is_idle(&rq->sched->rqs[cpu]))
			return false;
	return true;
}
