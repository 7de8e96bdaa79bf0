/* SPDX-License-Identifier: MIT */
/* ossim list: what there is, from the tables that the code itself walks. */
#include "cli/cli.h"

#include "model/costs.h"
#include "model/kernel.h"
#include "model/ops.h"
#include "model/syscalls.h"
#include "policies/find.h"
#include "report/knobs.h"
#include "run/look.h"

#include <stdio.h>
#include <string.h>

static void list_kernels(const struct kernel *row unused_arg,
			 const struct options *options unused_arg)
{
	for (u32 i = 0; i < nr_kernels; i++)
		printf("%-8s%s %s\n", kernels[i].name,
		       strcmp(kernels[i].name, kernel_default_name) ? " " : "*", kernels[i].help);
}

static void list_knobs(const struct kernel *row, const struct options *options)
{
	u32 nr_cpus = options->cpus ? options->cpus : 1;
	struct text document = {0};

	if (!options->json) {
		knobs_print(row, nr_cpus, stdout);
		return;
	}
	knobs_json(row, nr_cpus, &document);
	fputs(document.at, stdout);
	text_fini(&document);
}

static void list_features(const struct kernel *row, const struct options *options unused_arg)
{
	features_print(row, stdout);
}

static void list_actions(const struct kernel *row unused_arg,
			 const struct options *options unused_arg)
{
	for (u32 i = 0; i < NR_OPS; i++) {
		if (op_is_made(i))
			continue;
		printf("%-15s %s\n", op_infos[i].key, op_infos[i].help);
		for (const char *form = op_forms[i]; *form; form += strspn(form, "\n")) {
			int len = (int)strcspn(form, "\n");

			printf("%-15s   %.*s\n", "", len, form);
			form += len;
		}
	}
}

static void list_metrics(const struct kernel *row unused_arg,
			 const struct options *options unused_arg)
{
	for (u32 i = 0; i < nr_metric_infos; i++)
		printf("%-24s %-10s %-16s %s\n", metric_infos[i].name, metric_infos[i].unit,
		       metric_infos[i].where, metric_infos[i].help);
}

static void list_costs(const struct kernel *row unused_arg,
		       const struct options *options unused_arg)
{
	puts("costs in ns, as preset x86-64 has them (zero has 0 everywhere):");
	for (u32 i = 0; i < NR_COSTS; i++)
		printf("  %-16s %8" PRIu64 "  %s\n", cost_infos[i].name, cost_infos[i].x86_64,
		       cost_infos[i].help);
}

static void list_plots(const struct kernel *row unused_arg,
		       const struct options *options unused_arg)
{
	for (u32 i = 0; i < nr_plots; i++)
		printf("%-16s %s\n", plot_infos[i].name, plot_infos[i].title);
}

static void list_policies(const struct kernel *row unused_arg,
			  const struct options *options unused_arg)
{
	for (u32 i = 0; i < ossim_ext_nr_policies; i++) {
		const struct ossim_ext_policy *policy = ossim_ext_policies[i];

		printf("%-10s %s\n", policy->name, policy->help);
		for (const struct ossim_ext_option *o = policy->options; o && o->name; o++)
			printf("    %-10s %10" PRIu64 "  %s\n", o->name, o->value, o->help);
	}
}

static void list_syscalls(const struct kernel *row unused_arg,
			  const struct options *options unused_arg)
{
	for (u32 i = 0; i < NR_SYSCALLS; i++)
		printf("%5u %-20s %s\n", syscall_infos[i].number, syscall_infos[i].name,
		       syscall_category_names[syscall_infos[i].category]);
}

static void list_files(const struct kernel *row unused_arg,
		       const struct options *options unused_arg)
{
	view_files(stdout);
}

static const struct listing {
	const char *what;
	void (*list)(const struct kernel *row, const struct options *options);
} lists[] = {
	{"kernels", list_kernels},   {"knobs", list_knobs},       {"features", list_features},
	{"actions", list_actions},   {"metrics", list_metrics},   {"costs", list_costs},
	{"plots", list_plots},       {"policies", list_policies}, {"files", list_files},
	{"syscalls", list_syscalls},
};

/* NULL if there is no such list; what there is has been said then. */
static const struct listing *find_list(const char *what)
{
	const char *names[ARRAY_SIZE(lists)], *best;

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!strcmp(lists[i].what, what))
			return &lists[i];
		names[i] = lists[i].what;
	}
	best = text_suggest(what, names, ARRAY_SIZE(names));
	fprintf(stderr, "ossim: error: cannot list '%s'", what);
	if (best)
		fprintf(stderr, " (did you mean '%s'?)", best);
	for (u32 i = 0; i < ARRAY_SIZE(lists); i++)
		fprintf(stderr, "%s%s",
			!i                           ? ": there are "
			: i + 1 == ARRAY_SIZE(lists) ? " and "
						     : ", ",
			names[i]);
	fputs("\n", stderr);
	return NULL;
}

/* The row as --preempt has it built. False: it cannot be. */
static bool build(const struct kernel *row, const char *preempt, struct kernel *built)
{
	int model = preempt ? preempt_model_find(preempt) : (int)row->preempt;
	u128 needs;

	if (model < 0) {
		fprintf(stderr, "ossim: error: unknown preemption model '%s'\n", preempt);
		return false;
	}
	needs = preempt_model_needs((enum preempt_model)model);
	if (needs && !kernel_has(row, needs)) {
		fprintf(stderr, "ossim: error: kernel %s has no preemption model '%s'\n", row->name,
			preempt);
		return false;
	}
	*built = kernel_for_preempt(row, (enum preempt_model)model);
	return true;
}

int command_list(const struct options *options)
{
	const char *name = options->kernel ? options->kernel : kernel_default_name;
	const struct kernel *row = kernel_find(name);
	const struct listing *list = find_list(options->file);
	struct kernel built;

	if (!list)
		return EXIT_INPUT;
	if (!row) {
		fprintf(stderr, "ossim: error: unknown kernel '%s': see 'ossim list kernels'\n",
			name);
		return EXIT_INPUT;
	}
	if (options->json && strcmp(options->file, "knobs")) {
		fprintf(stderr, "ossim: error: --json goes with 'list knobs' only\n");
		return EXIT_INPUT;
	}
	if (!build(row, options->preempt, &built))
		return EXIT_INPUT;
	list->list(&built, options);
	return EXIT_GOOD;
}
