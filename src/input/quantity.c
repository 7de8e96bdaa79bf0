/* SPDX-License-Identifier: MIT */
/*
 * Quantities: a value or a distribution.
 *
 * A distribution is a map with one key, its name: {uniform: [1ms, 2ms]}. Its parameters are read in
 * the unit of the quantity, so the same words serve times, sizes and counts.
 */
#include "input/quantity.h"

#include <string.h>

/* Large enough for every use, small enough that sums of many stay in 64 bits. */
enum { WEIGHT_MAX = 1000000000 };
static const u64 size_max = 1ULL << 40;
static const u64 count_max = 1000000000;

/* What is being read: the kind decides how values are written. */
struct draw {
	enum quantity_kind kind;
	struct dist *dist;
};

struct quantity_map {
	const struct doc_node *min, *max, *mean, *stddev, *median, *sigma, *alpha;
};

struct step_map {
	const struct doc_node *value, *weight, *from, *to, *count;
};

static bool read_value(struct reader *r, const struct doc_node *node, enum quantity_kind kind,
		       u64 *out)
{
	switch (kind) {
	case QUANTITY_DURATION:
		return read_duration(r, node, 0, NEVER, out);
	case QUANTITY_SIZE:
		return read_size(r, node, 0, size_max, out);
	default:
		return read_uint(r, node, 0, count_max, out);
	}
}

/* "0.5" in 1/1000, exactly; at most three decimals. */
static bool read_milli(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest,
		       u64 *out)
{
	const char *s = node->text;
	u64 value = 0;
	u32 decimals = 0;
	bool point = false;

	if (node->kind != DOC_SCALAR || !node->plain || *s < '0' || *s > '9')
		return node_mismatch(r, node, "a number such as 0.5");
	for (; *s; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9' || value > UINT64_MAX / 100)
			return node_mismatch(r, node, "a number such as 0.5");
		if (decimals == 3) {
			if (*s == '0')
				continue;
			return diag_error(r->diag, node->loc, "%s has more than three decimals",
					  node_label(r, node));
		}
		value = value * 10 + (u64)(*s - '0');
		decimals += point;
	}
	for (; decimals < 3; decimals++)
		value *= 10;
	if (value < lowest || value > highest)
		return diag_error(r->diag, node->loc,
				  "%s must be from %" PRIu64 ".%03" PRIu64 " to %" PRIu64
				  ".%03" PRIu64 ", not %s",
				  node_label(r, node), lowest / 1000, lowest % 1000, highest / 1000,
				  highest % 1000, node_found(r, node));
	*out = value;
	return true;
}

/* Exactly two values in a list. */
static bool read_pair(struct reader *r, const struct doc_node *node, enum quantity_kind kind,
		      u64 *a, u64 *b)
{
	bool good;

	if (node->nr != 2)
		return diag_error(r->diag, node->loc, "%s takes two values: [least, greatest]",
				  node_label(r, node));
	good = read_value(r, node->first, kind, a);
	return read_value(r, node->first->next, kind, b) && good;
}

static const struct field parameter_fields[] = {
	FIELD("min", FIELD_NODE, struct quantity_map, min),
	FIELD("max", FIELD_NODE, struct quantity_map, max),
	FIELD("mean", FIELD_NODE, struct quantity_map, mean),
	FIELD("stddev", FIELD_NODE, struct quantity_map, stddev),
	FIELD("median", FIELD_NODE, struct quantity_map, median),
	FIELD("sigma", FIELD_NODE, struct quantity_map, sigma),
	FIELD("alpha", FIELD_NODE, struct quantity_map, alpha),
};

/* Reads a distribution's map; parameters outside of @allowed are unknown keys. */
static bool read_parameters(struct reader *r, const struct doc_node *node,
			    const char *const *allowed, size_t nr, struct quantity_map *out)
{
	struct field table[ARRAY_SIZE(parameter_fields)];
	size_t rows = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parameter_fields); i++)
		for (size_t k = 0; k < nr; k++)
			if (strcmp(parameter_fields[i].key, allowed[k]) == 0)
				table[rows++] = parameter_fields[i];
	return fields_read(r, node, arena_printf(r->scratch, "'%s'", node->key), table, rows, out);
}

/* A parameter that must be there. */
static bool need(struct reader *r, const struct doc_node *dist, const struct doc_node *parameter,
		 const char *name)
{
	if (!parameter)
		return diag_error(r->diag, dist->loc, "'%s' has no '%s'", dist->key, name);
	return true;
}

/* The optional clamp. */
static bool read_clamp(struct reader *r, const struct doc_node *node, const struct quantity_map *m,
		       struct draw *draw)
{
	struct dist *dist = draw->dist;

	if (m->min && !read_value(r, m->min, draw->kind, &dist->min))
		return false;
	if (m->max && !read_value(r, m->max, draw->kind, &dist->max))
		return false;
	if (dist->min > dist->max)
		return diag_error(r->diag, node->loc, "'%s': min is greater than max", node->key);
	return true;
}

static bool read_constant(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	draw->dist->kind = DIST_CONSTANT;
	return read_value(r, node, draw->kind, &draw->dist->a);
}

static bool read_uniform(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	static const char *const keys[] = {"min", "max"};
	struct dist *dist = draw->dist;
	struct quantity_map m = {0};

	dist->kind = DIST_UNIFORM;
	if (node->kind == DOC_LIST) {
		if (!read_pair(r, node, draw->kind, &dist->a, &dist->b))
			return false;
	} else {
		if (!read_parameters(r, node, keys, ARRAY_SIZE(keys), &m) ||
		    !need(r, node, m.min, "min") || !need(r, node, m.max, "max") ||
		    !read_value(r, m.min, draw->kind, &dist->a) ||
		    !read_value(r, m.max, draw->kind, &dist->b))
			return false;
	}
	if (dist->a > dist->b)
		return diag_error(r->diag, node->loc,
				  "'uniform' goes from the least value to the greatest");
	return true;
}

static bool read_normal(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	static const char *const keys[] = {"mean", "stddev", "min", "max"};
	struct quantity_map m = {0};

	draw->dist->kind = DIST_NORMAL;
	return read_parameters(r, node, keys, ARRAY_SIZE(keys), &m) &&
	       need(r, node, m.mean, "mean") && need(r, node, m.stddev, "stddev") &&
	       read_value(r, m.mean, draw->kind, &draw->dist->a) &&
	       read_value(r, m.stddev, draw->kind, &draw->dist->b) && read_clamp(r, node, &m, draw);
}

static bool read_exponential(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	static const char *const keys[] = {"mean", "min", "max"};
	struct quantity_map m = {0};

	draw->dist->kind = DIST_EXPONENTIAL;
	if (node->kind == DOC_SCALAR)
		return read_value(r, node, draw->kind, &draw->dist->a);
	return read_parameters(r, node, keys, ARRAY_SIZE(keys), &m) &&
	       need(r, node, m.mean, "mean") && read_value(r, m.mean, draw->kind, &draw->dist->a) &&
	       read_clamp(r, node, &m, draw);
}

static bool read_lognormal(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	static const char *const keys[] = {"median", "sigma", "min", "max"};
	struct quantity_map m = {0};

	draw->dist->kind = DIST_LOGNORMAL;
	return read_parameters(r, node, keys, ARRAY_SIZE(keys), &m) &&
	       need(r, node, m.median, "median") && need(r, node, m.sigma, "sigma") &&
	       read_value(r, m.median, draw->kind, &draw->dist->a) &&
	       read_milli(r, m.sigma, 0, 10000, &draw->dist->b) && read_clamp(r, node, &m, draw);
}

static bool read_pareto(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	static const char *const keys[] = {"min", "alpha", "max"};
	struct quantity_map m = {0};

	draw->dist->kind = DIST_PARETO;
	return read_parameters(r, node, keys, ARRAY_SIZE(keys), &m) &&
	       need(r, node, m.min, "min") && need(r, node, m.alpha, "alpha") &&
	       read_value(r, m.min, draw->kind, &draw->dist->a) &&
	       read_milli(r, m.alpha, 1, 1000000, &draw->dist->b) && read_clamp(r, node, &m, draw);
}

/* One value of an empirical distribution: itself, or with a weight. */
static bool read_sample(struct reader *r, const struct doc_node *item, struct draw *draw,
			u64 *value, u64 *weight)
{
	static const struct field table[] = {
		FIELD("value", FIELD_NODE, struct step_map, value, .required = true),
		FIELD("weight", FIELD_NODE, struct step_map, weight),
	};
	struct step_map m = {0};

	*weight = 1;
	if (item->kind != DOC_MAP)
		return read_value(r, item, draw->kind, value);
	return fields_read(r, item, "'empirical'", table, ARRAY_SIZE(table), &m) &&
	       read_value(r, m.value, draw->kind, value) &&
	       (!m.weight || read_uint(r, m.weight, 0, WEIGHT_MAX, weight));
}

static bool read_bin(struct reader *r, const struct doc_node *item, struct draw *draw, u64 *from,
		     u64 *to, u64 *count)
{
	static const struct field table[] = {
		FIELD("from", FIELD_NODE, struct step_map, from, .required = true),
		FIELD("to", FIELD_NODE, struct step_map, to, .required = true),
		FIELD("count", FIELD_NODE, struct step_map, count, .required = true),
	};
	struct step_map m = {0};

	if (!fields_read(r, item, "'histogram'", table, ARRAY_SIZE(table), &m) ||
	    !read_value(r, m.from, draw->kind, from) || !read_value(r, m.to, draw->kind, to) ||
	    !read_uint(r, m.count, 0, WEIGHT_MAX, count))
		return false;
	if (*from > *to)
		return diag_error(r->diag, item->loc, "'from' is greater than 'to'");
	return true;
}

/* Both kinds of steps: values (high is NULL) and bins. */
static bool read_steps(struct reader *r, const struct doc_node *node, struct draw *draw, bool bins)
{
	u64 *low, *high, *cumulative, sum = 0;
	bool good = true;
	u32 i = 0;

	draw->dist->kind = DIST_EMPIRICAL;
	if (node->kind != DOC_LIST || !node->nr)
		return node_mismatch(r, node,
				     bins ? "a list of {from, to, count}" : "a list of values");
	low = arena_array(r->scratch, u64, node->nr);
	high = bins ? arena_array(r->scratch, u64, node->nr) : NULL;
	cumulative = arena_array(r->scratch, u64, node->nr);
	doc_for_each (item, node) {
		u64 weight = 0;

		if (bins ? !read_bin(r, item, draw, &low[i], &high[i], &weight)
			 : !read_sample(r, item, draw, &low[i], &weight))
			good = false;
		cumulative[i++] = sum += weight;
	}
	if (good && !sum)
		return diag_error(r->diag, node->loc, "'%s': all weights are 0", node->key);
	draw->dist->nr = node->nr;
	draw->dist->value = low;
	draw->dist->value_hi = high;
	draw->dist->cumulative = cumulative;
	return good;
}

static bool read_empirical(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	return read_steps(r, node, draw, false);
}

static bool read_histogram(struct reader *r, const struct doc_node *node, struct draw *draw)
{
	return read_steps(r, node, draw, true);
}

static const struct dist_word {
	const char *name;
	bool (*read)(struct reader *r, const struct doc_node *node, struct draw *draw);
} dist_words[] = {
	{"constant", read_constant},       {"uniform", read_uniform},     {"normal", read_normal},
	{"exponential", read_exponential}, {"lognormal", read_lognormal}, {"pareto", read_pareto},
	{"empirical", read_empirical},     {"histogram", read_histogram},
};

static const struct dist_word *find_word(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(dist_words); i++)
		if (strcmp(dist_words[i].name, name) == 0)
			return &dist_words[i];
	return NULL;
}

bool is_distribution(const struct doc_node *node)
{
	return node->kind == DOC_MAP && node->nr == 1 && find_word(node->first->key);
}

static bool read_distribution(struct reader *r, const struct doc_node *node,
			      enum quantity_kind kind, struct dist *dist)
{
	const char *names[ARRAY_SIZE(dist_words)];
	struct draw draw = {.kind = kind, .dist = dist};
	const struct dist_word *word;

	if (node->nr != 1)
		return diag_error(r->diag, node->loc,
				  "a distribution is one name with its parameters, such as "
				  "{uniform: [1, 2]}");
	word = find_word(node->first->key);
	if (word)
		return word->read(r, node->first, &draw);
	for (size_t i = 0; i < ARRAY_SIZE(dist_words); i++)
		names[i] = dist_words[i].name;
	return diag_error(r->diag, node->first->key_loc, "unknown distribution '%s'%s",
			  clip_text(r, node->first->key),
			  did_you_mean(r, node->first->key, names, ARRAY_SIZE(names)));
}

/* "normal(1ms, 2ms)", "uniform 1 2" */
static bool is_meant_as_distribution(const struct doc_node *node)
{
	size_t len =
		node->kind == DOC_SCALAR ? strspn(node->text, "abcdefghijklmnopqrstuvwxyz") : 0;

	for (size_t i = 0; i < ARRAY_SIZE(dist_words); i++)
		if (strlen(dist_words[i].name) == len &&
		    strncmp(dist_words[i].name, node->text, len) == 0)
			return true;
	return false;
}

bool read_quantity(struct reader *r, const struct doc_node *node, enum quantity_kind kind,
		   struct quantity *out)
{
	struct quantity quantity = {0};

	if (node->kind == DOC_MAP) {
		quantity.is_dist = true;
		quantity.dist.max = UINT64_MAX;
		if (!read_distribution(r, node, kind, &quantity.dist))
			return false;
	} else if (is_meant_as_distribution(node)) {
		return node_mismatch(
			r, node,
			"a value, or a map that is a distribution, such as {uniform: [1, 2]}");
	} else if (!read_value(r, node, kind, &quantity.value)) {
		return false;
	}
	*out = quantity;
	return true;
}
