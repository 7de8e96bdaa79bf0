/* SPDX-License-Identifier: MIT */
/* Every example of docs/workload.md compiles, and its tables name what there is. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const char *read_manual(struct file_text *file)
{
	const char *folder = getenv("top_srcdir");
	struct diag *diag = diag_new();
	char path[4096];

	snprintf(path, sizeof(path), "%s/docs/workload.md", folder ? folder : ".");
	cr_assert(file_read(diag, path, file), "%s", path);
	diag_free(diag);
	return file->at;
}

Test(manual, examples_compile_without_a_word)
{
	struct file_text file;
	const char *at = read_manual(&file);
	u32 nr = 0;

	while ((at = strstr(at, "\n```yaml\n"))) {
		const char *start = at + strlen("\n```yaml\n");
		const char *end = strstr(start, "\n```\n");
		char *yaml;
		struct compiled c;

		cr_assert_not_null(end);
		yaml = strndup(start, (size_t)(end - start) + 1);
		c = compile_text(yaml, NULL);
		cr_assert_not_null(c.workload, "%s\n%s", yaml, messages_of(&c));
		cr_assert_str_empty(messages_of(&c), "%s\n%s", yaml, messages_of(&c));
		compiled_fini(&c);
		free(yaml);
		at = end;
		nr++;
	}
	cr_assert_geq(nr, 5);
	file_text_fini(&file);
}

Test(manual, every_action_is_told)
{
	struct file_text file;
	const char *manual = read_manual(&file);

	for (u32 i = 0; i < NR_OPS; i++) {
		char word[40];

		snprintf(word, sizeof(word), "`%s`", op_infos[i].key);
		if (!op_is_made(i))
			cr_assert_not_null(strstr(manual, word), "%s", op_infos[i].key);
	}
	file_text_fini(&file);
}
