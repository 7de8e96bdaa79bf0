/* SPDX-License-Identifier: MIT */
/*
 * The machine's files under /proc: loadavg, stat, uptime, sysvipc, net.
 * Kernel: fs/proc/loadavg.c, fs/proc/stat.c, fs/proc/uptime.c, net/core/net-procfs.c; reference:
 * process.md 12, core-rt-dl-ext.md 7.1, 7.3.
 */
#include "proc/irq.h"
#include "proc/netdev.h"
#include "proc/shm.h"
#include "run/look.h"

#include <string.h>

#include "base/text.h"
#include "observe/load.h"
#include "sched/governor.h"

enum { USER_HZ = 100 };

static u64 clock_ticks(u64 ns)
{
	return ns / (SEC / USER_HZ);
}

static u32 nr_running(const struct look *look)
{
	const struct sched *sched = look->world->sched;
	u32 nr = 0;

	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		nr += sched->rqs[cpu].nr_running;
	return nr;
}

static s64 nr_iowait(const struct look *look)
{
	const struct sched *sched = look->world->sched;
	s64 nr = 0;

	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		nr += (s32)sched->rqs[cpu].nr_iowait;
	return nr;
}

/* Idle tasks have no number and are not counted. */
static u32 nr_threads(const struct look *look)
{
	return look->world->nr_procs - look->world->sched->nr_cpus;
}

void view_loadavg(const struct look *look, struct text *out)
{
	for (u32 i = 0; i < NR_LOADS; i++) {
		u32 hundredths = load_hundredths(look->metrics->load_avg[i]);

		text_printf(out, "%u.%02u ", hundredths / 100, hundredths % 100);
	}
	text_printf(out, "%u/%u %u\n", nr_running(look), nr_threads(look),
		    pid_last(&look->world->pids));
}

/* user nice system idle iowait irq softirq steal guest guest_nice */
struct cpu_times {
	u64 user, nice, system, idle, iowait, irq;
};

static void put_cpu(struct text *out, const char *name, const struct cpu_times *t)
{
	text_printf(out,
		    "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		    " 0 0 0 0\n",
		    name, clock_ticks(t->user), clock_ticks(t->nice), clock_ticks(t->system),
		    clock_ticks(t->idle), clock_ticks(t->iowait), clock_ticks(t->irq));
}

/* The part of a cpu's idle time in which somebody waited for I/O that was begun there. */
static u64 iowait_of(const struct look *look, u32 cpu, u64 idle)
{
	const struct rq *rq = &look->world->sched->rqs[cpu];

	return min_of(rq->iowait_ns + sched_iowait_so_far(rq), idle);
}

/*
 * The kernel's part of a cpu's time is what its tasks did there in calls. Whose calls they were is
 * not kept by cpu: tasks with a nice above 0 have as much of the time in user mode as of all time
 * there.
 */
static struct cpu_times times_of(const struct look *look, u32 i)
{
	const struct cpu_metrics *cpu = &look->metrics->cpus[i];
	u64 kernel = min_of(look->world->kernel_ns[i], cpu->busy_ns);
	u64 waited = iowait_of(look, i, cpu->idle_ns);
	u64 user = cpu->busy_ns - kernel - min_of(cpu->irq_ns, cpu->busy_ns - kernel);
	u64 niced = min_of(run_infos_nice_ns(&look->run_infos, i, look->now), cpu->busy_ns);
	u64 nice = cpu->busy_ns ? (u64)((u128)user * niced / cpu->busy_ns) : 0;

	return (struct cpu_times){user - nice,           nice,   kernel,
				  cpu->idle_ns - waited, waited, cpu->irq_ns};
}

/* All of them have a part in the sum, those that are online a line. */
static void put_cpus(const struct look *look, struct text *out)
{
	struct cpu_times sum = {0};
	struct text lines = {0};

	for (u32 i = 0; i < look->metrics->nr_cpus; i++) {
		struct cpu_times t = times_of(look, i);
		char name[16];

		snprintf(name, sizeof(name), "cpu%u", i);
		if (cpumask_test(look->world->sched->rd.online, i))
			put_cpu(&lines, name, &t);
		sum.user += t.user;
		sum.nice += t.nice;
		sum.system += t.system;
		sum.idle += t.idle;
		sum.iowait += t.iowait;
		sum.irq += t.irq;
	}
	put_cpu(out, "cpu ", &sum);
	text_add(out, lines.at);
	text_fini(&lines);
}

void view_machine_stat(const struct look *look, struct text *out)
{
	put_cpus(look, out);
	view_intr_line(look, out);
	text_printf(out, "ctxt %" PRIu64 "\nbtime 0\nprocesses %" PRIu64 "\n",
		    look->metrics->total.switches, look->world->total_forks);
	text_printf(out, "procs_running %u\nprocs_blocked %" PRId64 "\n", nr_running(look),
		    nr_iowait(look));
	view_softirq_line(look, out);
}

struct cpu_time view_cpus_time(const struct look *look)
{
	struct cpu_time sum = {0};

	for (u32 i = 0; i < look->metrics->nr_cpus; i++) {
		struct cpu_times t = times_of(look, i);

		sum.user += t.user + t.nice;
		sum.system += t.system + t.irq;
	}
	return sum;
}

/* ---- uptime ---- */

static void put_seconds(struct text *out, u64 ns)
{
	text_printf(out, "%" PRIu64 ".%02u", (u64)(ns / SEC), (u32)(ns % SEC / (SEC / 100)));
}

/*
 * Since boot, and what all cpus together were idle of the run: nobody waited for I/O meanwhile
 * (get_idle_time()).
 */
void view_uptime(const struct look *look, struct text *out)
{
	u64 idle = 0;

	for (u32 i = 0; i < look->metrics->nr_cpus; i++)
		idle += times_of(look, i).idle;
	put_seconds(out, look->job->workload->platform.uptime_ns + look->now);
	text_add_char(out, ' ');
	put_seconds(out, idle);
	text_add_char(out, '\n');
}

/* ---- sysvipc/shm ---- */

/* What nobody knows here (keys, users, times, who made it) is 0. */
void view_sysvipc_shm(const struct look *look, struct text *out)
{
	enum { MODE = 0600, REMOVED = 01000, PAGE = 4096 };

	text_printf(out,
		    "%10s %10s %5s %21s %5s %5s %6s %5s %5s %5s %5s %10s %10s %10s %21s %21s\n",
		    "key", "shmid", "perms", "size", "cpid", "lpid", "nattch", "uid", "gid", "cuid",
		    "cgid", "atime", "dtime", "ctime", "rss", "swap");
	for (u32 i = 0; i < look->world->workload->nr_shms; i++) {
		struct shm_counts shm;

		if (!shm_count(look->world, i, &shm))
			continue;
		text_printf(out,
			    "%10d %10u  %4o %21" PRIu64
			    " %5u %5u  %5u %5u %5u %5u %5u %10u %10u %10u "
			    "%21" PRIu64 " %21u\n",
			    0, i, MODE | (shm.removed ? REMOVED : 0), shm.pages * PAGE, 0,
			    shm.last_pid, shm.nr_attached, 0, 0, 0, 0, 0, 0, 0, shm.resident * PAGE,
			    0);
	}
}

/* ---- net/dev, net/softnet_stat ---- */

enum { PACKET_BYTES = 1500 };

/* Bytes are not modelled: a packet counts as a full one. */
void view_net_dev(const struct look *look, struct text *out)
{
	const struct workload *w = look->job->workload;

	text_add(out,
		 "Inter-|   Receive                                                |  Transmit\n"
		 " face |bytes    packets errs drop fifo frame compressed multicast|"
		 "bytes    packets errs drop fifo colls carrier compressed\n");
	for (u32 i = 0; i < w->nr_netdevs; i++) {
		struct netdev_counts counts = netdev_counts(look->world, i);

		text_printf(out,
			    "%6s: %7" PRIu64 " %7" PRIu64 "    0 %4" PRIu64
			    "    0     0          0         0 %8" PRIu64 " %7" PRIu64
			    "    0    0    0     0       0          0\n",
			    w->netdevs[i].name, counts.received * PACKET_BYTES, counts.received,
			    counts.missed, counts.sent * PACKET_BYTES, counts.sent);
	}
}

/*
 * Of the cpus that are online: packets that the softirq has taken, dropped ahead of it, times that
 * it left some; then what is not modelled, and which cpu it is.
 */
void view_softnet_stat(const struct look *look, struct text *out)
{
	const struct proc_world *world = look->world;

	cpumask_for_each (cpu, world->sched->rd.online) {
		struct softnet_counts counts = {0};

		if (world->irqs)
			counts = irq_softnet_counts(world, cpu);
		text_printf(out, "%08x %08x %08x", counts.processed, 0, counts.squeezed);
		for (u32 i = 0; i < 9; i++)
			text_add(out, " 00000000");
		text_printf(out, " %08x%s\n", cpu,
			    look->job->workload->kernel.softnet_tells_queues ? " 00000000 00000000"
									     : "");
	}
}

/* name, latency, residency, usage and time of /sys/devices/system/cpu/cpuN/cpuidle/stateM. */
void view_cpuidle(const struct look *look, struct text *out)
{
	const struct sched *sched = look->world->sched;
	const struct platform *platform = &look->job->workload->platform;

	text_add(out, "cpu  state  exit_us residency_us    usage      time_us\n");
	for (u32 cpu = 0; sched->governors && cpu < sched->nr_cpus; cpu++)
		for (u32 i = 0; i < platform->nr_idle_states; i++) {
			const struct idle_state *state = &platform->idle_states[i];
			const struct governor *g = &sched->governors[cpu];

			text_printf(out,
				    "%-4u %-6s %7" PRIu64 " %12" PRIu64 " %8" PRIu64 " %12" PRIu64
				    "\n",
				    cpu, state->name, (u64)(state->exit_ns / USEC),
				    (u64)(state->residency_ns / USEC), g->usage[i],
				    (u64)(g->time_ns[i] / USEC));
		}
}
