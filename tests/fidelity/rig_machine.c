/* SPDX-License-Identifier: MIT */
/*
 * The machine file of a rig: ossim's own `machine:` section, handed on as it is, and what was
 * measured of the rig beside it, in keys that begin with "x-".
 */
#include "rig_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_kthread(struct rig *rig, const char *line, bool of_window)
{
	struct rig_kthread *k = &rig->kthread[rig->nr_kthreads];
	unsigned period;
	int tick, cpu = 0;
	unsigned long long delay, run, second_ns = 0;

	if (rig->nr_kthreads < RIG_KTHREADS_MAX &&
	    sscanf(line, "%15s %d %u %llu %llu %d %15s %llu", k->name, &tick, &period, &delay, &run,
		   &cpu, k->second, &second_ns) >= 5) {
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
	    sscanf(line, "%15s %u %" SCNu64 " %" SCNu64 " %d", k->name, &k->period, &k->delay_ns,
		   &k->run_ns, &k->cpu) == 5) {
		k->wanders = true;
		rig->nr_kthreads++;
	}
}

/* NAME, the first tick, for how many ticks it sleeps from then on, what it runs, its cpu. */
static void read_timeout(struct rig *rig, const char *line)
{
	struct rig_kthread *k = &rig->kthread[rig->nr_kthreads];

	if (rig->nr_kthreads < RIG_KTHREADS_MAX &&
	    sscanf(line, "%15s %d %u %" SCNu64 " %d", k->name, &k->tick, &k->timeout, &k->run_ns,
		   &k->cpu) >= 4)
		rig->nr_kthreads++;
}

static void read_irq(struct rig *rig, const char *line)
{
	struct rig_irq *irq = &rig->irq[rig->nr_irqs];

	if (rig->nr_irqs < RIG_IRQS_MAX && sscanf(line, "%d %u %" SCNu64 " %" SCNu64, &irq->tick,
						  &irq->period, &irq->delay_ns, &irq->time_ns) == 4)
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
		if (sscanf(text, " %11[a-z]=%" SCNu64 "%n", list[*nr].word, &list[*nr].ns, &used) !=
		    2)
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
		{"x-slab_forks:", offsetof(struct rig, slab_forks)},
		{"x-slab_first:", offsetof(struct rig, slab_first)},
		{"x-recorder_slab_first:", offsetof(struct rig, recorder_slab_first)},
		{"x-jiffies:", offsetof(struct rig, jiffies)},
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
		{"x-autogroup_ticks:", offsetof(struct rig, autogroup_ticks)},
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
	else if (behind(line, "x-timeout-"))
		read_timeout(rig, value + 1);
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

bool rig_read_machine(struct rig *rig, const char *path)
{
	struct text machine = {0};
	char line[512];
	FILE *file = fopen(path, "r");

	if (!file)
		return rig_fail(rig, strerror(errno), path);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!read_machine_line(rig, line, &machine) && !*rig->error)
			(void)!rig_fail(rig, line, path);
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
