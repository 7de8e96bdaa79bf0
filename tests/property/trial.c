/* SPDX-License-Identifier: MIT */
/* A run and its onlookers, from the library's own parts. */
#include "trial.h"

#include "classes/ext.h"
#include "input/input.h"
#include "proc/proc.h"
#include "run/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 5 };

u32 trials_passed, trials_failed;

void trial_begin(struct trial *trial, const char *what, u64 seed)
{
	*trial = (struct trial){.what = what, .seed = seed, .diag = diag_new()};
	arena_init(&trial->arena);
	names_init(&trial->names);
}

void trial_end(struct trial *trial)
{
	if (trial->ran) {
		watch_fini(&trial->watch);
		observer_free(trial->observer);
		stream_fini(&trial->stream);
	}
	names_fini(&trial->names);
	arena_fini(&trial->arena);
	diag_free(trial->diag);
	if (trial->nr_failed)
		trials_failed++;
	else
		trials_passed++;
}

bool trial_check(struct trial *trial, bool ok, const char *fmt, ...)
{
	va_list args;

	if (ok)
		return true;
	if (trial->nr_failed++ >= SHOWN_MAX)
		return false;
	printf("FAILED: %s, seed %" PRIu64 ": ", trial->what, trial->seed);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return false;
}

void trial_yaml(struct trial *trial, const char *fmt, ...)
{
	char *yaml = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&yaml, fmt, args);
	va_end(args);
	if (len < 0)
		abort();
	trial->workload =
		scenario_compile(&trial->arena, trial->diag,
				 diag_add_source(trial->diag, trial->what, yaml, (size_t)len),
				 "trial", yaml, (size_t)len, NULL, 0);
	if (!trial->workload) {
		diag_print(trial->diag, stdout);
		trial_check(trial, false, "the workload does not compile");
	}
	free(yaml);
}

static void look_at_result(struct trial *trial)
{
	const char *violation = observer_violation(trial->observer);
	const struct watch *watch = &trial->watch;
	u64 tasks = 0, cpus = 0;

	trial_check(trial, !violation, "%s", violation ? violation : "");
	/* Work is conserved, and the two books agree. */
	for (u32 cpu = 0; cpu < watch->nr_cpus; cpu++) {
		const struct cpu_metrics *m = &trial->metrics->cpus[cpu];

		cpus += watch->cpus[cpu].busy_ns;
		trial_check(trial, m->busy_ns == watch->cpus[cpu].busy_ns,
			    "cpu %u was busy for %" PRIu64 " ns, the metrics say %" PRIu64, cpu,
			    watch->cpus[cpu].busy_ns, m->busy_ns);
		trial_check(trial, m->busy_ns + m->idle_ns + m->offline_ns == watch->end,
			    "cpu %u: busy and idle are not the whole run", cpu);
	}
	for (u32 i = 0; i < trial->metrics->nr_comms; i++)
		tasks += trial->metrics->comms[i].sums.cpu_ns;
	trial_check(trial, tasks == cpus,
		    "tasks ran for %" PRIu64 " ns, cpus were busy for %" PRIu64, tasks, cpus);
}

bool trial_run(struct trial *trial, watch_hook hook, void *arg)
{
	const struct workload *workload = trial->workload;
	struct observer_config config = {
		.metrics = true,
		.digest = true,
		.invariants = true,
		.window = {.to = NEVER},
	};
	struct sim *sim;

	if (!workload)
		return false;
	config.hz = workload->platform.hz;
	stream_init(&trial->stream, &trial->names, workload->platform.nr_cpus);
	trial->observer = observer_new(&config, workload->platform.nr_cpus);
	observer_attach(trial->observer, &trial->stream);
	watch_init(&trial->watch, workload, &trial->names);
	trial->watch.hook = hook;
	trial->watch.hook_arg = arg;
	stream_add_sink(&trial->stream, watch_sink(&trial->watch));
	trial->ran = true;
	sim = sim_new(workload, &trial->stream, &trial->names);
	if (trial->decisions.take)
		sim_tell_decisions(sim, trial->decisions);
	trial->completed = sim_run(sim);
	if (!trial->completed)
		snprintf(trial->failure, sizeof(trial->failure), "%s", sim_failure(sim));
	if (sim_ext_report(sim) && sim_ext_report(sim)->kind >= EXT_EXIT_ERROR)
		snprintf(trial->ejected, sizeof(trial->ejected), "%s",
			 sim_ext_report(sim)->message);
	if (trial->look_at_end)
		trial->look_at_end(trial, sim_world(sim)->sched);
	sim_free(sim);
	trial->metrics = observer_finish(trial->observer);
	look_at_result(trial);
	return true;
}
