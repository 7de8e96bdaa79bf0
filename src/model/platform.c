/* SPDX-License-Identifier: MIT */
/*
 * From "8 cpus" to every cpu's place.
 *
 * Four figures describe the shape: cpus, sockets, cores per socket, threads per core. What is not
 * given is derived so that the product comes out; what is given too much is checked against it.
 * Caches and nodes are runs of neighbouring cores, so each cpu's place follows from its core.
 */
#include "model/platform.h"

#include <string.h>

#include "base/bitset.h"

enum { THREADS_MAX = 8, DISTANCE_LOCAL = 10, DISTANCE_REMOTE = 20, DISTANCE_MAX = 255 };

/* Pid numbers: defaults and limits of x86-64. */
enum { PID_MAX_DEFAULT = 32768, PID_MAX_LIMIT = 4194304, PIDS_PER_CPU = 1024, PID_MAX_LEAST = 301 };

const char *const preempt_model_names[NR_PREEMPT_MODELS] = {
	[PREEMPT_NONE] = "none", [PREEMPT_VOLUNTARY] = "voluntary",
	[PREEMPT_FULL] = "full", [PREEMPT_LAZY] = "lazy",
	[PREEMPT_RT] = "rt",
};

int preempt_model_find(const char *name)
{
	for (u32 i = 0; i < NR_PREEMPT_MODELS; i++)
		if (strcmp(preempt_model_names[i], name) == 0)
			return (int)i;
	return -1;
}

bool platform_hz_exists(u32 hz)
{
	return hz == 100 || hz == 250 || hz == 300 || hz == 1000;
}

void platform_init(struct platform *platform)
{
	bool found;

	*platform = (struct platform){
		.threads_last = true,
		.hz = 250,
		.nohz_idle = true,
		.preempt = PREEMPT_UNSET,
		.kernel_threads = true,
		.newidle_ratio = 512,
	};
	found = costs_preset("x86-64", &platform->costs);
	assert(found);
	(void)found;
}

/* The cpus that the known figures leave for the unknown one; 0 if they do not divide. */
static u64 rest_of(u64 cpus, u64 known)
{
	return known && cpus % known == 0 ? cpus / known : 0;
}

/* Fills in sockets, cores and threads for a given number of cpus. */
static void derive_from_cpus(struct platform *p)
{
	bool threads_free = !p->threads;

	if (!p->sockets && !(p->cores && p->threads))
		p->sockets = p->nodes ? p->nodes : 1;
	if (!p->threads && !p->cores)
		p->threads = 1;
	if (!p->cores)
		p->cores = (u32)rest_of(p->nr_cpus, (u64)p->sockets * p->threads);
	else if (!p->sockets)
		p->sockets = (u32)rest_of(p->nr_cpus, (u64)p->cores * p->threads);
	else if (threads_free)
		p->threads = (u32)rest_of(p->nr_cpus, (u64)p->sockets * p->cores);
}

static bool derive_shape(struct platform *p, struct arena *arena, const char **error)
{
	struct platform given = *p;

	if (!p->nr_cpus) {
		p->sockets = p->sockets ? p->sockets : p->nodes ? p->nodes : 1;
		p->cores = p->cores ? p->cores : 1;
		p->threads = p->threads ? p->threads : 1;
	} else {
		derive_from_cpus(p);
	}
	u64 cpus = (u64)p->sockets * p->cores;
	cpus = cpus > CPUS_MAX ? cpus : cpus * p->threads;

	if (given.nr_cpus > CPUS_MAX || cpus > CPUS_MAX) {
		*error = arena_printf(arena, "%" PRIu64 " cpus are more than the limit of %d",
				      max_of((u64)given.nr_cpus, cpus), CPUS_MAX);
		return false;
	}
	if (given.nr_cpus && cpus == 0) {
		*error = arena_printf(arena,
				      "%u cpus cannot be divided evenly into the given "
				      "sockets, cores and threads",
				      given.nr_cpus);
		return false;
	}
	if (given.nr_cpus && cpus != given.nr_cpus) {
		*error = arena_printf(arena,
				      "%u sockets of %u cores of %u threads are %" PRIu64
				      " cpus, not %u",
				      p->sockets, p->cores, p->threads, cpus, given.nr_cpus);
		return false;
	}
	if (p->threads > THREADS_MAX) {
		*error = arena_printf(arena, "%u threads per core are more than the limit of %d",
				      p->threads, THREADS_MAX);
		return false;
	}
	p->nr_cpus = (u32)cpus;
	p->nr_cores = p->sockets * p->cores;
	return true;
}

/* Caches lie within a socket and within a node; nodes hold whole sockets or split one evenly. */
static bool derive_caches(struct platform *p, struct arena *arena, const char **error)
{
	p->nodes = p->nodes ? p->nodes : p->sockets;
	if (p->nr_cores % p->nodes || (p->sockets % p->nodes && p->nodes % p->sockets)) {
		*error = arena_printf(arena, "%u nodes cannot share %u sockets of %u cores evenly",
				      p->nodes, p->sockets, p->cores);
		return false;
	}
	u32 node_cores = p->nr_cores / p->nodes;

	if (!p->llc_cores)
		p->llc_cores = min_of(p->cores, node_cores);
	if (p->cores % p->llc_cores) {
		*error = arena_printf(arena,
				      "last-level caches of %u cores do not divide a socket "
				      "of %u cores",
				      p->llc_cores, p->cores);
		return false;
	}
	if (node_cores % p->llc_cores) {
		*error = arena_printf(arena,
				      "last-level caches of %u cores do not divide a node "
				      "of %u cores",
				      p->llc_cores, node_cores);
		return false;
	}
	p->cluster_cores = p->cluster_cores ? p->cluster_cores : 1;
	if (p->llc_cores % p->cluster_cores) {
		*error = arena_printf(arena,
				      "clusters of %u cores do not divide a last-level cache "
				      "of %u cores",
				      p->cluster_cores, p->llc_cores);
		return false;
	}
	p->nr_llcs = p->nr_cores / p->llc_cores;
	p->nr_clusters = p->nr_cores / p->cluster_cores;
	return true;
}

static void fill_cpus(struct platform *p, struct arena *arena)
{
	p->cpu = arena_array(arena, struct platform_cpu, p->nr_cpus);
	for (u32 i = 0; i < p->nr_cpus; i++) {
		u32 core = p->threads_last ? i % p->nr_cores : i / p->threads;

		p->cpu[i] = (struct platform_cpu){
			.core = (u16)core,
			.cluster = (u16)(core / p->cluster_cores),
			.llc = (u16)(core / p->llc_cores),
			.socket = (u16)(core / p->cores),
			.node = (u16)(core / (p->nr_cores / p->nodes)),
		};
	}
}

static bool check_distances(const struct platform *p, struct arena *arena, const char **error)
{
	for (u32 i = 0; i < p->nodes * p->nodes; i++) {
		u32 a = i / p->nodes, b = i % p->nodes;
		u32 distance = p->distance[i];
		bool fits = a == b ? distance == DISTANCE_LOCAL
				   : distance > DISTANCE_LOCAL && distance <= DISTANCE_MAX;

		if (fits)
			continue;
		*error = arena_printf(arena,
				      "the distance from node %u to node %u is %u: a node is %d "
				      "from itself and %d to %d from another",
				      a, b, distance, DISTANCE_LOCAL, DISTANCE_LOCAL + 1,
				      DISTANCE_MAX);
		return false;
	}
	return true;
}

static void fill_distances(struct platform *p, struct arena *arena)
{
	p->distance = arena_array(arena, u32, (size_t)p->nodes * p->nodes);
	for (u32 i = 0; i < p->nodes * p->nodes; i++)
		p->distance[i] = i / p->nodes == i % p->nodes ? DISTANCE_LOCAL : DISTANCE_REMOTE;
}

static bool complete_clock(struct platform *p, struct arena *arena, const char **error)
{
	if (!platform_hz_exists(p->hz)) {
		*error = arena_printf(arena, "HZ %u does not exist: it is 100, 250, 300 or 1000",
				      p->hz);
		return false;
	}
	p->tick_ns = platform_tick_of(p->hz);
	if (p->tick_phase_ns > p->tick_ns)
		p->tick_phase_ns %= p->tick_ns;
	return true;
}

static bool complete_pids(struct platform *p, struct arena *arena, const char **error)
{
	if (!p->pid_max)
		p->pid_max = min_of((u32)PID_MAX_LIMIT,
				    max_of((u32)PID_MAX_DEFAULT, PIDS_PER_CPU * p->nr_cpus));
	u32 least = max_of((u32)PID_MAX_LEAST, 8 * p->nr_cpus);

	if (p->pid_max < least || p->pid_max > PID_MAX_LIMIT) {
		*error = arena_printf(arena, "pid_max %u is outside %u..%d", p->pid_max, least,
				      PID_MAX_LIMIT);
		return false;
	}
	if (p->last_pid >= p->pid_max) {
		*error = arena_printf(arena, "last_pid %u is not below pid_max %u", p->last_pid,
				      p->pid_max);
		return false;
	}
	return true;
}

bool platform_complete(struct platform *platform, struct arena *arena, const char **error)
{
	if (!derive_shape(platform, arena, error) || !derive_caches(platform, arena, error) ||
	    !complete_clock(platform, arena, error) || !complete_pids(platform, arena, error))
		return false;
	if (platform->distance && !check_distances(platform, arena, error))
		return false;
	if (!platform->distance)
		fill_distances(platform, arena);
	fill_cpus(platform, arena);
	return true;
}

u32 platform_node_distance(const struct platform *platform, u32 a, u32 b)
{
	return platform->distance[a * platform->nodes + b];
}
