/* SPDX-License-Identifier: MIT */
/* Hand-made records for an observer. */
#include "feed.h"

void feed_init(struct feed *feed, struct observer_config config)
{
	if (config.window.to == 0)
		config.window.to = NEVER;
	names_init(&feed->names);
	stream_init(&feed->stream, &feed->names, FEED_CPUS);
	feed->observer = observer_new(&config, FEED_CPUS);
	observer_attach(feed->observer, &feed->stream);
	feed->now = 0;
}

void feed_fini(struct feed *feed)
{
	observer_free(feed->observer);
	stream_fini(&feed->stream);
	names_fini(&feed->names);
}

void feed_put(struct feed *feed, struct record record)
{
	feed->now = record.when;
	stream_put(&feed->stream, record);
}

static u64 name(struct feed *feed, const char *text)
{
	return names_intern_str(&feed->names, text);
}

void feed_idle_tasks(struct feed *feed)
{
	static const char *const comms[FEED_CPUS] = {"swapper/0", "swapper/1"};

	for (u32 cpu = 0; cpu < FEED_CPUS; cpu++) {
		feed_put(feed, (struct record){
				       .when = feed->now,
				       .kind = RECORD_TASK,
				       .task = cpu,
				       .other = TASK_ID_NONE,
				       .value = name(feed, comms[cpu]),
			       });
		feed_attr(feed, cpu, 0, 0);
	}
}

static void birth(struct feed *feed, enum record_kind kind, u32 task, u32 parent, const char *comm)
{
	feed_put(feed, (struct record){
			       .when = feed->now,
			       .kind = (u8)kind,
			       .flags = RECORD_FLAG_WORKLOAD,
			       .task = task,
			       .other = parent,
			       .arg = 100 + task,
			       .value = (u64)(100 + task) << 32 | name(feed, comm),
		       });
}

void feed_task(struct feed *feed, u32 task, const char *comm)
{
	birth(feed, RECORD_TASK, task, TASK_ID_NONE, comm);
}

void feed_fork(struct feed *feed, u32 task, u32 parent, const char *comm)
{
	birth(feed, RECORD_FORK, task, parent, comm);
}

void feed_attr(struct feed *feed, u32 task, u32 policy, s32 nice)
{
	feed_put(feed, (struct record){
			       .when = feed->now,
			       .kind = RECORD_ATTR,
			       .task = task,
			       .arg = policy << 8,
			       .value = (u64)(u32)nice << 32 | (u32)(120 + nice),
		       });
}

void feed_switch(struct feed *feed, u64 when, u32 cpu, u32 prev, u32 state, u32 next)
{
	feed_put(feed, (struct record){
			       .when = when,
			       .kind = RECORD_SWITCH,
			       .cpu = (u16)cpu,
			       .task = prev,
			       .other = next,
			       .arg = record_switch_arg(state, 120, 120),
		       });
}

static void wake(struct feed *feed, enum record_kind kind, u64 when, u32 task, u32 cpu)
{
	feed_put(feed, (struct record){
			       .when = when,
			       .kind = (u8)kind,
			       .task = task,
			       .arg = cpu,
			       .value = 120,
		       });
}

void feed_waking(struct feed *feed, u64 when, u32 task)
{
	wake(feed, RECORD_WAKING, when, task, 0);
}

void feed_wakeup(struct feed *feed, u64 when, u32 task, u32 cpu)
{
	wake(feed, RECORD_WAKEUP, when, task, cpu);
}

void feed_wakeup_new(struct feed *feed, u64 when, u32 task, u32 cpu)
{
	wake(feed, RECORD_WAKEUP_NEW, when, task, cpu);
}

void feed_migrate(struct feed *feed, u64 when, u32 task, u32 orig, u32 dest, enum record_move why)
{
	feed_put(feed, (struct record){
			       .when = when,
			       .kind = RECORD_MIGRATE,
			       .task = task,
			       .arg = dest << 16 | orig,
			       .value = (u64)why << 32 | 120,
		       });
}

void feed_mark(struct feed *feed, u64 when, const char *text)
{
	feed_put(feed, (struct record){
			       .when = when,
			       .kind = RECORD_MARK,
			       .value = name(feed, text),
		       });
}

const struct metrics *feed_end(struct feed *feed, u64 when)
{
	feed_put(feed, (struct record){.when = when, .kind = RECORD_END});
	stream_flush(&feed->stream);
	return observer_finish(feed->observer);
}

const struct task_metrics *feed_find(const struct metrics *metrics, u32 task)
{
	for (u32 i = 0; i < metrics->nr_tasks; i++)
		if (metrics->tasks[i].task == task)
			return &metrics->tasks[i];
	return NULL;
}
