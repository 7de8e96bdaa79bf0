/* SPDX-License-Identifier: MIT */
/*
 * The knobs and feature flags of the scheduler, as the kernel's sysctls and debugfs tell what they
 * are now. Those that have no effect here (inert.h) are not kept, and so are left out. Kernel:
 * kernel/sched/debug.c, sched_feat_show() and sched_init_debug(); kernel/sysctl.c, proc_dointvec().
 */
#include "run/look.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char debugfs[] = "sys/kernel/debug/sched/";

/* NULL: it is in no file. */
static const char *folder_of(enum knob_id id)
{
	const char *place = knob_place(knob_infos[id].name);

	if (id == KNOB_ID_nr_latency) /* it follows from others, and the kernel shows it nowhere */
		return NULL;
	return !strcmp(place, "sysctl kernel.")   ? "sys/kernel/"
	       : !strcmp(place, "debugfs sched/") ? debugfs
						  : NULL;
}

/* Where it is; each cpu has its own fair server, and all of them are alike here. */
static bool knob_path(enum knob_id id, u32 cpu, char *buf, size_t size)
{
	static const char server[] = "fair_server/";
	const char *folder = folder_of(id), *name = knob_infos[id].name;

	if (!folder)
		return false;
	if (strncmp(name, server, strlen(server)) != 0)
		snprintf(buf, size, "%s%s", folder, name);
	else
		snprintf(buf, size, "%s%scpu%u/%s", folder, server, cpu, name + strlen(server));
	return true;
}

static void put_features(const struct kernel *kernel, struct text *out)
{
	for (u32 i = 0; i < NR_SCHED_FEATURES; i++)
		if (kernel->features_known >> i & 1)
			text_printf(out, "%s%s ", kernel->features >> i & 1 ? "" : "NO_",
				    feature_names[i]);
	text_add_char(out, '\n');
}

/* Which cpu's folder @path is in; 0 if in none. */
static u32 cpu_of(const char *path)
{
	u32 cpu;

	return sscanf(path, "sys/kernel/debug/sched/fair_server/cpu%u/", &cpu) == 1 ? cpu : 0;
}

bool view_knob(const struct look *look, const char *path, struct text *out)
{
	const struct kernel *kernel = look->world->sched->kernel;
	struct knobs knobs = kernel->knobs;
	u32 cpu = cpu_of(path);

	if (!strncmp(path, debugfs, strlen(debugfs)) &&
	    !strcmp(path + strlen(debugfs), "features")) {
		put_features(kernel, out);
		return true;
	}
	for (u32 i = 0; i < NR_KNOBS && cpu < look->world->sched->nr_cpus; i++) {
		u64 value = *knob_at(&knobs, i);
		char known[96];

		if (value == KNOB_ABSENT || !knob_path(i, cpu, known, sizeof(known)) ||
		    strcmp(known, path) != 0)
			continue;
		text_printf(out, "%" PRId64 "\n", value == KNOB_UNLIMITED ? -1 : (s64)value);
		return true;
	}
	return false;
}

bool view_knob_file(u32 index, char path[96], const char **help)
{
	struct knobs knobs = kernel_find(kernel_default_name)->knobs;

	if (!index) {
		snprintf(path, 96, "%sfeatures", debugfs);
		*help = "debugfs: flags that are on, NO_ before those that are off";
		return true;
	}
	for (u32 i = 0; i < NR_KNOBS; i++) {
		if (*knob_at(&knobs, i) == KNOB_ABSENT || !knob_path(i, 0, path, 96) || --index)
			continue;
		*help = knob_infos[i].help;
		return true;
	}
	return false;
}
