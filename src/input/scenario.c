/* SPDX-License-Identifier: MIT */
/*
 * ossim's own YAML: the top level.
 *
 * Sections are compiled in the order in which they need each other (kernel, machine, resources,
 * tasks, promises), not in the order of the file. A mistake in one does not keep the others from
 * being read, so that one run shows them all.
 */
#include "input/scenario.h"

#include <string.h>

/* The sections, by key. */
struct scenario {
	const struct doc_node *model, *title, *kernel, *seed, *duration, *machine, *sched, *ext,
		*groups, *tasks, *expect;
	struct resource_sections resources;
};

static const struct field scenario_fields[] = {
	FIELD("title", FIELD_NODE, struct scenario, title),
	FIELD("model", FIELD_NODE, struct scenario, model),
	FIELD("kernel", FIELD_NODE, struct scenario, kernel),
	FIELD("seed", FIELD_NODE, struct scenario, seed),
	FIELD("duration", FIELD_NODE, struct scenario, duration),
	FIELD("machine", FIELD_NODE, struct scenario, machine),
	FIELD("sched", FIELD_NODE, struct scenario, sched),
	FIELD("ext", FIELD_NODE, struct scenario, ext),
	FIELD("groups", FIELD_NODE, struct scenario, groups),
#define X(key) FIELD(#key, FIELD_NODE, struct scenario, resources.key),
	RESOURCE_SECTIONS(X)
#undef X
		FIELD("tasks", FIELD_NODE, struct scenario, tasks, .required = true),
	FIELD("expect", FIELD_NODE, struct scenario, expect),
	{.key = "x-", .kind = FIELD_OWN}, /* a place for anchors */
};

static void read_seed(struct reader *r, const struct doc_node *node)
{
	u64 seed;

	if (read_uint(r, node, 0, UINT64_MAX, &seed))
		builder_seed(r->builder, seed);
}

/* `none`: until no task is left. */
static void read_end(struct reader *r, const struct doc_node *node)
{
	u64 duration;

	if (node->kind == DOC_SCALAR && strcmp(node->text, "none") == 0)
		builder_duration(r->builder, NEVER);
	else if (read_duration(r, node, 1, NEVER, &duration))
		builder_duration(r->builder, duration);
}

/* The kernel decides which knobs and switches there are. */
static bool read_kernel(struct reader *r, const struct doc_node *node)
{
	const char *name;

	return read_name(r, node, &name) && builder_kernel(r->builder, node->loc, name);
}

static bool read_model(struct reader *r, const struct doc_node *node)
{
	const char *name;

	return read_name(r, node, &name) && builder_model(r->builder, node->loc, name);
}

/* Sections that are about Linux alone. */
static bool sections_fit_model(struct reader *r, const struct scenario *s)
{
	const struct doc_node *sections[] = {s->sched, s->ext, s->groups};
	static const char *const keys[] = {"sched", "ext", "groups"};
	bool fit = true;

	if (builder_has_linux_model(r->builder))
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(sections); i++)
		if (sections[i])
			fit = diag_error(r->diag, sections[i]->loc, "xv6 has no '%s'", keys[i]);
	return fit;
}

static void read_sections(struct reader *r, const struct doc_node *root, const char *name,
			  const struct scenario *s)
{
	const char *title = NULL;
	bool machine_known = true;

	if (s->title && !read_text(r, s->title, &title))
		title = NULL;
	builder_name(r->builder, name, title);
	if (s->seed)
		read_seed(r, s->seed);
	if (s->duration)
		read_end(r, s->duration);
	if (s->model && !(read_model(r, s->model) && sections_fit_model(r, s)))
		machine_known = false;
	if (s->kernel && !read_kernel(r, s->kernel))
		machine_known = false;
	if (machine_known)
		machine_known = scenario_machine(r, s->machine, s->sched, root->loc);
	if (s->ext)
		scenario_ext(r, s->ext);
	if (s->groups)
		scenario_groups(r, s->groups);
	scenario_resources(r, &s->resources);
	scenario_messages(r, &s->resources);
	if (s->tasks)
		scenario_tasks(r, s->tasks);
	if (s->expect)
		scenario_expect(r, s->expect);
}

static void read_scenario(struct reader *r, const struct doc_node *root, const char *name)
{
	struct scenario s = {0};

	if (root->kind != DOC_MAP) {
		diag_error(r->diag, root->loc,
			   "a scenario is a map with 'machine', 'tasks' and so on, not %s",
			   node_found(r, root));
		return;
	}
	(void)!fields_read(r, root, "the scenario", scenario_fields, ARRAY_SIZE(scenario_fields),
			   &s);
	read_sections(r, root, name, &s);
}

/* Parses @text and applies the settings in their order; NULL after an error. */
static struct doc_node *read_document(struct arena *arena, struct diag *diag, u32 source,
				      const char *text, size_t len, const struct setting *settings,
				      u32 nr_settings)
{
	struct doc_node *root;
	bool good = true;

	if (doc_looks_like_json(text, len)) {
		char *copy = arena_strndup(arena, text, len);

		doc_blank_comments(copy, len);
		text = copy;
	}
	if (!doc_parse(arena, diag, source, text, len, 0, &root))
		return NULL;
	if (!root || root->kind == DOC_NULL) {
		diag_error(diag, (struct loc){.source = source}, "the file is empty");
		return NULL;
	}
	for (u32 i = 0; i < nr_settings; i++)
		if (!setting_apply(arena, diag, &root, &settings[i]))
			good = false;
	return good ? root : NULL;
}

const struct workload *scenario_compile(struct arena *arena, struct diag *diag, u32 source,
					const char *name, const char *text, size_t len,
					const struct setting *settings, u32 nr_settings)
{
	u32 errors_before = diag_errors(diag);
	const struct workload *workload = NULL;
	const struct doc_node *root;
	struct arena scratch;

	arena_init(&scratch);
	root = read_document(&scratch, diag, source, text, len, settings, nr_settings);
	if (root) {
		struct reader r = {
			.diag = diag,
			.builder = builder_new(arena, diag),
			.scratch = &scratch,
			.workload = arena,
		};

		read_scenario(&r, root, name);
		if (diag_errors(diag) == errors_before)
			workload = builder_finish(r.builder);
		builder_free(r.builder);
	}
	arena_fini(&scratch);
	return workload;
}
