/* SPDX-License-Identifier: MIT */
/*
 * `groups:`: a map of groups, each with its weight, its quota and the groups below it.
 *
 * Weights and quotas may be written as cgroup v2 has them (weight or weight_nice, max) or v1
 * (shares, quota and period), or by the name of the kernel's file with what is written into it
 * (cpu.max: 20000 100000). Reference: fair.md 8.1.
 */
#include "input/scenario.h"

#include "base/text.h"
#include "model/nice.h"

#include <string.h>

enum { WEIGHT_DEFAULT = 100, WEIGHT_GREATEST = 10000, DEPTH_MAX = 32 };

static const u64 period_default = 100 * MSEC;

struct group_map {
	/* by whatever name */
	const struct doc_node *weight, *weight_nice, *shares, *max, *quota, *period, *burst, *idle,
		*groups;
	const struct doc_node *rt_runtime, *rt_period, *pids_max;
};

/* A group begins thawed: its files are written by somebody. */
static bool refuse_freeze(struct reader *r, const struct doc_node *value, void *target unused_arg)
{
	return diag_error(
		r->diag, value->key_loc,
		"a group is frozen by an action of a task: 'set_group: {group: NAME, freeze: true}'");
}

/*
 * What a group is made with, and what set_group may write: of @type; @of: "to." if a member of it.
 */
#define GROUP_FIELDS(type, of)                                               \
	FIELD("weight", FIELD_NODE, type, of weight),                        \
		FIELD("cpu.weight", FIELD_NODE, type, of weight),            \
		FIELD("weight_nice", FIELD_NODE, type, of weight_nice),      \
		FIELD("cpu.weight.nice", FIELD_NODE, type, of weight_nice),  \
		FIELD("shares", FIELD_NODE, type, of shares),                \
		FIELD("cpu.shares", FIELD_NODE, type, of shares),            \
		FIELD("max", FIELD_NODE, type, of max),                      \
		FIELD("cpu.max", FIELD_NODE, type, of max),                  \
		FIELD("quota", FIELD_NODE, type, of quota),                  \
		FIELD("cpu.cfs_quota_us", FIELD_NODE, type, of quota),       \
		FIELD("period", FIELD_NODE, type, of period),                \
		FIELD("cpu.cfs_period_us", FIELD_NODE, type, of period),     \
		FIELD("burst", FIELD_NODE, type, of burst),                  \
		FIELD("cpu.max.burst", FIELD_NODE, type, of burst),          \
		FIELD("cpu.cfs_burst_us", FIELD_NODE, type, of burst),       \
		FIELD("idle", FIELD_NODE, type, of idle),                    \
		FIELD("cpu.idle", FIELD_NODE, type, of idle),                \
		FIELD("rt_runtime", FIELD_NODE, type, of rt_runtime),        \
		FIELD("cpu.rt_runtime_us", FIELD_NODE, type, of rt_runtime), \
		FIELD("rt_period", FIELD_NODE, type, of rt_period),          \
		FIELD("cpu.rt_period_us", FIELD_NODE, type, of rt_period)

static const struct field group_fields[] = {
	GROUP_FIELDS(struct group_map, ),
	FIELD("pids_max", FIELD_NODE, struct group_map, pids_max),
	FIELD("pids.max", FIELD_NODE, struct group_map, pids_max),
	FIELD("groups", FIELD_NODE, struct group_map, groups),
	{.key = "freeze", .kind = FIELD_CALL, .call = refuse_freeze},
	{.key = "freezer", .kind = FIELD_CALL, .call = refuse_freeze},
};

/* cpu.weight 100 is 1024 shares, rounded to the nearest. */
static u32 shares_of_weight(u64 weight)
{
	return (u32)((weight * 1024 + WEIGHT_DEFAULT / 2) / WEIGHT_DEFAULT);
}

static void read_weight(struct reader *r, const struct group_map *m, struct group_spec *group)
{
	s64 nice;
	u64 value;

	if (fields_said_twice(r, m->weight, m->shares) ||
	    fields_said_twice(r, m->weight, m->weight_nice) ||
	    fields_said_twice(r, m->weight_nice, m->shares))
		return;
	if (m->weight_nice && read_int(r, m->weight_nice, NICE_MIN, NICE_MAX, &nice))
		group->shares = nice_weight((s32)nice);
	if (m->weight && read_uint(r, m->weight, 1, WEIGHT_GREATEST, &value))
		group->shares = shares_of_weight(value);
	if (m->shares && read_uint(r, m->shares, 2, 1 << 18, &value))
		group->shares = (u32)value;
}

/* It is called as the kernel's file, and has what is written into it: no units. */
static bool is_file(const struct doc_node *node)
{
	return strchr(node->key, '.') != NULL;
}

/* A time from @lowest to @highest ns; a file's are whole microseconds. */
static bool read_time(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest,
		      u64 *out)
{
	u64 us;

	if (!is_file(node))
		return read_duration(r, node, lowest, highest, out);
	if (!read_uint(r, node, (lowest + USEC - 1) / USEC, highest / USEC, &us))
		return false;
	*out = us * USEC;
	return true;
}

/* Microseconds of cpu.max, as many as a quota may have. */
static bool parse_us(const char *text, size_t len, u64 *ns)
{
	const char *error;
	u64 us = 0;

	if (!parse_u64(text, len, &us, &error) || !us || us > SEC * 1000 / USEC)
		return false;
	*ns = us * USEC;
	return true;
}

/*
 * cpu.max: "QUOTA PERIOD" or "QUOTA", which leaves the period as it is (cpu_max_write()); QUOTA may
 * be "max".
 */
static void read_max_file(struct reader *r, const struct doc_node *node, struct group_spec *group)
{
	u64 quota = GROUP_NO_QUOTA, period = group->period_ns;
	bool good = node->kind == DOC_SCALAR;
	size_t len;

	if (good) {
		len = strcspn(node->text, " ");
		good = (len == 3 && !strncmp(node->text, "max", 3)) ||
		       parse_us(node->text, len, &quota);
		if (node->text[len])
			good &= parse_us(node->text + len + 1, strlen(node->text + len + 1),
					 &period);
	}
	if (!good) {
		(void)node_mismatch(r, node,
				    "a quota and a period in us such as 20000 100000, or max");
		return;
	}
	group->quota_ns = quota;
	group->period_ns = period;
}

/* One half of "20ms/100ms". */
static bool read_part(struct reader *r, const struct doc_node *node, const char *text, size_t len,
		      u64 *out)
{
	const char *error;

	if (parse_duration(text, len, 0, out, &error))
		return *out ||
		       diag_error(r->diag, node->loc, "quota and period of 'max' must be above 0");
	return diag_error(r->diag, node->loc,
			  "'max' must be a quota and its period such as 20ms/100ms, or max, not "
			  "'%s': %s",
			  clip_text(r, node->text), error);
}

static void read_max(struct reader *r, const struct doc_node *node, struct group_spec *group)
{
	const char *text = NULL, *slash;
	u64 quota = 0;

	if (!read_text(r, node, &text))
		return;
	slash = strchr(text, '/');
	if (slash && !read_part(r, node, slash + 1, strlen(slash + 1), &group->period_ns))
		return;
	if (!slash)
		slash = text + strlen(text);
	if (strncmp(text, "max", (size_t)(slash - text)) == 0 && slash - text == 3)
		return;
	if (read_part(r, node, text, (size_t)(slash - text), &quota))
		group->quota_ns = quota;
}

static void read_bandwidth(struct reader *r, const struct group_map *m, struct group_spec *group)
{
	if (fields_said_twice(r, m->max, m->quota) || fields_said_twice(r, m->max, m->period))
		return;
	if (m->max && is_file(m->max))
		read_max_file(r, m->max, group);
	else if (m->max)
		read_max(r, m->max, group);
	group->quota_of_v1 = m->quota || m->period;
	if (m->quota && !(m->quota->kind == DOC_SCALAR && !strcmp(m->quota->text, "-1")))
		(void)!read_time(r, m->quota, 1, SEC * 1000, &group->quota_ns);
	if (m->period)
		(void)!read_time(r, m->period, 1, SEC * 1000, &group->period_ns);
	if (m->burst)
		(void)!read_time(r, m->burst, 0, SEC * 1000, &group->burst_ns);
}

/*
 * cpu.rt_runtime_us, cpu.rt_period_us. A runtime that was not understood is one, so that nobody is
 * told that there is none.
 */
static void read_rt(struct reader *r, const struct group_map *m, struct group_spec *group)
{
	if (m->rt_runtime && !read_time(r, m->rt_runtime, 0, SEC * 1000, &group->rt_runtime_ns))
		group->rt_runtime_ns = 1;
	if (m->rt_period)
		(void)!read_time(r, m->rt_period, USEC, SEC * 1000, &group->rt_period_ns);
}

/* 0 and 1, as the kernel's files have it, or false and true. */
static bool read_flag(struct reader *r, const struct doc_node *node, bool *out)
{
	if (node->kind != DOC_SCALAR || (strcmp(node->text, "0") && strcmp(node->text, "1")))
		return read_bool(r, node, out);
	*out = node->text[0] == '1';
	return true;
}

static void read_idle(struct reader *r, const struct group_map *m, struct group_spec *group)
{
	const struct doc_node *node = m->idle;

	if (!read_flag(r, node, &group->idle))
		return;
	if (group->idle && (m->weight || m->weight_nice || m->shares))
		diag_error(r->diag, node->key_loc, "an idle group has no weight of its own");
}

/* The action: set_group: {group: web, weight: 200, max: 20ms/100ms}. */
bool read_set_group_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct set_map {
		const struct doc_node *group;
		struct group_map to;
		const struct doc_node *freeze, *freezer;
	} m = {0};
	static const char *const freezer_states[] = {"THAWED", "FROZEN"};
	static const struct field table[] = {
		FIELD("group", FIELD_NODE, struct set_map, group, .required = true),
		GROUP_FIELDS(struct set_map, to.),
		FIELD("freeze", FIELD_NODE, struct set_map, freeze),
		FIELD("freezer", FIELD_NODE, struct set_map, freezer),
	};
	bool freeze = false;
	u32 freezer = 0;
	struct group_spec said = {.quota_ns = GROUP_NO_QUOTA};
	u32 errors = diag_errors(r->diag);

	if (!fields_read(r, node, "action 'set_group'", table, ARRAY_SIZE(table), &m) ||
	    !read_name(r, m.group, &out->group))
		return false;
	read_weight(r, &m.to, &said);
	read_bandwidth(r, &m.to, &said);
	read_rt(r, &m.to, &said);
	if (m.to.idle)
		read_idle(r, &m.to, &said);
	if (m.freeze)
		(void)!read_flag(r, m.freeze, &freeze);
	if (m.freezer)
		(void)!read_word(r, m.freezer, freezer_states, ARRAY_SIZE(freezer_states),
				 &freezer);
	out->change = (struct group_change){
		.what = (m.to.weight || m.to.weight_nice || m.to.shares ? GROUP_SETS_SHARES : 0) |
			(m.to.max || m.to.quota ? GROUP_SETS_QUOTA : 0) |
			(said.period_ns ? GROUP_SETS_PERIOD : 0) |
			(m.to.burst ? GROUP_SETS_BURST : 0) | (m.to.idle ? GROUP_SETS_IDLE : 0) |
			(m.freeze ? GROUP_SETS_FREEZE : 0) | (m.freezer ? GROUP_SETS_FREEZER : 0) |
			(m.to.rt_runtime ? GROUP_SETS_RT_RUNTIME : 0) |
			(m.to.rt_period ? GROUP_SETS_RT_PERIOD : 0) |
			(said.quota_of_v1 ? GROUP_QUOTA_OF_V1 : 0),
		.shares = said.shares,
		.idle = said.idle,
		.freeze = freeze,
		.freezer = freezer,
		.quota_ns = said.quota_ns,
		.period_ns = said.period_ns,
		.burst_ns = said.burst_ns,
		.rt_runtime_ns = said.rt_runtime_ns,
		.rt_period_ns = said.rt_period_ns,
	};
	return diag_errors(r->diag) == errors;
}

/* pids.max: a number; of the file also "max", which is none. */
static void read_pids_max(struct reader *r, const struct doc_node *node, u32 *out)
{
	u64 value;

	if (is_file(node) && node->kind == DOC_SCALAR && !strcmp(node->text, "max"))
		return;
	if (read_uint(r, node, 1, UINT32_MAX, &value))
		*out = (u32)value;
}

static void read_groups(struct reader *r, const struct doc_node *groups, u32 parent, u32 depth);

static void read_group(struct reader *r, const struct doc_node *node, u32 parent, u32 depth)
{
	struct group_map m = {0};
	struct group_spec group = {
		.name = node->key,
		.loc = node->key_loc,
		.parent = parent,
		.shares = shares_of_weight(WEIGHT_DEFAULT),
		.quota_ns = GROUP_NO_QUOTA,
		.period_ns = period_default,
	};
	const char *where = arena_printf(r->scratch, "group '%s'", clip_text(r, node->key));
	u32 index;

	if (node->kind != DOC_NULL)
		(void)!fields_read(r, node, where, group_fields, ARRAY_SIZE(group_fields), &m);
	read_weight(r, &m, &group);
	read_bandwidth(r, &m, &group);
	read_rt(r, &m, &group);
	if (m.pids_max)
		read_pids_max(r, m.pids_max, &group.pids_max);
	if (m.idle)
		read_idle(r, &m, &group);
	index = builder_group(r->builder, &group);
	if (m.groups)
		read_groups(r, m.groups, index, depth + 1);
}

static void read_groups(struct reader *r, const struct doc_node *groups, u32 parent, u32 depth)
{
	if (groups->kind == DOC_NULL)
		return;
	if (groups->kind != DOC_MAP) {
		node_mismatch(r, groups, "a map of groups by name");
		return;
	}
	if (depth > DEPTH_MAX) {
		diag_error(r->diag, groups->loc, "groups are nested more than %d deep", DEPTH_MAX);
		return;
	}
	doc_for_each (node, groups) {
		const char *name;

		if (read_key(r, node, &name))
			read_group(r, node, parent, depth);
	}
}

void scenario_groups(struct reader *r, const struct doc_node *groups)
{
	read_groups(r, groups, GROUP_ROOT, 1);
}
