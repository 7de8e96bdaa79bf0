/* SPDX-License-Identifier: MIT */
/* Reads a rig's facts and says them in ossim's language. */
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/kernel.h"
#include "model/platform.h"

static bool fail(struct rig *rig, const char *what, const char *of)
{
	snprintf(rig->error, sizeof(rig->error), "%s: %.100s", of, what);
	return false;
}

/* ---- meta.json ---- */

static const char *string_of(const json_t *object, const char *key)
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
	const char *text = string_of(json_object_get(rig->meta, "sched"), "preempt"), *open;

	open = strchr(text, '(');
	if (open) {
		snprintf(rig->preempt, sizeof(rig->preempt), "%.*s",
			 (int)strcspn(open + 1, ")"), open + 1);
		return;
	}
	text = string_of(rig->meta, "preempt");
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
		return fail(rig, error.text, path);
	rig->kernel = kernel_row(string_of(rig->meta, "kernel"));
	if (!rig->kernel)
		return fail(rig, "no row for this kernel", path);
	read_preempt(rig);
	if (preempt_model_find(rig->preempt) < 0)
		return fail(rig, "no preemption model told", path);
	rig->hz = (u32)json_integer_value(json_object_get(rig->meta, "hz"));
	rig->tick_phase_ns = (u64)json_integer_value(json_object_get(rig->meta, "tick_phase_ns"));
	rig->cgroup_v1 = !strcmp(string_of(rig->meta, "cgroup"), "v1");
	rig->autogroup = json_is_true(json_object_get(rig->meta, "autogroup"));
	smp = string_of(rig->meta, "smp");
	rig->cpus = (u32)strtoul(smp, NULL, 10);
	rig->sockets = smp_part(smp, "sockets=");
	rig->cores = smp_part(smp, "cores=");
	rig->threads = smp_part(smp, "threads=");
	if (!rig->cpus)
		rig->cpus = (u32)json_integer_value(json_object_get(rig->meta, "cpus"));
	if (!rig->cpus || !rig->hz)
		return fail(rig, "hz or the number of cpus is missing", path);
	return true;
}

/* What else they tell is the same. @path: of the first one's, .../rep1/meta.json, if there are several. */
static void read_repetitions(struct rig *rig, const char *path)
{
	const char *first = strstr(path, "/rep1/");

	for (u32 i = 1; first && i <= RIG_REPETITIONS_MAX; i++) {
		char other[4096];
		json_t *meta;

		snprintf(other, sizeof(other), "%.*s/rep%u/meta.json", (int)(first - path), path, i);
		meta = json_load_file(other, 0, NULL);
		if (!meta)
			return;
		rig->tick_phases_ns[rig->nr_tick_phases++] =
			(u64)json_integer_value(json_object_get(meta, "tick_phase_ns"));
		json_decref(meta);
	}
}

/* ---- The machine file ---- */

static void read_kthread(struct rig *rig, const char *line, bool of_window)
{
	struct rig_kthread *k = &rig->kthread[rig->nr_kthreads];
	unsigned period;
	int tick, cpu = 0;
	unsigned long long delay, run, second_ns = 0;

	if (rig->nr_kthreads < RIG_KTHREADS_MAX &&
	    sscanf(line, "%15s %d %u %llu %llu %d %15s %llu", k->name, &tick, &period, &delay, &run, &cpu,
		   k->second, &second_ns) >= 5) {
		k->of_window = of_window;
		k->tick = tick;
		k->period = period;
		k->cpu = cpu;
		k->delay_ns = delay;
		k->run_ns = run;
		k->second_ns = second_ns;
		rig->nr_kthreads++;
	}
}

/* NAME, ticks from time to time on average, the wakeup after the tick, what it runs, its cpu. */
static void read_wandering(struct rig *rig, const char *line)
{
	struct rig_kthread *k = &rig->kthread[rig->nr_kthreads];

	if (rig->nr_kthreads < RIG_KTHREADS_MAX &&
	    sscanf(line, "%15s %u %" SCNu64 " %" SCNu64 " %d", k->name, &k->period, &k->delay_ns, &k->run_ns, &k->cpu) == 5) {
		k->wanders = true;
		rig->nr_kthreads++;
	}
}

static void read_irq(struct rig *rig, const char *line)
{
	struct rig_irq *irq = &rig->irq[rig->nr_irqs];

	if (rig->nr_irqs < RIG_IRQS_MAX &&
	    sscanf(line, "%d %u %" SCNu64 " %" SCNu64, &irq->tick, &irq->period, &irq->delay_ns,
		   &irq->time_ns) == 4)
		rig->nr_irqs++;
}

static void read_list(u64 list[RIG_BETWEEN_MAX], u32 *nr, const char *text)
{
	char *end;

	for (*nr = 0; *nr < RIG_BETWEEN_MAX; text = end) {
		u64 ns = strtoull(text, &end, 10);

		if (end == text)
			return;
		list[(*nr)++] = ns;
	}
}

/* WORD=NS WORD=NS ... */
static void read_words(struct rig_word list[RIG_FIRST_MAX], u32 *nr, const char *text)
{
	int used;

	for (*nr = 0; *nr < RIG_FIRST_MAX; (*nr)++, text += used)
		if (sscanf(text, " %11[a-z]=%" SCNu64 "%n", list[*nr].word, &list[*nr].ns, &used) != 2)
			return;
}

/* @line behind @key, if it begins with that; else NULL. */
static const char *behind(const char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) ? NULL : line + len;
}

static bool read_time(struct rig *rig, const char *line)
{
	static const struct {
		const char *key;
		size_t offset;
	} times[] = {
		{"x-runner_ns:", offsetof(struct rig, runner_ns)},
		{"x-runner_tick_ns:", offsetof(struct rig, runner_tick_ns)},
		{"x-runner_cpu:", offsetof(struct rig, runner_cpu)},
		{"x-turns_shared:", offsetof(struct rig, turns_shared)},
		{"x-shell_ns:", offsetof(struct rig, shell_ns)},
		{"x-waits_ns:", offsetof(struct rig, waits_ns)},
		{"x-line_ns:", offsetof(struct rig, line_ns)},
		{"x-task_ns:", offsetof(struct rig, task_ns)},
		{"x-attribute_ns:", offsetof(struct rig, attribute_ns)},
		{"x-statement_ns:", offsetof(struct rig, statement_ns)},
		{"x-pipe_ns:", offsetof(struct rig, pipe_ns)},
		{"x-early_fifo_ns:", offsetof(struct rig, early_fifo_ns)},
		{"x-early_second_ns:", offsetof(struct rig, early_second_ns)},
		{"x-early_sleep_ns:", offsetof(struct rig, early_sleep_ns)},
		{"x-uptime_ns:", offsetof(struct rig, uptime_ns)},
		{"x-load_phase_ns:", offsetof(struct rig, load_phase_ns)},
		{"x-cgroup_ns:", offsetof(struct rig, cgroup_ns)},
		{"x-cgroup_max_ns:", offsetof(struct rig, cgroup_max_ns)},
		{"x-regroup_ns:", offsetof(struct rig, regroup_ns)},
		{"x-regrouped_ns:", offsetof(struct rig, regrouped_ns)},
		{"x-joined_ns:", offsetof(struct rig, joined_ns)},
		{"x-notify_first_ns:", offsetof(struct rig, notify_first_ns)},
		{"x-notify_ns:", offsetof(struct rig, notify_ns)},
		{"x-notified_ns:", offsetof(struct rig, notified_ns)},
		{"x-moved_ns:", offsetof(struct rig, moved_ns)},
		{"x-waited_ns:", offsetof(struct rig, waited_ns)},
		{"x-grace_rcu_ns:", offsetof(struct rig, grace_rcu_ns)},
		{"x-grace_softirq_ns:", offsetof(struct rig, grace_softirq_ns)},
		{"x-policy_early_ns:", offsetof(struct rig, policy_early_ns)},
		{"x-policy_numbered_ns:", offsetof(struct rig, policy_numbered_ns)},
		{"x-policy_ns:", offsetof(struct rig, policy_ns)},
		{"x-policy_on_ns:", offsetof(struct rig, policy_on_ns)},
		{"x-policy_first_early_ns:", offsetof(struct rig, policy_first_early_ns)},
		{"x-policy_first_ns:", offsetof(struct rig, policy_first_ns)},
		{"x-first_rt_ns:", offsetof(struct rig, first_rt_ns)},
		{"x-deadline_ns:", offsetof(struct rig, deadline_ns)},
		{"x-recorder_lag_ns:", offsetof(struct rig, recorder_lag_ns)},
		{"x-recorder_child_ns:", offsetof(struct rig, recorder_child_ns)},
		{"x-gate_first_ns:", offsetof(struct rig, gate_first_ns)},
		{"x-gate_each_ns:", offsetof(struct rig, gate_each_ns)},
		{"x-gate_group_ns:", offsetof(struct rig, gate_group_ns)},
		{"x-gate_rt_ns:", offsetof(struct rig, gate_rt_ns)},
		{"x-gate_fair_ns:", offsetof(struct rig, gate_fair_ns)},
		{"x-gate_wait_ns:", offsetof(struct rig, gate_wait_ns)},
		{"x-gate_last_ns:", offsetof(struct rig, gate_last_ns)},
		{"x-gate_lock_ns:", offsetof(struct rig, gate_lock_ns)},
		{"x-gate_unlock_ns:", offsetof(struct rig, gate_unlock_ns)},
		{"x-gate_asks_ns:", offsetof(struct rig, gate_asks_ns)},
		{"x-closes:", offsetof(struct rig, closes)},
		{"x-nohz_ticks:", offsetof(struct rig, nohz_ticks)},
		{"x-left_ns:", offsetof(struct rig, left_ns)},
		{"x-timer_early_ns:", offsetof(struct rig, timer_early_ns)},
		{"x-queue_gate:", offsetof(struct rig, queue_gate)},
		{"x-copies:", offsetof(struct rig, copies)},
		{"x-stacks:", offsetof(struct rig, stacks)},
		{"x-processes:", offsetof(struct rig, processes)},
		{"x-to_fifo_ns:", offsetof(struct rig, to_fifo_ns)},
		{"x-numbered_ns:", offsetof(struct rig, numbered_ns)},
		{"x-begin_ns:", offsetof(struct rig, begin_ns)},
		{"x-forked_ns:", offsetof(struct rig, forked_ns)},
		{"x-after_fork_ns:", offsetof(struct rig, after_fork_ns)},
		{"x-renamed_ns:", offsetof(struct rig, renamed_ns)},
		{"x-deeper_ns:", offsetof(struct rig, deeper_ns)},
		{"x-gated_end_ns:", offsetof(struct rig, gated_end_ns)},
		{"x-lineage_end_ns:", offsetof(struct rig, lineage_end_ns)},
		{"x-window_ns:", offsetof(struct rig, window_ns)},
		{"x-window_end_ns:", offsetof(struct rig, window_end_ns)},
		{"x-deep_page_ns:", offsetof(struct rig, deep_page_ns)},
		{"x-deep_fork_ns:", offsetof(struct rig, deep_fork_ns)},
		{"x-deep_exit_ns:", offsetof(struct rig, deep_exit_ns)},
		{"x-child_ns:", offsetof(struct rig, child_ns)},
		{"x-ready_ns:", offsetof(struct rig, ready_ns)},
		{"x-first_tick_ns:", offsetof(struct rig, first_tick_ns)},
		{"x-open_ns:", offsetof(struct rig, open_ns)},
		{"x-wake_ns:", offsetof(struct rig, wake_ns)},
		{"x-opened_ns:", offsetof(struct rig, opened_ns)},
		{"x-opened_rt_ns:", offsetof(struct rig, opened_rt_ns)},
		{"x-opened_delay_ns:", offsetof(struct rig, opened_delay_ns)},
		{"x-seeds:", offsetof(struct rig, seeds)},
		{"x-late_ticks:", offsetof(struct rig, late_ticks)},
		{"x-worker_begins_ns:", offsetof(struct rig, worker_begins_ns)},
		{"x-worker_first_ns:", offsetof(struct rig, worker_first_ns)},
		{"x-worker_wakes_ns:", offsetof(struct rig, worker_wakes_ns)},
		{"x-wide_turn_ns:", offsetof(struct rig, wide_turn_ns)},
		{"x-wide_runner_cpu:", offsetof(struct rig, wide_runner_cpu)},
		{"x-second_lag_ns:", offsetof(struct rig, second_lag_ns)},
		{"x-second_ns:", offsetof(struct rig, second_ns)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const char *value = behind(line, times[i].key);

		if (!value)
			continue;
		*(u64 *)((char *)rig + times[i].offset) = strtoull(value, NULL, 10);
		return true;
	}
	return false;
}

/* Those of several values. */
static bool read_times(struct rig *rig, const char *line)
{
	const struct {
		const char *key;
		u64 *list;
		u32 *nr;
	} lists[] = {
		{"x-between_ns:", rig->between_ns, &rig->nr_between},
		{"x-turn_ns:", rig->turns_ns, &rig->nr_turns},
		{"x-gate_close_ns:", rig->gate_close_ns, &rig->nr_gate_close},
		{"x-boot_ticks:", rig->boot_ticks, &rig->nr_boots},
		{"x-late_ns:", rig->late_ns, &rig->nr_late},
		{"x-growth_ns:", rig->growth_ns, &rig->nr_growth},
		{"x-nth_child_ns:", rig->nth_child_ns, &rig->nr_nth_child},
		{"x-nth_forked_ns:", rig->nth_forked_ns, &rig->nr_nth_forked},
	};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if ((value = behind(line, lists[i].key))) {
			read_list(lists[i].list, lists[i].nr, value);
			return true;
		}
	if ((value = behind(line, "x-switches:")))
		snprintf(rig->switches, sizeof(rig->switches), "%s", value + strspn(value, " "));
	else if ((value = behind(line, "x-recorder_numbered_touches:")))
		sscanf(value, " %11s", rig->numbered_touches);
	else if ((value = behind(line, "x-own_worker:")))
		sscanf(value, " %15s", rig->own_worker);
	else if ((value = behind(line, "x-window:")) && rig->nr_windows < RIG_WINDOWS_MAX)
		snprintf(rig->window[rig->nr_windows++], sizeof(rig->window[0]), "%.90s ", value);
	else if ((value = behind(line, "x-first_ns:")))
		read_words(rig->first, &rig->nr_first, value);
	else if ((value = behind(line, "x-recorder_first_ns:")))
		read_words(rig->recorder_first, &rig->nr_recorder_first, value);
	else if ((value = behind(line, "x-each_ns:")))
		read_words(rig->each, &rig->nr_each, value);
	return value;
}

/* x-kthread-NAME: and the like. */
static bool read_beside(struct rig *rig, const char *line)
{
	const char *value = strchr(line, ':');
	u32 before = rig->nr_kthreads + rig->nr_irqs;

	if (!value)
		return false;
	if (behind(line, "x-kthread-"))
		read_kthread(rig, value + 1, false);
	else if (behind(line, "x-wthread-"))
		read_kthread(rig, value + 1, true);
	else if (behind(line, "x-wandering-"))
		read_wandering(rig, value + 1);
	else if (behind(line, "x-irq-"))
		read_irq(rig, value + 1);
	return rig->nr_kthreads + rig->nr_irqs > before;
}

/* False: no such key is known, its value cannot be read, or there are too many of its kind. */
static bool read_machine_line(struct rig *rig, const char *line, struct text *machine)
{
	if (line[0] == ' ') {
		text_add(machine, line);
		text_add_char(machine, '\n');
	}
	if (!behind(line, "x-"))
		return !*line || *line == ' ' || *line == '#' || !strcmp(line, "machine:");
	return read_time(rig, line) || read_times(rig, line) || read_beside(rig, line);
}

static bool read_machine(struct rig *rig, const char *path)
{
	struct text machine = {0};
	char line[512];
	FILE *file = fopen(path, "r");

	if (!file)
		return fail(rig, strerror(errno), path);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!read_machine_line(rig, line, &machine) && !*rig->error)
			(void)!fail(rig, line, path);
	}
	fclose(file);
	rig->turn_ns = rig->turns_ns[0];
	if (rig->cpus > 2 && rig->wide_turn_ns) {
		rig->turn_ns = rig->wide_turn_ns;
		rig->nr_turns = 1;
		rig->seeds = 1;
		rig->runner_cpu = rig->wide_runner_cpu;
	}
	text_add(&machine, "");
	rig->machine = machine.at;
	return !*rig->error;
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
	if (!read_meta(rig, meta_path) || !read_machine(rig, machine_path))
		return false;
	read_repetitions(rig, meta_path);
	/* Who recorded with a tw that is known says so; the corpus does not. */
	if (!strcmp(string_of(rig->meta, "tw_becomes_fifo"), "after forking")) {
		rig->early_fifo_ns = 0;
		rig->child_ns += rig->recorder_child_ns;
		rig->second_lag_ns = rig->recorder_lag_ns;
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

/* ---- As a workload's lines ---- */

static void print_features(const struct rig *rig, const char *list, struct text *yaml)
{
	const struct kernel *row = kernel_find(rig->kernel);
	char *copy = strdup(list), *rest;
	const char *comma = "";

	text_add(yaml, "  features: [");
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		int bit = feature_find(strncmp(word, "NO_", 3) ? word : word + 3);

		if (bit < 0 || !(row->features_known >> bit & 1))
			continue;
		text_printf(yaml, "%s%s", comma, word);
		comma = ", ";
	}
	text_add(yaml, "]\n");
	free(copy);
}

/* Every knob of the row that the recording tells. */
static void print_knobs(const struct rig *rig, struct text *yaml)
{
	const json_t *sched = json_object_get(rig->meta, "sched");
	const struct kernel *row = kernel_find(rig->kernel);
	struct kernel copy = *row;

	for (u32 i = 0; i < NR_KNOBS; i++) {
		const char *name = knob_names[i], *value = string_of(sched, name);
		char path[80];

		if (i == KNOB_ID_autogroup_enabled)
			continue; /* what was in effect is told apart from the sysctl */
		if (!*value) {
			snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
			value = string_of(sched, path);
		}
		if (*value && *knob_at(&copy.knobs, i) != KNOB_ABSENT)
			text_printf(yaml, "  %s: %s\n", name, value);
	}
}

/* Of a kernel's build options those that are switches of a row, and what the machine file says. */
static void print_switches(const struct rig *rig, struct text *yaml)
{
	const char *comma = "";
	const json_t *option;
	size_t i;

	text_add(yaml, "  switches: [");
	json_array_foreach(json_object_get(rig->meta, "config"), i, option)
		if (!strcmp(json_string_value(option), "CONFIG_RT_GROUP_SCHED=y")) {
			text_add(yaml, "RT_THROTTLING");
			comma = ", ";
		}
	if (*rig->switches)
		text_printf(yaml, "%s%s", comma, rig->switches);
	text_add(yaml, "]\n");
}

/* Ticks fall on multiples of their period since boot: the uptime to which this phase belongs. */
static u64 uptime_for(const struct rig *rig, u64 tick_phase_ns)
{
	u64 tick_ns = SEC / rig->hz;

	if (!rig->uptime_ns)
		return 0;
	return (rig->uptime_ns + tick_phase_ns + tick_ns / 2) / tick_ns * tick_ns - tick_phase_ns;
}

/* Periods of load averages end at the same uptimes in all recordings. */
static u64 load_phase(const struct rig *rig, u64 uptime_ns)
{
	return (rig->load_phase_ns + LOAD_PERIOD_NS - uptime_ns % LOAD_PERIOD_NS) % LOAD_PERIOD_NS;
}

/* The first end of a turn in the run, if one of them ends at @when. */
static u64 first_turn(u64 when)
{
	u64 turns = when * TURNS_PER_SECOND / SEC;

	return when - turns * SEC / TURNS_PER_SECOND;
}

/*
 * The kernel's housekeeping follows the machine's uptime, at which the runner begins, not the window:
 * the tick that is nearest to its usual time after the runner's begin, which is the run's.
 */
u64 rig_tick(const struct rig *rig, s32 tick, u64 phase)
{
	u64 tick_ns = SEC / rig->hz;
	u64 usual = rig->first_tick_ns + (u64)((s64)tick * (s64)tick_ns);

	phase %= tick_ns;
	return (usual + tick_ns / 2 - phase) / tick_ns * tick_ns + phase;
}

s32 rig_ticks_earlier(const struct rig *rig, const struct rig_kthread *k)
{
	/* What comes at the first of them is the runner's own doing. */
	bool late = rig->is_late && k->tick >= (s32)rig->late_ticks;

	return (s32)(rig->boot_tick + late * rig->late_ticks);
}

bool rig_has_cpu_of(const struct rig *rig, const struct rig_kthread *k)
{
	return k->cpu == KTHREAD_SECOND_NODE ? rig->sockets == 2 : k->cpu < (s32)rig->cpus;
}

bool rig_is_own_worker(const struct rig *rig, const struct rig_kthread *k)
{
	return *rig->own_worker && !strcmp(rig->own_worker, k->name);
}

/* What is left to the worker that frees stacks, too. */
static void print_work(const struct rig *rig, u64 tick_phase_ns, struct text *yaml)
{
	bool first = true;

	for (u32 i = 0; i < rig->nr_kthreads; i++) {
		const struct rig_kthread *k = &rig->kthread[i];

		if (!rig_is_own_worker(rig, k) || k->tick < (s32)rig->boot_tick)
			continue;
		text_printf(yaml, "%s    - {at: %" PRIu64 "ns, time: %" PRIu64 "ns}\n", first ? "  work:\n" : "",
			    rig_tick(rig, k->tick - rig_ticks_earlier(rig, k), tick_phase_ns) + k->delay_ns - rig->worker_wakes_ns,
			    k->run_ns);
		first = false;
	}
}

static void print_irqs(const struct rig *rig, u64 tick_phase_ns, struct text *yaml)
{
	for (u32 i = 0; i < rig->nr_irqs; i++) {
		const struct rig_irq *irq = &rig->irq[i];

		text_printf(yaml, "%s    - {name: timer%u, first: %" PRIu64 "ns, every: %" PRIu64 "ns, time: %" PRIu64
			    "ns}\n", i ? "" : "  irqs:\n", i, rig_tick(rig, irq->tick, tick_phase_ns) + irq->delay_ns,
			    (u64)(irq->period * SEC / rig->hz), irq->time_ns);
	}
}

/* The set-up has made @room processes. */
static void print_growth(const struct rig *rig, u64 room, struct text *yaml)
{
	text_printf(yaml, "  most_processes: %" PRIu64 "\n  growth: [", room);
	for (u64 i = room - rig->processes; i < rig->nr_growth; i++)
		text_printf(yaml, "%" PRIu64 "ns%s", rig->growth_ns[i], i + 1 < rig->nr_growth ? ", " : "");
	text_add(yaml, "]\n");
}

void rig_print(const struct rig *rig, u64 tick_phase_ns, u64 start_ns, u32 nr_forks, struct text *yaml)
{
	const json_t *sched = json_object_get(rig->meta, "sched");
	const char *slice = string_of(rig->meta, "base_slice_ms");

	text_printf(yaml, "kernel: %s\nmachine:\n  cpus: %u\n  hz: %u\n  tick_phase: %" PRIu64 "ns\n",
		    rig->kernel, rig->cpus, rig->hz, tick_phase_ns);
	text_printf(yaml, "  uptime: %" PRIu64 "ns\n", uptime_for(rig, tick_phase_ns));
	if (rig->load_phase_ns)
		text_printf(yaml, "  load_phase: %" PRIu64 "ns\n", load_phase(rig, uptime_for(rig, tick_phase_ns)));
	if (rig->nohz_ticks)
		text_printf(yaml, "  nohz_from: %" PRIu64 "ns\n", (u64)(start_ns + rig->nohz_ticks * (SEC / rig->hz)));
	if (rig->processes)
		print_growth(rig, max_of(rig->processes, (u64)nr_forks), yaml);
	if (rig->stacks)
		text_printf(yaml, "  kept_stacks: %" PRIu64 "\n", rig->stacks + (rig->turns_shared ? 0 : nr_forks));
	text_printf(yaml, "  preempt: %s\n", rig->preempt);
	if (rig->threads)
		text_printf(yaml, "  sockets: %u\n  cores: %u\n  threads: %u\n  numbering: threads-first\n",
			    rig->sockets, rig->cores, rig->threads);
	text_add(yaml, rig->machine);
	print_irqs(rig, tick_phase_ns, yaml);
	print_work(rig, tick_phase_ns, yaml);
	if (rig->turn_ns)
		text_printf(yaml, "  turns: {per_second: %u, phase: %" PRIu64 "ns, unnoticed: %s}\n",
			    TURNS_PER_SECOND, first_turn(start_ns + rig->tick_phase_ns + rig->turn_ns),
			    rig->turns_shared ? "150us, shared: true" : "1ms");
	text_add(yaml, "sched:\n");
	print_features(rig, string_of(sched, "features"), yaml);
	print_switches(rig, yaml);
	print_knobs(rig, yaml);
	text_printf(yaml, "  sched_autogroup_enabled: %d\n", rig->autogroup);
	if (*slice)
		text_printf(yaml, "  base_slice_ns: %sms\n", slice);
}
