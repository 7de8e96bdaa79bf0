/* SPDX-License-Identifier: MIT */
/*
 * Dispatch queues. Kernel: kernel/sched/ext.c; reference: core-rt-dl-ext.md 5.2.
 *
 * Each cpu has a local queue, each NUMA node a global one; a policy may make more. All are lists;
 * one of a policy's own may be ordered by vtime, and then a tree finds the place in its list.
 */
#include <errno.h>

#include "classes/ext.h"
#include "sched/decide.h"

void ext_dsq_init(struct ext_dsq *dsq, u64 id, struct rq *rq)
{
	*dsq = (struct ext_dsq){.id = id, .rq = rq};
	list_init(&dsq->tasks);
}

static struct list *bucket_of(struct ext *ext, u64 id)
{
	return &ext->buckets[(id ^ id >> 32) % EXT_DSQ_BUCKETS];
}

struct ext_dsq *ext_dsq_find(struct ext *ext, u64 id)
{
	struct list *bucket = bucket_of(ext, id);
	struct ext_dsq *dsq;

	list_for_each (dsq, bucket, bucket) {
		if (dsq->id == id)
			return dsq;
	}
	return NULL;
}

s32 ext_dsq_create(struct ext *ext, u64 id, s32 node)
{
	struct ext_dsq *dsq;
	u32 index;

	if (id & EXT_DSQ_BUILTIN || node < -1 || node >= (s32)ext->sched->platform->nodes)
		return -EINVAL;
	if (ext_dsq_find(ext, id))
		return -EEXIST;
	dsq = pool_get(&ext->dsqs, &index);
	ext_dsq_init(dsq, id, NULL);
	dsq->index = index;
	list_add_tail(bucket_of(ext, id), &dsq->bucket);
	return 0;
}

void ext_dsq_destroy(struct ext *ext, u64 id)
{
	struct ext_dsq *dsq = ext_dsq_find(ext, id);

	if (!dsq)
		return;
	if (dsq->nr) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "destroy_dsq(%" PRIu64 "): %u tasks are in it", id,
			 dsq->nr);
		return;
	}
	list_del(&dsq->bucket);
	pool_put(&ext->dsqs, dsq->index);
}

static u32 node_of(const struct ext *ext, u32 cpu)
{
	return ext->sched->platform->cpu[cpu].node;
}

struct ext_dsq *ext_dsq_global(struct ext_entity *entity)
{
	return &entity->ext->global[node_of(entity->ext, entity->task->cpu)];
}

struct ext_dsq *ext_dsq_for(struct rq *rq, u64 id, struct ext_entity *entity)
{
	struct ext *ext = entity->ext;
	struct ext_dsq *dsq;
	char name[EXT_NAME_LEN];

	if (id == EXT_DSQ_LOCAL)
		return &rq->ext->local;
	if ((id & EXT_DSQ_LOCAL_ON) == EXT_DSQ_LOCAL_ON) {
		u32 cpu = (u32)(id & EXT_DSQ_LOCAL_CPU_MASK);

		return ext_cpu_valid(ext, cpu, "insert into DSQ_LOCAL_ON") ? &ext->rqs[cpu].local
									   : ext_dsq_global(entity);
	}
	if (id == EXT_DSQ_GLOBAL)
		return ext_dsq_global(entity);
	dsq = ext_dsq_find(ext, id);
	if (dsq)
		return dsq;
	ext_fail(ext, EXT_EXIT_ERROR, 0, "insert of %s: there is no queue 0x%" PRIx64,
		 ext_task_text(entity, name), id);
	return ext_dsq_global(entity);
}

static bool vtime_less(const struct rb_node *a, const struct rb_node *b)
{
	return ext_time_before(container_of(a, struct ext_entity, dsq_node)->vtime,
			       container_of(b, struct ext_entity, dsq_node)->vtime);
}

/* Behind all whose vtime is not greater. */
static void put_by_vtime(struct ext_dsq *dsq, struct ext_entity *entity)
{
	struct rb_node *before;

	entity->in_tree = true;
	rb_insert(&dsq->by_vtime, &entity->dsq_node, vtime_less, NULL);
	before = rb_prev(&entity->dsq_node);
	list_add_head(before ? &container_of(before, struct ext_entity, dsq_node)->dsq_link
			     : &dsq->tasks,
		      &entity->dsq_link);
}

/* local_dsq_post_enq(): who runs there may have to make room. */
static void after_local_put(struct rq *rq, struct ext_entity *entity, u64 flags)
{
	struct task *curr = rq->curr;
	bool preempt = false;

	/* That cpu is looking for work and will find it. */
	if (rq->ext->in_balance)
		return;
	if (flags & EXT_ENQ_PREEMPT && entity->task != curr && curr->class_id == CLASS_EXT) {
		curr->ext->slice = 0;
		preempt = true;
	}
	if (!preempt && curr->class_id <= CLASS_EXT)
		return;
	decide_resched_rule(rq, preempt ? RULE_RESCHED_EXT_PREEMPT : RULE_RESCHED_WAKEUP);
	sched_resched_curr(rq);
}

void ext_dsq_put(struct ext_dsq *dsq, struct ext_entity *entity, u64 flags)
{
	struct ext *ext = entity->ext;
	bool mixed;

	if (flags & EXT_ENQ_BY_VTIME && dsq->id & EXT_DSQ_BUILTIN) {
		ext_fail(ext, EXT_EXIT_ERROR, 0,
			 "insert_vtime: local and global queues are in order of arrival only");
		flags &= ~EXT_ENQ_BY_VTIME;
	}
	/* Whoever came first says which kind of queue it is. */
	mixed = dsq->nr && (dsq->by_vtime.root != NULL) != ((flags & EXT_ENQ_BY_VTIME) != 0);
	if (unlikely(mixed))
		ext_fail(ext, EXT_EXIT_ERROR, 0,
			 "insert into queue 0x%" PRIx64 ": it is ordered by %s", dsq->id,
			 dsq->by_vtime.root ? "vtime, this insert by arrival"
					    : "arrival, this insert by vtime");
	if (flags & EXT_ENQ_BY_VTIME && !mixed)
		put_by_vtime(dsq, entity);
	else if (flags & (EXT_ENQ_HEAD | EXT_ENQ_PREEMPT))
		list_add_head(&dsq->tasks, &entity->dsq_link);
	else
		list_add_tail(&dsq->tasks, &entity->dsq_link);
	dsq->nr++;
	entity->dsq = dsq;
	entity->owned = false;
	if (dsq->rq)
		after_local_put(dsq->rq, entity, flags);
}

void ext_dsq_take(struct ext_entity *entity)
{
	struct ext_dsq *dsq = entity->dsq;

	if (list_linked(&entity->dsq_link))
		list_del(&entity->dsq_link);
	if (!dsq)
		return;
	if (entity->in_tree) {
		rb_erase(&dsq->by_vtime, &entity->dsq_node, NULL);
		entity->in_tree = false;
	}
	dsq->nr--;
	entity->dsq = NULL;
}
