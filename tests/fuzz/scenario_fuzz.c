/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes as a scenario. Seeds: workloads/ and tests/invalid/.
 *
 * Whatever comes in, the compiler must end with a workload or with messages: never a crash, an
 * assertion, a leak or a hang. If the bytes hold a form feed, what precedes it is a `--set` value
 * of the path in its first line, so that settings are tried too.
 */
#include "base/diag.h"
#include "base/ensure.h"
#include "base/text.h"
#include "input/input.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Texts for the compiler end in NUL, as a file that was read does. */
static char *copy_text(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		die("out of memory");
	if (len)
		memcpy(copy, text, len);
	copy[len] = 0;
	return copy;
}

/* "path=value" before the form feed. */
static bool split_setting(char *text, struct setting *setting)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return false;
	*equals = 0;
	*setting = (struct setting){.path = text, .value = equals + 1};
	return true;
}

static void compile(const char *text, size_t len, const struct setting *settings, u32 nr)
{
	struct diag *diag = diag_new();
	u32 source = diag_add_source(diag, "fuzz.yaml", text, len);
	const struct workload *workload;
	struct text messages = {0};
	struct arena arena;

	arena_init(&arena);
	workload = scenario_compile(&arena, diag, source, "fuzz", text, len, settings, nr);
	ensure((workload == NULL) == (diag_errors(diag) > 0));
	diag_to_text(diag, &messages);
	for (u32 i = 0; workload && i < workload->nr_programs && i < 8; i++)
		program_disassemble(workload, &workload->programs[i], &messages);
	text_fini(&messages);
	arena_fini(&arena);
	diag_free(diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	const char *feed = size ? memchr(bytes, '\f', size) : NULL;
	size_t head_len = feed ? (size_t)(feed - bytes) : 0;
	size_t tail_at = feed ? head_len + 1 : 0;
	char *head = copy_text(bytes, head_len);
	char *tail = copy_text(bytes + tail_at, size - tail_at);
	struct setting setting;
	u32 nr = split_setting(head, &setting) ? 1 : 0;

	(void)input_recognise(tail, size - tail_at);
	compile(tail, size - tail_at, &setting, nr);
	free(head);
	free(tail);
	return 0;
}
