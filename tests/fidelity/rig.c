/* SPDX-License-Identifier: MIT */
/* Reads the facts of a rig: meta.json, and what of the machine file depends on it. */
#include "rig_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/kernel.h"

bool rig_fail(struct rig *rig, const char *what, const char *of)
{
	snprintf(rig->error, sizeof(rig->error), "%s: %.100s", of, what);
	return false;
}

const char *rig_string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* "Linux (none) 6.12.117+deb12 ..." is of the row v6.12: the first two numbers decide. */
static const char *kernel_row(const char *uname)
{
	for (const char *at = uname; *at; at++) {
		unsigned major, minor;
		char name[24];

		if (at != uname && at[-1] != ' ')
			continue;
		if (sscanf(at, "%u.%u", &major, &minor) != 2)
			continue;
		snprintf(name, sizeof(name), "v%u.%u", major, minor);
		return kernel_find(name) ? kernel_find(name)->name : NULL;
	}
	return NULL;
}

/* "none (voluntary) full" or "Dynamic Preempt: none". */
static void read_preempt(struct rig *rig)
{
	const char *text = rig_string(json_object_get(rig->meta, "sched"), "preempt"), *open;

	open = strchr(text, '(');
	if (open) {
		snprintf(rig->preempt, sizeof(rig->preempt), "%.*s", (int)strcspn(open + 1, ")"),
			 open + 1);
		return;
	}
	text = rig_string(rig->meta, "preempt");
	open = strrchr(text, ' ');
	snprintf(rig->preempt, sizeof(rig->preempt), "%s", open ? open + 1 : text);
}

static u32 smp_part(const char *smp, const char *key)
{
	const char *at = strstr(smp, key);

	return at ? (u32)strtoul(at + strlen(key), NULL, 10) : 0;
}

static bool read_meta(struct rig *rig, const char *path)
{
	json_error_t error;
	const char *smp;

	rig->meta = json_load_file(path, 0, &error);
	if (!rig->meta)
		return rig_fail(rig, error.text, path);
	rig->kernel = kernel_row(rig_string(rig->meta, "kernel"));
	if (!rig->kernel)
		return rig_fail(rig, "no row for this kernel", path);
	read_preempt(rig);
	if (preempt_model_find(rig->preempt) < 0)
		return rig_fail(rig, "no preemption model told", path);
	rig->hz = (u32)json_integer_value(json_object_get(rig->meta, "hz"));
	rig->tick_phase_ns = (u64)json_integer_value(json_object_get(rig->meta, "tick_phase_ns"));
	rig->cgroup_v1 = !strcmp(rig_string(rig->meta, "cgroup"), "v1");
	rig->autogroup = json_is_true(json_object_get(rig->meta, "autogroup"));
	smp = rig_string(rig->meta, "smp");
	rig->cpus = (u32)strtoul(smp, NULL, 10);
	rig->sockets = smp_part(smp, "sockets=");
	rig->cores = smp_part(smp, "cores=");
	rig->threads = smp_part(smp, "threads=");
	if (!rig->cpus)
		rig->cpus = (u32)json_integer_value(json_object_get(rig->meta, "cpus"));
	if (!rig->cpus || !rig->hz)
		return rig_fail(rig, "hz or the number of cpus is missing", path);
	return true;
}

/*
 * What else they tell is the same. @path: of the first one's, .../rep1/meta.json, if there are
 * several.
 */
static void read_repetitions(struct rig *rig, const char *path)
{
	const char *first = strstr(path, "/rep1/");

	for (u32 i = 1; first && i <= RIG_REPETITIONS_MAX; i++) {
		char other[4096];
		json_t *meta;

		snprintf(other, sizeof(other), "%.*s/rep%u/meta.json", (int)(first - path), path,
			 i);
		meta = json_load_file(other, 0, NULL);
		if (!meta)
			return;
		rig->tick_phases_ns[rig->nr_tick_phases++] =
			(u64)json_integer_value(json_object_get(meta, "tick_phase_ns"));
		json_decref(meta);
	}
}

/* Another C library lies otherwise in its pages. */
static void use_recorders_first(struct rig *rig)
{
	for (u32 i = 0; i < rig->nr_recorder_first; i++)
		for (u32 j = 0; j < rig->nr_first; j++)
			if (!strcmp(rig->recorder_first[i].word, rig->first[j].word))
				rig->first[j].ns = rig->recorder_first[i].ns;
	rig->lock_touches_post = rig->nr_recorder_first;
}

bool rig_read(struct rig *rig, const char *meta_path, const char *machine_path)
{
	*rig = (struct rig){0};
	if (!read_meta(rig, meta_path) || !rig_read_machine(rig, machine_path))
		return false;
	read_repetitions(rig, meta_path);
	/* Who recorded with a tw that is known says so; the corpus does not. */
	if (!strcmp(rig_string(rig->meta, "tw_becomes_fifo"), "after forking")) {
		rig->early_fifo_ns = 0;
		rig->child_ns += rig->recorder_child_ns;
		rig->second_lag_ns = rig->recorder_lag_ns;
		rig->slab_first = rig->recorder_slab_first;
		use_recorders_first(rig);
	} else {
		*rig->numbered_touches = '\0';
	}
	return true;
}

void rig_fini(struct rig *rig)
{
	json_decref(rig->meta);
	free(rig->machine);
}
