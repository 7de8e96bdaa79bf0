/* SPDX-License-Identifier: MIT */
/*
 * What other tools and the kernel call what the workload language calls otherwise.
 *
 * A slip of the pen is near what was meant, by letters; a word of another tool is not: "cpus" of a
 * task is nearer to "cpu" than to "affinity". One word may stand for several keys, of which a map
 * has one at most.
 */
#include "input/synonyms.h"

#include <string.h>

#include "base/types.h"

static const struct synonym {
	const char *word, *key;
} synonyms[] = {
	/* rt-app */
	{"instance", "count"},
	{"phases", "program"},
	{"taskgroup", "group"},
	{"dl-runtime", "runtime"},
	{"dl-deadline", "deadline"},
	{"dl-period", "period"},
	{"usleep", "sleep"},
	{"runtime", "run"},
	/* taskset, cpuset */
	{"cpus", "affinity"},
	{"cpuset", "affinity"},
	{"cpumask", "affinity"},
	{"cpus_allowed", "affinity"},
	{"taskset", "affinity"},
	/* chrt, struct sched_attr, struct sched_param */
	{"sched_policy", "policy"},
	{"sched_class", "policy"},
	{"class", "policy"},
	{"scheduler", "policy"},
	{"prio", "priority"},
	{"rtprio", "priority"},
	{"rt_priority", "priority"},
	{"sched_priority", "priority"},
	{"sched_nice", "nice"},
	{"sched_runtime", "runtime"},
	{"sched_deadline", "deadline"},
	{"sched_period", "period"},
	/* Of tasks and machines elsewhere. */
	{"cgroup", "group"},
	{"cgroups", "groups"},
	{"threads", "count"},
	{"instances", "count"},
	{"comm", "name"},
	{"actions", "program"},
	{"phase", "program"},
	{"ncpus", "cpus"},
	{"nr_cpus", "cpus"},
	{"num_cpus", "cpus"},
	{"smt", "threads"},
	{"preemption", "preempt"},
	{"length", "duration"},
	{"runtime", "duration"},
	/* Calls of libc and the kernel. */
	{"compute", "run"},
	{"busy", "run"},
	{"work", "run"},
	{"burn", "run"},
	{"msleep", "sleep"},
	{"nanosleep", "sleep"},
	{"clock_nanosleep", "timer"},
	{"sched_yield", "yield"},
	{"spawn", "fork"},
	{"thread", "clone"},
	{"pthread_create", "clone"},
	{"execve", "exec"},
	{"waitpid", "wait"},
	{"mutex_lock", "lock"},
	{"mutex_unlock", "unlock"},
	{"acquire", "lock"},
	{"release", "unlock"},
	{"post", "sem_post"},
	{"repeat", "loop"},
};

const char *synonym_of(const char *word, const char *const *candidates, size_t nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(synonyms); i++) {
		if (strcmp(synonyms[i].word, word) != 0)
			continue;
		for (size_t k = 0; k < nr; k++)
			if (strcmp(synonyms[i].key, candidates[k]) == 0)
				return candidates[k];
	}
	return NULL;
}
