/* SPDX-License-Identifier: MIT */
/*
 * Quantities of ops: constants, and distributions with their own copies of what they point to.
 *
 * A constant distribution becomes a plain constant, so that there is one way to say a number.
 */
#include "model/builder_inside.h"

#include <string.h>

enum { SIGMA_GREATEST = 1000000 }; /* 1000, in thousandths */

u64 op_quantity_max(const struct builder *b, const struct op *op)
{
	return op->flags & OP_DIST ? dist_max(&b->dists.at[op->value]) : op->value;
}

u64 op_quantity_min(const struct builder *b, const struct op *op)
{
	return op->flags & OP_DIST ? dist_min(&b->dists.at[op->value]) : op->value;
}

static bool check_empirical(struct builder *b, struct loc loc, const struct dist *dist)
{
	if (dist->nr == 0)
		return diag_error(b->diag, loc, "an empirical distribution needs values");
	if (dist->cumulative[dist->nr - 1] == 0)
		return diag_error(b->diag, loc,
				  "the weights of an empirical distribution are all 0");
	for (u32 i = 0; dist->value_hi && i < dist->nr; i++)
		if (dist->value_hi[i] < dist->value[i])
			return diag_error(b->diag, loc,
					  "bin %u of an empirical distribution ends "
					  "before it begins",
					  i + 1);
	return true;
}

static bool check_dist(struct builder *b, struct loc loc, const struct dist *dist)
{
	if (dist->min > dist->max)
		return diag_error(b->diag, loc,
				  "a distribution's min %" PRIu64 " is above its max %" PRIu64,
				  dist->min, dist->max);
	switch (dist->kind) {
	case DIST_UNIFORM:
		if (dist->a > dist->b)
			return diag_error(b->diag, loc,
					  "a uniform distribution goes from the smaller "
					  "to the larger value");
		return true;
	case DIST_LOGNORMAL:
		if (dist->b > SIGMA_GREATEST)
			return diag_error(b->diag, loc,
					  "sigma of a lognormal distribution is at most %d",
					  SIGMA_GREATEST / 1000);
		return true;
	case DIST_PARETO:
		if (dist->b == 0)
			return diag_error(b->diag, loc,
					  "a pareto distribution needs an alpha above 0");
		return true;
	case DIST_EMPIRICAL:
		return check_empirical(b, loc, dist);
	default:
		return true;
	}
}

static const u64 *copy_values(struct builder *b, const u64 *from, u32 nr)
{
	if (!from)
		return NULL;
	u64 *to = arena_array(b->arena, u64, nr);

	memcpy(to, from, nr * sizeof(*to));
	return to;
}

static struct dist own_dist(struct builder *b, const struct dist *given, u64 limit)
{
	struct dist dist = *given;

	dist.max = min_of(dist.max, max_of(limit, dist.min));
	if (dist.kind == DIST_EMPIRICAL) {
		dist.value = copy_values(b, dist.value, dist.nr);
		dist.value_hi = copy_values(b, dist.value_hi, dist.nr);
		dist.cumulative = copy_values(b, dist.cumulative, dist.nr);
	} else {
		dist.nr = 0;
		dist.value = dist.value_hi = dist.cumulative = NULL;
	}
	return dist;
}

bool take_dist(struct builder *b, struct loc loc, const struct quantity *q, struct dist *out)
{
	if (!q->is_dist) {
		*out = (struct dist){.kind = DIST_CONSTANT, .a = q->value, .max = NEVER - 1};
		return true;
	}
	if (!check_dist(b, loc, &q->dist))
		return false;
	*out = own_dist(b, &q->dist, NEVER - 1);
	return true;
}

void op_set_quantity(struct builder *b, struct loc loc, struct op *op, const struct quantity *q,
		     u64 limit)
{
	if (q->is_dist && q->dist.kind != DIST_CONSTANT) {
		op->value = 1; /* for an op whose distribution is refused */
		if (!check_dist(b, loc, &q->dist))
			return;
		op->flags |= OP_DIST;
		vec_push(&b->dists, own_dist(b, &q->dist, limit));
		op->value = b->dists.len - 1;
		return;
	}
	op->value = q->is_dist ? clamp_to(q->dist.a, q->dist.min, q->dist.max) : q->value;
	if (op->value > limit) {
		diag_error(b->diag, loc,
			   "%s in task '%s' is too long: at most 52 days can be simulated",
			   op_infos[op->code].key, b->task.name);
		op->value = limit;
	}
}
