/* SPDX-License-Identifier: MIT */
/*
 * The machine part of a workload: a kernel row, its overrides, a platform.
 *
 * An override of a knob is the value that the running kernel would show: it is not scaled with the
 * number of cpus, as the row's defaults are.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"
#include "model/inert.h"

static const char *unit_text(enum knob_unit unit)
{
	static const char *const units[] = {
		[KNOB_NS] = " ns",       [KNOB_US] = " us", [KNOB_MS] = " ms",
		[KNOB_COUNT] = "",       [KNOB_BOOL] = "",  [KNOB_US_LIMIT] = " us",
		[KNOB_MS_RESET] = " ms",
	};

	return units[unit];
}

struct platform *builder_platform(struct builder *b)
{
	return &b->w.platform;
}

bool builder_kernel(struct builder *b, struct loc loc, const char *name)
{
	const struct kernel *row = kernel_find(name);

	ensure(!b->machine_done);
	if (!row) {
		const char *names[16];

		ensure(nr_kernels <= ARRAY_SIZE(names));
		for (u32 i = 0; i < nr_kernels; i++)
			names[i] = kernels[i].name;
		return diag_error(b->diag, loc, "unknown kernel '%s'%s: see 'ossim list kernels'",
				  name, suggestion(b, name, names, nr_kernels));
	}
	b->w.kernel = *row;
	return true;
}

/* The names of what the row has, for suggestions. */
static const char *suggest_knob(struct builder *b, const char *name)
{
	const char **names = arena_array(b->arena, const char *, NR_KNOBS + nr_inert_knobs);
	u32 n = 0;

	for (u32 i = 0; i < NR_KNOBS; i++)
		if (*knob_at(&b->w.kernel.knobs, i) != KNOB_ABSENT)
			names[n++] = knob_infos[i].name;
	for (u32 i = 0; i < nr_inert_knobs; i++)
		if (inert_knob_known(&inert_knobs[i], &b->w.kernel))
			names[n++] = inert_knobs[i].info.name;
	return suggestion(b, name, names, n);
}

/* Does this kernel have it, and may it have this value? */
static bool knob_is_good(struct builder *b, struct loc loc, const struct knob_info *info,
			 bool known, u64 value)
{
	if (!known)
		return diag_error(b->diag, loc, "kernel %s has no knob '%s'", b->w.kernel.name,
				  info->name);
	if (value == KNOB_UNLIMITED && info->unit == KNOB_US_LIMIT)
		return true;
	if (value < info->lowest || value > info->highest)
		return diag_error(b->diag, loc,
				  "%s is %" PRIu64 "%s: it must be %" PRIu64 "..%" PRIu64,
				  info->name, value, unit_text(info->unit), info->lowest,
				  info->highest);
	return true;
}

bool builder_knob_is_good(struct builder *b, struct loc loc, const char *name, u64 *value)
{
	const struct inert_knob *inert = inert_knob_find(name);
	int knob = knob_find(name);

	ensure(!b->machine_done);
	if (inert)
		return knob_is_good(b, loc, &inert->info, inert_knob_known(inert, &b->w.kernel),
				    *value);
	if (knob < 0)
		return diag_error(b->diag, loc, "unknown knob '%s'%s: see 'ossim list knobs'", name,
				  suggest_knob(b, name));
	if (!knob_is_good(b, loc, &knob_infos[knob],
			  *knob_at(&b->w.kernel.knobs, (enum knob_id)knob) != KNOB_ABSENT, *value))
		return false;
	if (!*value && knob_infos[knob].unit == KNOB_MS_RESET)
		/* the row's: what is written is kept apart */
		*value = *knob_at(&b->w.kernel.knobs, (enum knob_id)knob);
	return true;
}

bool builder_knob(struct builder *b, struct loc loc, const char *name, u64 value)
{
	if (!builder_knob_is_good(b, loc, name, &value))
		return false;
	if (!inert_knob_find(name))
		b->knobs[knob_find(name)] =
			(struct knob_override){.set = true, .value = value, .loc = loc};
	return true;
}

/* NO_ stays in front of what is suggested. */
static const char *suggest_feature(struct builder *b, const char *word, bool on)
{
	const char **names =
		arena_array(b->arena, const char *, NR_FEATURE_BITS + nr_inert_features);
	const char *best;
	u32 n = 0;

	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		if (b->w.kernel.features_known >> i & 1)
			names[n++] = feature_names[i];
	for (u32 i = 0; i < nr_inert_features; i++)
		if (inert_feature_known(&inert_features[i], &b->w.kernel))
			names[n++] = inert_features[i].name;
	best = text_suggest(on ? word : word + 3, names, n);
	return best ? arena_printf(b->arena, " (did you mean '%s%s'?)", on ? "" : "NO_", best) : "";
}

/* A kernel that is given fair servers by a switch has them as later ones do. */
static void give_servers(struct kernel *kernel)
{
	const struct kernel *newest = &kernels[nr_kernels - 1];

	if (!kernel_has(kernel, FEATURE_FAIR_SERVER) ||
	    kernel->knobs.fair_server_runtime_ns != KNOB_ABSENT)
		return;
	kernel->knobs.fair_server_runtime_ns = newest->knobs.fair_server_runtime_ns;
	kernel->knobs.fair_server_period_ns = newest->knobs.fair_server_period_ns;
}

bool builder_feature(struct builder *b, struct loc loc, const char *name)
{
	bool on = strncmp(name, "NO_", 3) != 0, known;
	const struct inert_feature *inert = inert_feature_find(on ? name : name + 3);
	int bit = feature_find(on ? name : name + 3);

	ensure(!b->machine_done);
	if (bit < 0 && !inert)
		return diag_error(b->diag, loc, "unknown feature '%s'%s: see 'ossim list features'",
				  name, suggest_feature(b, name, on));
	known = inert ? inert_feature_known(inert, &b->w.kernel)
		      : (bool)(b->w.kernel.features_known >> bit & 1);
	if (!known)
		return diag_error(b->diag, loc, "kernel %s has no feature '%s'", b->w.kernel.name,
				  on ? name : name + 3);
	if (inert)
		return true;
	b->features_set |= (u128)1 << bit;
	if (on)
		b->w.kernel.features |= (u128)1 << bit;
	else
		b->w.kernel.features &= ~((u128)1 << bit);
	give_servers(&b->w.kernel);
	return true;
}

/* As when the sysctls are written: what RT tasks may take of a period is not more than it. */
static bool rt_runtime_fits(struct builder *b, struct loc loc)
{
	const struct knobs *knobs = &b->w.kernel.knobs;
	const struct knob_override *runtime = &b->knobs[KNOB_ID_rt_runtime_us];
	const struct knob_override *period = &b->knobs[KNOB_ID_rt_period_us];

	if (knobs->rt_runtime_us == KNOB_UNLIMITED || knobs->rt_runtime_us <= knobs->rt_period_us)
		return true;
	return diag_error(b->diag,
			  runtime->set  ? runtime->loc
			  : period->set ? period->loc
					: loc,
			  "sched_rt_runtime_us is %" PRIu64
			  " us, which is more than sched_rt_period_us, %" PRIu64 " us",
			  knobs->rt_runtime_us, knobs->rt_period_us);
}

/* Where the one of two knobs stands that was written, or the machine, if neither was. */
static struct loc loc_of_either(struct builder *b, struct loc loc, enum knob_id one,
				enum knob_id other)
{
	return b->knobs[one].set     ? b->knobs[one].loc
	       : b->knobs[other].set ? b->knobs[other].loc
				     : loc;
}

/* The limits of deadline tasks' periods are each other's bounds (sched_deadline_period_min_us). */
static bool dl_periods_fit(struct builder *b, struct loc loc)
{
	const struct knobs *knobs = &b->w.kernel.knobs;

	if (knobs->dl_period_min_us <= knobs->dl_period_max_us)
		return true;
	return diag_error(b->diag,
			  loc_of_either(b, loc, KNOB_ID_dl_period_min_us, KNOB_ID_dl_period_max_us),
			  "sched_deadline_period_min_us is %" PRIu64
			  " us, which is more than sched_deadline_period_max_us, %" PRIu64 " us",
			  knobs->dl_period_min_us, knobs->dl_period_max_us);
}

/*
 * As when the file in debugfs is written (sched_fair_server_write, dl_server_apply_params), or the
 * sysctl after it (sched_dl_global_validate): all cpus' servers together are a reservation like
 * others.
 */
static bool fair_server_fits(struct builder *b, struct loc loc)
{
	const struct knobs *knobs = &b->w.kernel.knobs;
	u64 runtime = knobs->fair_server_runtime_ns, period = knobs->fair_server_period_ns;

	if (!kernel_has(&b->w.kernel, FEATURE_FAIR_SERVER) || runtime == KNOB_ABSENT || !runtime)
		return true;
	if (runtime > period)
		return diag_error(b->diag,
				  loc_of_either(b, loc, KNOB_ID_fair_server_runtime_ns,
						KNOB_ID_fair_server_period_ns),
				  "fair_server/runtime is %" PRIu64
				  " ns, which is more than fair_server/period, %" PRIu64 " ns",
				  runtime, period);
	if (knobs->rt_runtime_us == KNOB_UNLIMITED ||
	    (runtime << 20) / period <= (knobs->rt_runtime_us << 20) / knobs->rt_period_us)
		return true;
	return diag_error(b->diag,
			  b->knobs[KNOB_ID_rt_runtime_us].set
				  ? b->knobs[KNOB_ID_rt_runtime_us].loc
				  : loc_of_either(b, loc, KNOB_ID_fair_server_runtime_ns,
						  KNOB_ID_rt_period_us),
			  "the fair servers have more (fair_server/runtime is %" PRIu64
			  " ns of %" PRIu64 ") than sched_rt_runtime_us allows, %" PRIu64
			  " us of %" PRIu64 " (EBUSY)",
			  runtime, period, knobs->rt_runtime_us, knobs->rt_period_us);
}

static void scale_knobs(struct builder *b)
{
	struct kernel scaled = kernel_for_cpus(&b->w.kernel, b->w.platform.nr_cpus);

	for (u32 i = 0; i < NR_KNOBS; i++)
		if (b->knobs[i].set)
			*knob_at(&scaled.knobs, i) = b->knobs[i].value;
	if (b->knobs[KNOB_ID_tunable_scaling].set)
		kernel_take_scaling(&scaled, b->w.platform.nr_cpus);
	if (b->knobs[KNOB_ID_nr_latency].set)
		scaled.knobs.nr_latency = b->knobs[KNOB_ID_nr_latency].value;
	b->w.kernel = scaled;
}

/* What was asked for by name stays as it is. */
static void take_defaults(struct builder *b, enum preempt_model model)
{
	struct kernel *kernel = &b->w.kernel, built = kernel_for_preempt(kernel, model);

	built.features = (built.features & ~b->features_set) | (kernel->features & b->features_set);
	*kernel = built;
}

void builder_preempt(struct builder *b, struct loc loc, enum preempt_model model)
{
	b->w.platform.preempt = model;
	b->preempt_loc = loc;
}

/* "v6.12 and v6.18 have it": the rows with all of @features. */
static const char *rows_that_have(struct arena *arena, u128 features)
{
	const char *text = "", *last = NULL;
	u32 nr = 0;

	for (u32 i = 0; i < nr_kernels; i++) {
		if (!kernel_has(&kernels[i], features))
			continue;
		if (last)
			text = arena_printf(arena, "%s%s%s", text, nr > 1 ? ", " : "", last);
		last = kernels[i].name;
		nr++;
	}
	return nr > 1 ? arena_printf(arena, "%s and %s have it", text, last)
		      : arena_printf(arena, "%s has it", last);
}

static bool choose_preempt(struct builder *b, struct loc loc)
{
	struct platform *platform = &b->w.platform;
	const struct kernel *kernel = &b->w.kernel;
	bool lazy_exists = kernel_has(kernel, FEATURE_LAZY_RESCHED);
	u128 needs;

	if (platform->preempt == PREEMPT_UNSET)
		platform->preempt = kernel->preempt == PREEMPT_LAZY && !lazy_exists
					    ? PREEMPT_VOLUNTARY
					    : kernel->preempt;
	needs = preempt_model_needs(platform->preempt);
	if (needs && !kernel_has(kernel, needs))
		return diag_error(
			b->diag, b->preempt_loc.line ? b->preempt_loc : loc,
			"kernel %s has no preemption model '%s': %s, others need 'switches: [%s]' under 'sched:'",
			kernel->name, preempt_model_names[platform->preempt],
			rows_that_have(b->arena, needs),
			needs == FEATURE_PREEMPT_RT ? "PREEMPT_RT" : "LAZY_RESCHED");
	platform->lazy = lazy_exists &&
			 (platform->preempt == PREEMPT_LAZY || platform->preempt == PREEMPT_RT);
	take_defaults(b, platform->preempt);
	return true;
}

/*
 * What is not modelled of a PREEMPT_RT kernel: who does the interrupts and softirqs of a cpu that
 * goes, and how threads take turns with an emulator.
 */
static bool check_rt(struct builder *b, struct loc loc)
{
	const struct platform *platform = &b->w.platform;

	if (platform->preempt != PREEMPT_RT)
		return true;
	if (platform->turns_per_second)
		return diag_error(
			b->diag, b->preempt_loc.line ? b->preempt_loc : loc,
			"preempt 'rt' is not modelled with machine.turns, whose emulators were only seen with other kernels");
	if (b->cpu_events_at.len)
		return diag_error(
			b->diag, b->cpu_events_at.at[0].loc,
			"machine.events is not modelled with preempt 'rt': the threads that do a cpu's interrupts and softirqs stay there");
	return true;
}

bool builder_machine_done(struct builder *b, struct loc loc)
{
	const char *error = NULL;

	ensure(!b->machine_done);
	b->machine_done = true;
	if (!platform_complete(&b->w.platform, b->arena, &error))
		return diag_error(b->diag, loc, "%s", error);
	b->machine_good = choose_preempt(b, loc);
	scale_knobs(b);
	b->machine_good &=
		rt_runtime_fits(b, loc) && dl_periods_fit(b, loc) && fair_server_fits(b, loc);
	if (b->w.model == MODEL_XV6 && !check_xv6_machine(b, loc))
		return false;
	b->machine_good &= check_rt(b, loc);
	return check_cpu_events(b) && check_irqs(b) && b->machine_good;
}

/* A cpu set that was written before is the same mask. */
const struct cpumask *builder_cpus(struct builder *b, struct loc loc, const char *text)
{
	u32 *slot = symbol_slot(&b->symbols, SYMBOL_CPUS, text);
	const char *error = NULL;

	if (*slot)
		return b->masks.at[*slot - 1];

	struct cpumask *mask =
		cpumask_new(b->arena, b->machine_good ? b->w.platform.nr_cpus : CPUS_MAX);

	if (!cpumask_parse(mask, text, &error)) {
		diag_error(b->diag, loc, "cpus '%s': %s (the machine has cpus 0..%u)", text, error,
			   mask->nr_bits - 1);
		return NULL;
	}
	if (cpumask_empty(mask)) {
		diag_error(b->diag, loc, "cpus '%s': the set is empty", text);
		return NULL;
	}
	vec_push(&b->masks, mask);
	*slot = b->masks.len;
	return mask;
}
