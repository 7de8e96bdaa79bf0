/* SPDX-License-Identifier: MIT */
/*
 * Dispatch queues against a slow obvious model: an array that is kept in order by moving its
 * elements.
 */
#include "ext_log.h"

#include <errno.h>
#include <string.h>

enum { MODEL_MAX = 64 };

struct model {
	struct ext_entity *at[MODEL_MAX];
	u32 nr;
};

static void model_put(struct model *model, u32 place, struct ext_entity *entity)
{
	memmove(&model->at[place + 1], &model->at[place],
		(model->nr - place) * sizeof(model->at[0]));
	model->at[place] = entity;
	model->nr++;
}

static void model_take(struct model *model, u32 place)
{
	model->nr--;
	memmove(&model->at[place], &model->at[place + 1],
		(model->nr - place) * sizeof(model->at[0]));
}

/* Behind all whose vtime is not later. */
static u32 place_by_vtime(const struct model *model, u64 vtime)
{
	u32 place = 0;

	while (place < model->nr && (s64)(model->at[place]->vtime - vtime) <= 0)
		place++;
	return place;
}

static void compare(const struct ext_dsq *dsq, const struct model *model, u64 seed)
{
	struct ext_entity *entity;
	u32 i = 0;

	cr_assert(dsq->nr == model->nr, "seed %" PRIu64, seed);
	list_for_each (entity, &dsq->tasks, dsq_link) {
		cr_assert(i < model->nr && entity == model->at[i], "seed %" PRIu64 ", place %u",
			  seed, i);
		i++;
	}
	cr_assert(i == model->nr, "seed %" PRIu64, seed);
	cr_assert(ext_dsq_first(dsq) == (model->nr ? model->at[0] : NULL));
}

static void random_step(struct rng *rng, struct ext_dsq *dsq, struct model *model,
			struct ext_entity *all, u64 start, bool by_vtime)
{
	struct ext_entity *entity = &all[rng_below(rng, MODEL_MAX)];
	bool head = rng_below(rng, 4) == 0;

	if (entity->dsq) {
		for (u32 i = 0; i < model->nr; i++)
			if (model->at[i] == entity) {
				model_take(model, i);
				break;
			}
		ext_dsq_take(entity);
		return;
	}
	entity->vtime = start + rng_below(rng, 16);
	if (by_vtime) {
		model_put(model, place_by_vtime(model, entity->vtime), entity);
		ext_dsq_put(dsq, entity, EXT_ENQ_BY_VTIME);
	} else {
		model_put(model, head ? 0 : model->nr, entity);
		ext_dsq_put(dsq, entity, head ? EXT_ENQ_HEAD : 0);
	}
}

static void random_run(struct smp *smp, u64 seed, bool by_vtime)
{
	static struct ext_entity all[MODEL_MAX];
	struct model model = {0};
	struct ext_dsq dsq;
	struct rng rng;
	/* Around the point at which a vtime wraps. */
	u64 start = (u64)0 - 8;

	rng_init(&rng, seed, "dsq", by_vtime);
	ext_dsq_init(&dsq, 7, NULL);
	memset(all, 0, sizeof(all));
	for (u32 i = 0; i < MODEL_MAX; i++) {
		all[i].ext = smp->ext;
		list_init(&all[i].dsq_link);
	}
	for (u32 step = 0; step < 400; step++) {
		random_step(&rng, &dsq, &model, all, start, by_vtime);
		compare(&dsq, &model, seed);
	}
	cr_assert(smp->ext->report.kind == EXT_EXIT_NONE, "%s", smp->ext->message);
}

Test(ext_queue, keeps_the_order_of_arrival_or_of_vtime_with_equals_in_order_of_arrival)
{
	struct smp *smp = ext_log_machine((struct smp_options){0}, &ext_log_policy, 0, false);

	for (u64 seed = 1; seed <= 200; seed++) {
		random_run(smp, seed, false);
		random_run(smp, seed, true);
	}
	smp_free(smp);
}

Test(ext_queue, a_policys_queues_have_ids_without_the_upper_bit_and_are_made_once)
{
	struct smp *smp = ext_log_machine((struct smp_options){0}, &ext_log_policy, 0, false);
	struct ext *ext = smp->ext;

	cr_assert(ext_dsq_create(ext, 5, -1) == 0);
	cr_assert(ext_dsq_create(ext, 5, -1) == -EEXIST);
	cr_assert(ext_dsq_create(ext, EXT_DSQ_GLOBAL, -1) == -EINVAL);
	cr_assert(ext_dsq_create(ext, 6, 1) == -EINVAL, "there is one node");
	cr_assert(ext_dsq_create(ext, 5 + EXT_DSQ_BUCKETS, 0) == 0,
		  "another id of the same bucket");
	cr_assert(ext_dsq_find(ext, 5)->id == 5);
	ext_dsq_destroy(ext, 5);
	cr_assert(!ext_dsq_find(ext, 5));
	cr_assert(ext_dsq_find(ext, 5 + EXT_DSQ_BUCKETS));
	ext_dsq_destroy(ext, 5); /* unknown: ignored */
	cr_assert(ext->report.kind == EXT_EXIT_NONE);
	smp_free(smp);
}
