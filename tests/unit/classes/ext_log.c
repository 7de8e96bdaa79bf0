/* SPDX-License-Identifier: MIT */
/* A policy that writes down which of its ops are called. */
#include "ext_log.h"

#include <string.h>

struct ext_log ext_log;

const char *ext_log_name(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return task ? ext_task_comm(x, task) : "-";
}

/* "op", "op A", "op A 5" */
printf_like(1, 2) static void put(const char *fmt, ...)
{
	char line[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	text_printf(&ext_log.text, "%s%s", ext_log.text.len ? ", " : "", line);
}

static s32 log_select_cpu(struct ossim_ext *x, struct ossim_ext_task *task, s32 prev_cpu,
			  u64 wake_flags)
{
	bool is_idle;
	s32 cpu = ext_select_cpu_dfl(x, task, prev_cpu, wake_flags, &is_idle);

	put("select_cpu %s", ext_log_name(x, task));
	if (is_idle && ext_log.direct)
		ext_insert(x, task, EXT_DSQ_LOCAL, ext_log.slice ? ext_log.slice : ext_slice_dfl(x),
			   0);
	return cpu;
}

static void log_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, u64 enq_flags)
{
	put("enqueue %s%s%s", ext_log_name(x, task), enq_flags & EXT_ENQ_LAST ? " last" : "",
	    enq_flags & EXT_ENQ_CPU_SELECTED ? " selected" : "");
	if (!ext_log.keep)
		ext_insert(x, task, EXT_DSQ_GLOBAL,
			   ext_log.slice ? ext_log.slice : ext_slice_dfl(x), enq_flags);
}

static void log_dequeue(struct ossim_ext *x, struct ossim_ext_task *task, u64 deq_flags)
{
	put("dequeue %s%s", ext_log_name(x, task), deq_flags & EXT_DEQ_SLEEP ? " sleep" : "");
}

static void log_dispatch(struct ossim_ext *x, s32 cpu, struct ossim_ext_task *prev)
{
	if (!ext_log.quiet_dispatch)
		put("dispatch %d %s", cpu, ext_log_name(x, prev));
}

static void log_tick(struct ossim_ext *x, struct ossim_ext_task *task)
{
	if (ext_log.ticks)
		put("tick %s", ext_log_name(x, task));
}

static void log_runnable(struct ossim_ext *x, struct ossim_ext_task *task, u64 enq_flags unused_arg)
{
	put("runnable %s", ext_log_name(x, task));
}

static void log_running(struct ossim_ext *x, struct ossim_ext_task *task)
{
	put("running %s", ext_log_name(x, task));
}

static void log_stopping(struct ossim_ext *x, struct ossim_ext_task *task, bool runnable)
{
	put("stopping %s %d", ext_log_name(x, task), runnable);
}

static void log_quiescent(struct ossim_ext *x, struct ossim_ext_task *task, u64 deq_flags)
{
	put("quiescent %s%s", ext_log_name(x, task), deq_flags & EXT_DEQ_SLEEP ? " sleep" : "");
}

static void log_set_weight(struct ossim_ext *x, struct ossim_ext_task *task, u32 weight)
{
	put("set_weight %s %u", ext_log_name(x, task), weight);
}

static void log_set_cpumask(struct ossim_ext *x, struct ossim_ext_task *task)
{
	put("set_cpumask %s", ext_log_name(x, task));
}

static void log_cpu_release(struct ossim_ext *x unused_arg, s32 cpu,
			    enum ossim_ext_release_reason reason)
{
	put("cpu_release %d %s", cpu,
	    reason == EXT_RELEASE_RT     ? "rt"
	    : reason == EXT_RELEASE_STOP ? "stop"
					 : "?");
}

static void log_cpu_acquire(struct ossim_ext *x unused_arg, s32 cpu)
{
	put("cpu_acquire %d", cpu);
}

static s32 log_init_task(struct ossim_ext *x, struct ossim_ext_task *task, bool fork)
{
	put("init_task %s%s", ext_log_name(x, task), fork ? " fork" : "");
	return 0;
}

static void log_exit_task(struct ossim_ext *x, struct ossim_ext_task *task,
			  bool cancelled unused_arg)
{
	put("exit_task %s", ext_log_name(x, task));
}

static void log_enable(struct ossim_ext *x, struct ossim_ext_task *task)
{
	put("enable %s", ext_log_name(x, task));
}

static void log_disable(struct ossim_ext *x, struct ossim_ext_task *task)
{
	put("disable %s", ext_log_name(x, task));
}

static void log_dump_cpu(struct ossim_ext *x, s32 cpu, bool idle)
{
	ext_dump(x, "cpu %d %d", cpu, idle);
}

static void log_dump_task(struct ossim_ext *x, struct ossim_ext_task *task)
{
	ext_dump(x, "task %s", ext_log_name(x, task));
}

static s32 log_cgroup_init(struct ossim_ext *x, u64 cgroup, u32 weight)
{
	if (ext_log.cgroups)
		put("cgroup_init %d in %d weight %u", (int)cgroup,
		    (int)ext_cgroup_parent(x, cgroup), weight);
	return 0;
}

static void log_cgroup_exit(struct ossim_ext *x unused_arg, u64 cgroup)
{
	if (ext_log.cgroups)
		put("cgroup_exit %d", (int)cgroup);
}

static s32 log_cgroup_prep_move(struct ossim_ext *x, struct ossim_ext_task *task, u64 from, u64 to)
{
	put("prep_move %s %d %d", ext_log_name(x, task), (int)from, (int)to);
	return ext_log.refuse_move;
}

static void log_cgroup_move(struct ossim_ext *x, struct ossim_ext_task *task, u64 from, u64 to)
{
	put("move %s %d %d", ext_log_name(x, task), (int)from, (int)to);
}

static void log_cgroup_cancel_move(struct ossim_ext *x, struct ossim_ext_task *task, u64 from,
				   u64 to)
{
	put("cancel_move %s %d %d", ext_log_name(x, task), (int)from, (int)to);
}

static void log_cgroup_set_weight(struct ossim_ext *x, u64 cgroup, u32 weight)
{
	put("cgroup_set_weight %d %u %u", (int)cgroup, weight, ext_cgroup_weight(x, cgroup));
}

static void log_cgroup_set_bandwidth(struct ossim_ext *x unused_arg, u64 cgroup, u64 period,
				     u64 quota, u64 burst)
{
	put("cgroup_set_bandwidth %d %d %d %d", (int)cgroup, (int)period, (int)quota, (int)burst);
}

static void log_cgroup_set_idle(struct ossim_ext *x unused_arg, u64 cgroup, bool idle)
{
	put("cgroup_set_idle %d %d", (int)cgroup, idle);
}

static s32 log_init(struct ossim_ext *x unused_arg)
{
	put("init");
	return 0;
}

static void log_exit(struct ossim_ext *x unused_arg, const struct ossim_ext_exit_info *info)
{
	put("exit %d", (int)info->kind);
}

const struct ossim_ext_policy ext_log_policy = {
	EXT_POLICY_HEAD("log"),
	.select_cpu = log_select_cpu,
	.enqueue = log_enqueue,
	.dequeue = log_dequeue,
	.dispatch = log_dispatch,
	.tick = log_tick,
	.runnable = log_runnable,
	.running = log_running,
	.stopping = log_stopping,
	.quiescent = log_quiescent,
	.set_weight = log_set_weight,
	.set_cpumask = log_set_cpumask,
	.cpu_release = log_cpu_release,
	.cpu_acquire = log_cpu_acquire,
	.init_task = log_init_task,
	.exit_task = log_exit_task,
	.enable = log_enable,
	.disable = log_disable,
	.init = log_init,
	.exit = log_exit,
	.cgroup_init = log_cgroup_init,
	.cgroup_exit = log_cgroup_exit,
	.cgroup_prep_move = log_cgroup_prep_move,
	.cgroup_move = log_cgroup_move,
	.cgroup_cancel_move = log_cgroup_cancel_move,
	.cgroup_set_weight = log_cgroup_set_weight,
	.cgroup_set_bandwidth = log_cgroup_set_bandwidth,
	.cgroup_set_idle = log_cgroup_set_idle,
	.dump_cpu = log_dump_cpu,
	.dump_task = log_dump_task,
};

struct smp *ext_log_machine(struct smp_options options, const struct ossim_ext_policy *policy,
			    u32 nr, bool pinned)
{
	struct smp *smp;

	options.policy = policy;
	options.cores = options.cores ? options.cores : 1;
	smp = smp_new(options);
	text_clear(&ext_log.text);
	for (u32 i = 0; i < nr; i++)
		smp_task(smp, (struct sched_attr){0}, pinned ? smp_mask(smp, "0") : NULL, SEC, 0);
	ext_start(smp->ext);
	machine_start(&smp->machine);
	ext_log_run(smp, 1);
	text_clear(&ext_log.text);
	return smp;
}

void ext_log_run(struct smp *smp, u64 until)
{
	smp_run(smp, until);
}

void ext_log_expect(const char *expected)
{
	cr_assert_str_eq(ext_log.text.at ? ext_log.text.at : "", expected);
	text_clear(&ext_log.text);
}
