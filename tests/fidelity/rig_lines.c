/* SPDX-License-Identifier: MIT */
/* What comes from a rig, as the lines of a workload. */
#include "rig_inside.h"

#include <stdlib.h>
#include <string.h>

#include "model/kernel.h"

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
		const char *name = knob_names[i], *value = rig_string(sched, name);
		char path[80];

		if (i == KNOB_ID_autogroup_enabled)
			continue; /* what was in effect is told apart from the sysctl */
		if (!*value) {
			snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
			value = rig_string(sched, path);
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
	json_array_foreach(json_object_get(rig->meta, "config"), i,
			   option) if (!strcmp(json_string_value(option),
					       "CONFIG_RT_GROUP_SCHED=y"))
	{
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
 * The kernel's housekeeping follows the machine's uptime, at which the runner begins, not the
 * window: the tick that is nearest to its usual time after the runner's begin, which is the run's.
 */
u64 rig_tick(const struct rig *rig, s32 tick, u64 phase)
{
	u64 tick_ns = SEC / rig->hz;
	u64 usual = rig->first_tick_ns + (u64)((s64)tick * (s64)tick_ns);

	phase %= tick_ns;
	return (usual + tick_ns / 2 - phase) / tick_ns * tick_ns + phase;
}

/* How many ticks later after boot the runner begins than kernel threads' ticks are told for. */
static u64 ticks_later(const struct rig *rig)
{
	return rig->boot_tick + (rig->is_late ? rig->late_ticks : 0) +
	       (rig->autogroup ? rig->autogroup_ticks : 0);
}

s32 rig_ticks_earlier(const struct rig *rig, const struct rig_kthread *k)
{
	/* What comes at the first of them is the runner's own doing. */
	return (s32)(k->tick >= (s32)ticks_later(rig) ? ticks_later(rig) : rig->boot_tick);
}

/*
 * What has been counted when the run begins, before its first tick. A runner that begins later
 * finds more.
 */
static u64 jiffies_at_begin(const struct rig *rig, u64 tick_phase_ns)
{
	u64 tick_ns = SEC / rig->hz, phase = tick_phase_ns % tick_ns;
	u64 first = phase ? phase : tick_ns;

	return rig->jiffies + ticks_later(rig) - (rig_tick(rig, 0, phase) - first) / tick_ns - 1;
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
		text_printf(yaml,
			    "%s    - {at: %" PRIu64 "ns, time: %" PRIu64 "ns, again: %" PRIu64
			    "ns}\n",
			    first ? "  work:\n" : "",
			    rig_tick(rig, k->tick - rig_ticks_earlier(rig, k), tick_phase_ns) +
				    k->delay_ns - rig->worker_wakes_ns,
			    k->run_ns, (u64)(k->period * SEC / rig->hz));
		first = false;
	}
}

static void print_irqs(const struct rig *rig, u64 tick_phase_ns, struct text *yaml)
{
	for (u32 i = 0; i < rig->nr_irqs; i++) {
		const struct rig_irq *irq = &rig->irq[i];

		text_printf(yaml,
			    "%s    - {name: timer%u, first: %" PRIu64 "ns, every: %" PRIu64
			    "ns, time: %" PRIu64 "ns}\n",
			    i ? "" : "  irqs:\n", i,
			    rig_tick(rig, irq->tick, tick_phase_ns) + irq->delay_ns,
			    (u64)(irq->period * SEC / rig->hz), irq->time_ns);
	}
}

/* The set-up has made @room processes. */
static void print_growth(const struct rig *rig, u64 room, struct text *yaml)
{
	text_printf(yaml, "  most_processes: %" PRIu64 "\n  growth: [", room);
	for (u64 i = room - rig->processes; i < rig->nr_growth; i++)
		text_printf(yaml, "%" PRIu64 "ns%s", rig->growth_ns[i],
			    i + 1 < rig->nr_growth ? ", " : "");
	text_add(yaml, "]\n");
}

void rig_print(const struct rig *rig, u64 tick_phase_ns, u64 start_ns, u32 nr_forks,
	       struct text *yaml)
{
	const json_t *sched = json_object_get(rig->meta, "sched");
	const char *slice = rig_string(rig->meta, "base_slice_ms");

	text_printf(yaml,
		    "kernel: %s\nmachine:\n  cpus: %u\n  hz: %u\n  tick_phase: %" PRIu64 "ns\n",
		    rig->kernel, rig->cpus, rig->hz, tick_phase_ns);
	text_printf(yaml, "  uptime: %" PRIu64 "ns\n", uptime_for(rig, tick_phase_ns));
	if (rig->jiffies)
		text_printf(yaml, "  jiffies: %" PRIu64 "\n", jiffies_at_begin(rig, tick_phase_ns));
	if (rig->load_phase_ns)
		text_printf(yaml, "  load_phase: %" PRIu64 "ns\n",
			    load_phase(rig, uptime_for(rig, tick_phase_ns)));
	if (rig->nohz_ticks)
		text_printf(yaml, "  nohz_from: %" PRIu64 "ns\n",
			    (u64)(start_ns + rig->nohz_ticks * (SEC / rig->hz)));
	if (rig->slab_forks)
		text_printf(yaml, "  slab_forks: %" PRIu64 "\n  slab_first: %" PRIu64 "\n",
			    rig->slab_forks, rig->slab_first);
	if (rig->processes)
		print_growth(rig, max_of(rig->processes, (u64)nr_forks), yaml);
	if (rig->stacks)
		text_printf(yaml, "  kept_stacks: %" PRIu64 "\n",
			    rig->stacks + (rig->turns_shared ? 0 : nr_forks));
	text_printf(yaml, "  preempt: %s\n", rig->preempt);
	if (rig->threads)
		text_printf(
			yaml,
			"  sockets: %u\n  cores: %u\n  threads: %u\n  numbering: threads-first\n",
			rig->sockets, rig->cores, rig->threads);
	text_add(yaml, rig->machine);
	print_irqs(rig, tick_phase_ns, yaml);
	print_work(rig, tick_phase_ns, yaml);
	if (rig->turn_ns)
		text_printf(yaml,
			    "  turns: {per_second: %u, phase: %" PRIu64 "ns, unnoticed: %s}\n",
			    TURNS_PER_SECOND,
			    first_turn(start_ns + rig->tick_phase_ns + rig->turn_ns),
			    rig->turns_shared ? "150us, shared: true" : "1ms");
	text_add(yaml, "sched:\n");
	print_features(rig, rig_string(sched, "features"), yaml);
	print_switches(rig, yaml);
	print_knobs(rig, yaml);
	text_printf(yaml, "  sched_autogroup_enabled: %d\n", rig->autogroup);
	if (*slice)
		text_printf(yaml, "  base_slice_ns: %sms\n", slice);
}
