/* SPDX-License-Identifier: MIT */
/* The last decisions of each cpu: a pick begins a new page. */
#include "observe/moment.h"

#include <stdlib.h>

#include "base/ensure.h"

void moment_init(struct moment *moment, u64 at, u32 nr_cpus)
{
	*moment = (struct moment){.at = at, .nr_cpus = nr_cpus};
	moment->cpus = calloc(nr_cpus, sizeof(*moment->cpus));
	if (!moment->cpus)
		die("out of memory for a moment's decisions");
}

void moment_fini(struct moment *moment)
{
	for (u32 i = 0; i < moment->nr_cpus; i++) {
		told_fini(&moment->cpus[i].pick);
		told_list_fini(&moment->cpus[i].before);
		told_list_fini(&moment->cpus[i].since);
	}
	free(moment->cpus);
}

static bool leads_to_pick(const struct decision *decision)
{
	return decision->kind == DECISION_BALANCE || decision->kind == DECISION_DELAY;
}

static void turn_page(struct moment_cpu *cpu, const struct decision *pick)
{
	told_list_clear(&cpu->before);
	for (u32 i = 0; i < cpu->since.len; i++) {
		const struct decision *decision = &cpu->since.at[i].decision;

		if (decision->when == pick->when && leads_to_pick(decision))
			told_list_add(&cpu->before, decision);
	}
	told_list_clear(&cpu->since);
	if (!cpu->picked || pick->task != pick->other)
		cpu->runs_since = pick->when;
	cpu->picked = true;
	told_set(&cpu->pick, pick);
}

void moment_take(void *self, const struct decision *decision)
{
	struct moment *moment = self;
	struct moment_cpu *cpu = &moment->cpus[decision->cpu];

	if (decision->when > moment->at)
		return;
	if (decision->kind == DECISION_PICK)
		turn_page(cpu, decision);
	else
		told_list_add(&cpu->since, decision);
}
