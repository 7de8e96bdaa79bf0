/* SPDX-License-Identifier: MIT */
/*
 * Names, and what to suggest for one that does not exist.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"

const char *const symbol_kind_names[NR_SYMBOL_KINDS] = {
#define X(name, member, spec, word, ...) word,
	RESOURCES(X)
#undef X
		[SYMBOL_TASK] = "task",
	[SYMBOL_GROUP] = "group",
	[SYMBOL_USER] = "user",
	[SYMBOL_TEXT] = "text",
	[SYMBOL_CPUS] = "cpu set",
};

void symbols_init(struct symbols *symbols)
{
	*symbols = (struct symbols){0};
	names_init(&symbols->names);
}

void symbols_fini(struct symbols *symbols)
{
	for (u32 kind = 0; kind < NR_SYMBOL_KINDS; kind++)
		vec_fini(&symbols->index[kind]);
	names_fini(&symbols->names);
}

u32 *symbol_slot(struct symbols *symbols, enum symbol_kind kind, const char *name)
{
	u32 id = names_intern_str(&symbols->names, name);

	while (symbols->index[kind].len <= id)
		vec_push(&symbols->index[kind], 0);
	return &symbols->index[kind].at[id];
}

s64 symbol_find(const struct symbols *symbols, enum symbol_kind kind, const char *name, size_t len)
{
	u32 id = names_find(&symbols->names, name, len);

	if (!id || id >= symbols->index[kind].len)
		return -1;
	return (s64)symbols->index[kind].at[id] - 1;
}

const char *suggestion(struct builder *b, const char *word, const char *const *candidates, size_t n)
{
	const char *best = n ? text_suggest(word, candidates, n) : NULL;

	return best ? arena_printf(b->arena, " (did you mean '%s'?)", best) : "";
}

/*
 * A search through all names is costly if many names are wrong among many, and only the first
 * messages are shown.
 */
static bool may_suggest(struct builder *b)
{
	return b->nr_suggestions++ < 2 * DIAG_MAX_SHOWN;
}

const char *suggest_task(struct builder *b, const char *word, bool templates_only)
{
	vec_of(const char *) names = {0};

	if (!may_suggest(b))
		return "";
	for (u32 i = 0; i < b->tasks.len; i++)
		if (b->tasks.at[i].is_template || !templates_only)
			vec_push(&names, b->tasks.at[i].name);
	const char *text = suggestion(b, word, names.at, names.len);

	vec_fini(&names);
	return text;
}

/* Suggests among the declared ones and those that somebody gives. */
const char *suggest_resource(struct builder *b, enum symbol_kind kind, const char *word)
{
	vec_of(const char *) names = {0};

	if (!may_suggest(b))
		return "";
	for (u32 i = 0; i < b->uses[kind].len; i++) {
		const struct resource_use *use = &b->uses[kind].at[i];

		if (strcmp(use->name, word) != 0 && (use->declared || use->given))
			vec_push(&names, use->name);
	}
	const char *text = suggestion(b, word, names.at, names.len);

	vec_fini(&names);
	return text;
}
