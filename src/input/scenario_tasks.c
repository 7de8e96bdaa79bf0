/* SPDX-License-Identifier: MIT */
/*
 * `tasks:`: who there is, how they are scheduled, what they do.
 */
#include "input/scenario.h"

#include "model/nice.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

enum { COUNT_MAX = 1000000, PRIORITY_MAX = 99, LAG_MAX = 100 * (int)MSEC };

/* What a task's map may say; what needs the builder is read after the rest. */
struct task_map {
	struct policy_words words;
	const struct doc_node *comm, *affinity, *thread_of, *group, *program, *policy;
	u32 count;
	u8 birth;
	u32 cpu;
	u64 lag_ns;
	struct memory_spec memory;
	struct rlimit_spec limit_rttime, limit_cpu;
	u32 limit_nproc, limit_sigpending;
	const struct doc_node *user;
	bool is_template, session, kthread;
	u64 start_ns, start_step_ns, timer_slack_ns;
};

static const char *const birth_words[] = {[BIRTH_FORKED] = "forked", [BIRTH_WOKEN] = "woken"};

/* The name is read before all else, since messages about the rest tell it. */
static bool name_is_read(struct reader *r unused_arg, const struct doc_node *node unused_arg,
			 void *target unused_arg)
{
	return true;
}

/* memory: {pages: 2000, resident: 500, files: 300, vmas: 30}. */
static bool read_memory(struct reader *r, const struct doc_node *node, void *target)
{
	static const u64 pages_max = 1ULL << 32, vmas_max = 65530; /* 16 TiB; vm.max_map_count */
	static const u64 not_said = UINT64_MAX;
	struct memory_spec m = {.resident = not_said, .vmas = 1};
	const struct field table[] = {
		FIELD("pages", FIELD_UINT, struct memory_spec, pages, .required = true, .lowest = 1,
		      .highest = pages_max),
		FIELD("resident", FIELD_UINT, struct memory_spec, resident, .highest = pages_max),
		FIELD("files", FIELD_UINT, struct memory_spec, files, .highest = pages_max),
		FIELD("vmas", FIELD_UINT, struct memory_spec, vmas, .lowest = 1,
		      .highest = vmas_max),
	};

	if (!fields_read(r, node, "'memory'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.resident == not_said)
		m.resident = m.pages;
	if (m.resident > m.pages)
		return diag_error(r->diag, doc_get(node, "resident")->loc,
				  "'resident' is a part of 'pages', so it must be at most %" PRIu64,
				  m.pages);
	((struct task_map *)target)->memory = m;
	return true;
}

/* One half of "1s/2s". */
static bool read_limit_part(struct reader *r, const struct doc_node *node, const char *text,
			    size_t len, u64 *out)
{
	const char *error;

	if (len == 9 && !strncmp(text, "unlimited", len)) {
		*out = NEVER;
		return true;
	}
	if (!parse_duration(text, len, 0, out, &error))
		return diag_error(
			r->diag, node->loc,
			"'%s' must be a soft limit and perhaps a hard one such as 1s/2s, not '%s': %s",
			node->key, clip_text(r, node->text), error);
	if (!*out)
		return diag_error(r->diag, node->loc, "'%s' must be above 0", node->key);
	if (*out >= NEVER)
		return diag_error(r->diag, node->loc,
				  "'%s' is longer than any run: 'unlimited' says so", node->key);
	return true;
}

static bool is_whole_seconds(u64 limit)
{
	return limit == NEVER || limit % SEC == 0;
}

static bool read_limit(struct reader *r, const struct doc_node *node, struct rlimit_spec *out)
{
	const char *text = NULL, *slash;

	if (!read_text(r, node, &text))
		return false;
	out->hard = NEVER;
	slash = strchr(text, '/');
	if (slash && !read_limit_part(r, node, slash + 1, strlen(slash + 1), &out->hard))
		return false;
	if (!read_limit_part(r, node, text, slash ? (size_t)(slash - text) : strlen(text),
			     &out->soft))
		return false;
	if (out->soft > out->hard)
		return diag_error(r->diag, node->loc,
				  "the soft limit of '%s' is above its hard one", node->key);
	return true;
}

enum { SIGPENDING_MAX = 2000000 };

/* rlimits: {rttime: 200ms/500ms, cpu: 10s, nproc: 20, sigpending: 100}. */
static bool read_rlimits(struct reader *r, const struct doc_node *node, void *target)
{
	struct limit_map {
		const struct doc_node *rttime, *cpu, *sigpending;
		u32 nproc;
	} m = {0};
	static const struct field table[] = {
		FIELD("rttime", FIELD_NODE, struct limit_map, rttime),
		FIELD("cpu", FIELD_NODE, struct limit_map, cpu),
		FIELD("nproc", FIELD_UINT, struct limit_map, nproc, .lowest = 1,
		      .highest = UINT32_MAX),
		FIELD("sigpending", FIELD_NODE, struct limit_map, sigpending),
	};
	struct task_map *task = target;
	u64 sigpending = 0;

	if (!fields_read(r, node, "'rlimits'", table, ARRAY_SIZE(table), &m) ||
	    (m.rttime && !read_limit(r, m.rttime, &task->limit_rttime)) ||
	    (m.cpu && !read_limit(r, m.cpu, &task->limit_cpu)) ||
	    (m.sigpending && !read_uint(r, m.sigpending, 0, SIGPENDING_MAX, &sigpending)))
		return false;
	if (!is_whole_seconds(task->limit_cpu.soft) || !is_whole_seconds(task->limit_cpu.hard))
		return diag_error(r->diag, m.cpu->loc, "'cpu' is in whole seconds");
	task->limit_nproc = m.nproc;
	task->limit_sigpending = m.sigpending ? (u32)sigpending + 1 : 0;
	return true;
}

static const struct field task_fields[] = {
	{.key = "name", .kind = FIELD_CALL, .call = name_is_read},
	FIELD("comm", FIELD_NODE, struct task_map, comm),
	FIELD("count", FIELD_UINT, struct task_map, count, .lowest = 1, .highest = COUNT_MAX),
	FIELD("policy", FIELD_NODE, struct task_map, policy),
	FIELD("nice", FIELD_NODE, struct task_map, words.nice),
	FIELD("priority", FIELD_NODE, struct task_map, words.priority),
	FIELD("slice", FIELD_NODE, struct task_map, words.slice),
	FIELD("runtime", FIELD_NODE, struct task_map, words.runtime),
	FIELD("deadline", FIELD_NODE, struct task_map, words.deadline),
	FIELD("period", FIELD_NODE, struct task_map, words.period),
	FIELD("flags", FIELD_NODE, struct task_map, words.flags),
	FIELD("reset_on_fork", FIELD_BOOL, struct task_map, words.reset_on_fork),
	FIELD("affinity", FIELD_NODE, struct task_map, affinity),
	FIELD("start", FIELD_DURATION, struct task_map, start_ns, .highest = NEVER),
	FIELD("start_step", FIELD_DURATION, struct task_map, start_step_ns, .highest = NEVER),
	FIELD("birth", FIELD_WORD, struct task_map, birth, .words = birth_words,
	      .nr_words = ARRAY_SIZE(birth_words)),
	FIELD("cpu", FIELD_UINT, struct task_map, cpu, .highest = CPU_FIRST - 1),
	FIELD("lag", FIELD_DURATION, struct task_map, lag_ns, .highest = LAG_MAX),
	FIELD("thread_of", FIELD_NODE, struct task_map, thread_of),
	FIELD("group", FIELD_NODE, struct task_map, group),
	FIELD("session", FIELD_BOOL, struct task_map, session),
	FIELD("user", FIELD_NODE, struct task_map, user),
	{.key = "memory", .kind = FIELD_CALL, .call = read_memory},
	{.key = "rlimits", .kind = FIELD_CALL, .call = read_rlimits},
	FIELD("kthread", FIELD_BOOL, struct task_map, kthread),
	FIELD("timer_slack", FIELD_DURATION, struct task_map, timer_slack_ns, .highest = SEC),
	FIELD("template", FIELD_BOOL, struct task_map, is_template),
	FIELD("program", FIELD_NODE, struct task_map, program),
};

/* The policies that this version simulates, with the words for them. */
static const struct policy_word {
	const char *word;
	u8 policy;
} policy_words[] = {
	{"other", POLICY_OTHER},       {"normal", POLICY_OTHER}, {"batch", POLICY_BATCH},
	{"idle", POLICY_IDLE},         {"fifo", POLICY_FIFO},    {"rr", POLICY_RR},
	{"deadline", POLICY_DEADLINE}, {"ext", POLICY_EXT},
};

/* "SCHED_FIFO" is "fifo": the constants of <sched.h> are meant as well. */
static bool is_constant(const char *text, u32 *out)
{
	static const char prefix[] = "SCHED_";

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(policy_words); i++)
		if (strcasecmp(text + sizeof(prefix) - 1, policy_words[i].word) == 0) {
			*out = policy_words[i].policy;
			return true;
		}
	return false;
}

bool read_policy_name(struct reader *r, const struct doc_node *node, u32 *out)
{
	const char *words[ARRAY_SIZE(policy_words)];
	u32 index;

	if (node->kind == DOC_SCALAR && is_constant(node->text, out))
		return true;

	for (size_t i = 0; i < ARRAY_SIZE(policy_words); i++)
		words[i] = policy_words[i].word;
	if (!read_word(r, node, words, ARRAY_SIZE(words), &index))
		return false;
	*out = policy_words[index].policy;
	return true;
}

static bool read_priority(struct reader *r, const struct doc_node *policy,
			  const struct policy_words *words, struct sched_attr *attr)
{
	u64 priority;

	if (!policy_is_rt(attr->policy)) {
		if (!words->priority)
			return true;
		return diag_error(r->diag, words->priority->key_loc,
				  "'priority' is for the policies fifo and rr: use 'nice'");
	}
	if (!words->priority)
		return diag_error(r->diag, policy->loc,
				  "policy '%s' needs a 'priority' from 1 to %d",
				  policy_name(attr->policy), PRIORITY_MAX);
	if (!read_uint(r, words->priority, 1, PRIORITY_MAX, &priority))
		return false;
	attr->rt_priority = (u8)priority;
	return true;
}

/* flags: reclaim, or [reclaim, overrun]. */
static bool read_dl_flags(struct reader *r, const struct doc_node *node, u32 *flags)
{
	static const char *const words[] = {"reclaim", "overrun"};
	static const u32 bits[] = {DL_FLAG_RECLAIM, DL_FLAG_OVERRUN};
	u32 index;

	if (node->kind != DOC_LIST) {
		if (!read_word(r, node, words, ARRAY_SIZE(words), &index))
			return false;
		*flags = bits[index];
		return true;
	}
	doc_for_each (item, node) {
		if (!read_word(r, item, words, ARRAY_SIZE(words), &index))
			return false;
		*flags |= bits[index];
	}
	return true;
}

/* The words of the policy deadline: some it must have, others it must not. */
static bool read_reservation(struct reader *r, const struct doc_node *policy,
			     const struct policy_words *words, struct sched_attr *attr)
{
	const struct doc_node *all[] = {words->runtime, words->deadline, words->period,
					words->flags};
	const struct doc_node *fair = words->slice ? words->slice : words->nice;

	if (attr->policy != POLICY_DEADLINE) {
		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			if (all[i])
				return diag_error(r->diag, all[i]->key_loc,
						  "'%s' is for the policy deadline", all[i]->key);
		return true;
	}
	if (fair)
		return diag_error(r->diag, fair->key_loc, "'%s' is not for the policy deadline",
				  fair->key);
	if (!words->runtime || !words->deadline)
		return diag_error(r->diag, policy->loc,
				  "policy 'deadline' needs a 'runtime' and a 'deadline'");
	return read_duration(r, words->runtime, 0, NEVER, &attr->dl_runtime) &&
	       read_duration(r, words->deadline, 0, NEVER, &attr->dl_deadline) &&
	       (!words->period || read_duration(r, words->period, 0, NEVER, &attr->dl_period)) &&
	       (!words->flags || read_dl_flags(r, words->flags, &attr->dl_flags));
}

bool read_attr(struct reader *r, const struct doc_node *policy, const struct policy_words *words,
	       struct sched_attr *attr)
{
	bool good = true;
	s64 nice = 0;

	attr->policy = words->policy == POLICY_NOT_SAID ? POLICY_OTHER : (u8)words->policy;
	attr->reset_on_fork = words->reset_on_fork;
	if (!read_priority(r, policy, words, attr))
		good = false;
	if (!read_reservation(r, policy, words, attr))
		good = false;
	if (words->nice && !read_int(r, words->nice, NICE_MIN, NICE_MAX, &nice))
		good = false;
	attr->nice = (s8)nice;
	if (words->slice && !read_duration(r, words->slice, 0, SEC, &attr->slice_ns))
		good = false;
	return good;
}

/* Several items of a list, joined with commas. */
static bool join_cpus(struct reader *r, const struct doc_node *list, const char **out)
{
	struct text text = {0};
	bool good = list->nr > 0 || node_mismatch(r, list, "cpus such as 0-3");

	doc_for_each (item, list) {
		if (item->kind != DOC_SCALAR) {
			good = node_mismatch(r, item, "a cpu or a range of cpus");
			continue;
		}
		if (text.len)
			text_add_char(&text, ',');
		text_add(&text, item->text);
	}
	if (good)
		*out = arena_strndup(r->scratch, text.at, text.len);
	text_fini(&text);
	return good;
}

bool read_cpus(struct reader *r, const struct doc_node *node, const char **out)
{
	if (node->kind == DOC_LIST)
		return join_cpus(r, node, out);
	if (node->kind != DOC_SCALAR)
		return node_mismatch(r, node, "cpus such as 0-3");
	*out = node->text;
	return true;
}

static void set_attributes(struct reader *r, struct task_map *m, struct task_spec *spec)
{
	struct sched_attr attr = {0};
	const char *text = NULL;

	spec->count = m->count;
	if (m->comm && read_name(r, m->comm, &text))
		spec->comm = arena_strdup(r->workload, text);
	spec->is_template = m->is_template;
	spec->birth = m->birth;
	spec->cpu = m->cpu;
	spec->lag_ns = m->lag_ns;
	spec->session = m->session;
	spec->memory = m->memory;
	spec->limit_rttime = m->limit_rttime;
	spec->limit_cpu = m->limit_cpu;
	spec->limit_nproc = m->limit_nproc;
	spec->limit_sigpending = m->limit_sigpending;
	if (m->user && read_name(r, m->user, &text))
		builder_task_user(r->builder, text);
	spec->kthread = m->kthread;
	if (m->group && read_name(r, m->group, &text))
		builder_task_group(r->builder, m->group->loc, text);
	spec->start_ns = m->start_ns;
	spec->start_step_ns = m->start_step_ns;
	if (m->timer_slack_ns != UINT64_MAX)
		spec->timer_slack_ns = m->timer_slack_ns;
	if ((!m->policy || read_policy_name(r, m->policy, &m->words.policy)) &&
	    read_attr(r, m->policy, &m->words, &attr))
		spec->attr = attr;
	if (m->affinity && read_cpus(r, m->affinity, &text))
		spec->affinity = builder_cpus(r->builder, m->affinity->loc, text);
	if (m->thread_of && read_name(r, m->thread_of, &text))
		builder_thread_of(r->builder, m->thread_of->loc, text);
}

static void read_task(struct reader *r, const struct doc_node *node)
{
	struct task_map m = {.words.policy = POLICY_NOT_SAID,
			     .count = 1,
			     .cpu = CPU_FIRST,
			     .timer_slack_ns = UINT64_MAX};
	const struct doc_node *name_node = doc_get(node, "name");
	const char *name = "?", *where;
	struct task_spec *spec;

	if (node->kind != DOC_MAP) {
		node_mismatch(r, node, "a map with 'name' and 'program'");
		return;
	}
	if (!name_node)
		diag_error(r->diag, node->loc, "a task has no 'name'");
	else if (!read_name(r, name_node, &name))
		name_node = NULL;
	where = name_node ? arena_printf(r->scratch, "task '%s'", clip_text(r, name)) : "a task";
	(void)!fields_read(r, node, where, task_fields, ARRAY_SIZE(task_fields), &m);
	if (!m.program)
		diag_error(r->diag, name_node ? name_node->loc : node->loc, "%s has no 'program'",
			   where);
	else if (m.program->kind == DOC_NULL || (m.program->kind == DOC_LIST && !m.program->nr))
		diag_error(r->diag, m.program->key_loc, "the program of %s is empty", where);
	if (!name_node)
		return;
	spec = builder_task_begin(r->builder, name_node->loc, name);
	set_attributes(r, &m, spec);
	if (m.program && m.program->kind != DOC_NULL)
		read_program(r, m.program);
	builder_task_end(r->builder);
}

void scenario_tasks(struct reader *r, const struct doc_node *tasks)
{
	if (tasks->kind != DOC_LIST) {
		node_mismatch(r, tasks, "a list of tasks: '- name: ...'");
		return;
	}
	if (!tasks->nr)
		diag_error(r->diag, tasks->loc, "there are no tasks");
	doc_for_each (node, tasks) {
		read_task(r, node);
	}
}
