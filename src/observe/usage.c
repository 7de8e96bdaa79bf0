/* SPDX-License-Identifier: MIT */
/*
 * Per cpu: busy, idle, switches; and Jain's fairness index.
 *
 * The index is (sum x)^2 / (n * sum x^2) over the fair-class tasks of the workload that ran, where
 * x is a task's cpu time divided by its weight: a scheduler that gives each task cpu time in
 * proportion to its weight has 1. In a trace of a real kernel nobody says which tasks are the
 * workload; there all tasks but kernel threads count, and the class is told by the priority.
 */
#include "observe/usage.h"

#include "base/fixed.h"
#include "trace/roster.h"

/* The kernel's weights of nice -20 .. 19: each step is worth about a tenth of the cpu. */
static const u32 nice_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,
	1024,  820,   655,   526,   423,   335,   272,   215,   172,   137,
	110,   87,    70,    56,    45,    36,    29,    23,    18,    15,
};

/* Policy numbers are the kernel's ABI; those of the fair class: */
enum { FAIR_OTHER = 0, FAIR_BATCH = 3, FAIR_IDLE = 5, FAIR_IDLE_WEIGHT = 3 };

void cpu_usage_online(struct cpu_usage *cpu, u64 when, bool online, bool counts)
{
	if (counts && cpu->offline_since != UINT64_MAX)
		cpu->offline_ns += when - cpu->offline_since;
	cpu->offline_since = online ? UINT64_MAX : when;
}

/* What is neither idle nor unknown is busy: no busy time is counted at every switch. */
struct cpu_metrics cpu_usage_metrics(const struct cpu_usage *cpu, u64 window_ns, u64 idle_ns)
{
	u64 unknown = min_of(cpu->unknown_ns, window_ns);
	u64 idle = min_of(idle_ns, window_ns - unknown);
	u64 offline = min_of(cpu->offline_ns, idle); /* an offline cpu has its idle task */

	return (struct cpu_metrics){
		.busy_ns = window_ns - unknown - idle,
		.idle_ns = idle - offline,
		.offline_ns = offline,
		.irq_ns = cpu->irq_ns,
		.unknown_ns = unknown,
		.switches = cpu->switches,
		.pulled = cpu->pulled,
	};
}

static bool is_fair(const struct task_info *info)
{
	if (info->policy == ROSTER_POLICY_UNKNOWN)
		return info->prio >= 100 && info->prio < 140;
	return info->policy == FAIR_OTHER || info->policy == FAIR_BATCH ||
	       info->policy == FAIR_IDLE;
}

static u32 weight_of(const struct task_info *info)
{
	if (info->policy == FAIR_IDLE)
		return FAIR_IDLE_WEIGHT;
	return nice_weight[clamp_to(info->nice, -20, 19) + 20];
}

void fairness_add(struct fairness_sums *sums, u64 cpu_ns, const struct task_info *info)
{
	if (cpu_ns == 0 || !is_fair(info))
		return;
	/* x stays below 2^53 (104 days at weight 1024): a million squares fit in 128 bits. */
	u128 x = (u128)cpu_ns * 1024 / weight_of(info);

	x = min_of(x, (u128)1 << 53);
	sums->sum += x;
	sums->squares += x * x;
	sums->nr++;
}

u32 fairness_ppm(const struct fairness_sums *sums)
{
	if (sums->nr == 0 || sums->squares == 0)
		return 0;
	/* Both sides are scaled so that the sum has at most 51 bits: squared, times 10^6, 122. */
	u32 bits = (u64)(sums->sum >> 64) != 0 ? 64 + bit_length((u64)(sums->sum >> 64))
					       : bit_length((u64)sums->sum);
	u32 shift = bits > 51 ? bits - 51 : 0;
	u128 sum = sums->sum >> shift;
	u128 squares = sums->squares >> 2 * shift;

	if (squares == 0)
		return 0;
	return (u32)min_of(sum * sum * 1000000 / (sums->nr * squares), (u128)1000000);
}
