/* SPDX-License-Identifier: MIT */
/* Wait queues: who is where, who is woken (process.md 7.1, 7.2, 14.7). */
#include <criterion/criterion.h>

#include "base/text.h"
#include "classes/classes.h"
#include "proc/proc.h"

enum { NR_TASKS = 8, FIRST_ID = 100 };

/* A scheduler with sleeping tasks and nothing that would run them. */
struct hall {
	struct arena arena;
	struct names names;
	struct stream stream;
	struct platform platform;
	struct kernel kernel;
	struct machine machine;
	struct sched sched;
	struct proc_world world;
	struct proc idle, task[NR_TASKS];
	struct text woken;
};

static void take(void *self, const struct record *batch, size_t count)
{
	struct hall *hall = self;

	for (size_t i = 0; i < count; i++)
		if (batch[i].kind == RECORD_WAKEUP)
			text_printf(&hall->woken, "%u ", batch[i].task);
}

static struct hall *hall_new(void)
{
	struct hall *hall = calloc(1, sizeof(*hall));
	const char *error = NULL;

	arena_init(&hall->arena);
	names_init(&hall->names);
	stream_init(&hall->stream, &hall->names, 1);
	stream_add_sink(&hall->stream, (struct sink){hall, RECORD_BIT(WAKEUP), take});
	platform_init(&hall->platform);
	hall->platform.preempt = PREEMPT_NONE;
	cr_assert(platform_complete(&hall->platform, &hall->arena, &error), "%s", error);
	hall->kernel = kernel_for_cpus(kernel_find("v6.12"), 1);
	machine_init(&hall->machine, &hall->arena, &hall->platform, (struct machine_handlers){0});
	sched_init(&hall->sched, &hall->arena, &hall->machine, &hall->kernel, &hall->platform,
		   sched_classes, NULL, &hall->stream, 1);
	hall->world.sched = &hall->sched;
	sched_task_init(&hall->sched, &hall->idle.task, 0, &(struct sched_attr){0}, NULL, 0,
			TASK_FLAG_IDLE | TASK_FLAG_KTHREAD);
	sched_set_idle(&hall->sched, 0, &hall->idle.task);
	for (u32 i = 0; i < NR_TASKS; i++) {
		sched_task_init(&hall->sched, &hall->task[i].task, FIRST_ID + i,
				&(struct sched_attr){0}, NULL, 1, 0);
		sched_park(&hall->sched, &hall->task[i].task, 0, TASK_INTERRUPTIBLE);
	}
	return hall;
}

static void hall_free(struct hall *hall)
{
	sched_fini(&hall->sched);
	machine_fini(&hall->machine);
	stream_fini(&hall->stream);
	names_fini(&hall->names);
	arena_fini(&hall->arena);
	text_fini(&hall->woken);
	free(hall);
}

/* R100(excl) P102 P103 R101(excl) P104, in the order of their coming. */
static void queue_up(struct hall *hall, struct wait_queue *queue)
{
	wait_queue_init(queue);
	wait_add(queue, &hall->task[0], true);
	wait_add(queue, &hall->task[2], false);
	wait_add(queue, &hall->task[3], false);
	wait_add(queue, &hall->task[1], true);
	wait_add(queue, &hall->task[4], false);
}

static void expect_woken(struct hall *hall, const char *ids)
{
	stream_flush(&hall->stream);
	text_add(&hall->woken, "");
	cr_expect_str_eq(hall->woken.at, ids);
	text_clear(&hall->woken);
}

Test(wait, one_wake_takes_all_non_exclusive_entries_and_one_exclusive)
{
	struct hall *hall = hall_new();
	struct wait_queue queue;

	queue_up(hall, &queue);
	cr_expect_eq(wait_wake(&hall->world, &queue, 1, TASK_NORMAL, 0, 0), 4);
	expect_woken(hall, "104 103 102 100 ");
	cr_expect_eq(wait_wake(&hall->world, &queue, 1, TASK_NORMAL, 0, 0), 1);
	expect_woken(hall, "101 ");
	cr_expect(wait_queue_empty(&queue));
	hall_free(hall);
}

Test(wait, nr_counts_exclusive_entries_and_0_means_all)
{
	struct hall *hall = hall_new();
	struct wait_queue queue;

	queue_up(hall, &queue);
	cr_expect_eq(wait_wake(&hall->world, &queue, 2, TASK_NORMAL, 0, 0), 5);
	expect_woken(hall, "104 103 102 100 101 ");
	hall_free(hall);

	hall = hall_new();
	queue_up(hall, &queue);
	cr_expect_eq(wait_wake(&hall->world, &queue, 0, TASK_NORMAL, 0, 0), 5);
	hall_free(hall);
}

Test(wait, an_entry_whose_state_does_not_match_is_not_counted_and_stays)
{
	struct hall *hall = hall_new();
	struct wait_queue queue;

	queue_up(hall, &queue);
	hall->task[0].task.state = TASK_UNINTERRUPTIBLE;
	wait_wake(&hall->world, &queue, 1, TASK_INTERRUPTIBLE, 0, 0);
	expect_woken(hall, "104 103 102 101 ");
	cr_expect(wait_linked(&hall->task[0].wait));
	cr_expect_not(wait_linked(&hall->task[1].wait));
	hall_free(hall);
}

static bool wants_7(struct wait_watch *watch, u64 key, u32 wake_flags)
{
	(void)watch;
	(void)wake_flags;
	return key == 7;
}

Test(wait, an_entry_that_is_nobodys_counts_if_it_wants_the_key_and_stays)
{
	struct wait_watch watch = {.entry.flags = WAIT_CALLS | WAIT_EXCLUSIVE, .wake = wants_7};
	struct hall *hall = hall_new();
	struct wait_queue queue;

	queue_up(hall, &queue);
	/* It stands where task 0 did. */
	list_insert_between(&watch.entry.link, hall->task[0].wait.link.prev,
			    &hall->task[0].wait.link);
	wait_finish(&hall->task[0]);
	wait_wake(&hall->world, &queue, 1, TASK_NORMAL, 0, 7);
	expect_woken(hall, "104 103 102 ");
	cr_expect(wait_linked(&watch.entry));
	wait_wake(&hall->world, &queue, 1, TASK_NORMAL, 0, 6);
	expect_woken(hall, "101 ");
	cr_expect(wait_linked(&watch.entry));
	hall_free(hall);
}

Test(wait, who_finishes_is_out_and_may_finish_twice)
{
	struct hall *hall = hall_new();
	struct wait_queue queue;

	queue_up(hall, &queue);
	wait_finish(&hall->task[3]);
	wait_finish(&hall->task[3]);
	wait_wake(&hall->world, &queue, 1, TASK_NORMAL, 0, 0);
	expect_woken(hall, "104 102 100 ");
	hall_free(hall);
}

Test(futex, real_time_waiters_come_first_by_priority_then_the_others_in_their_order)
{
	struct hall *hall = hall_new();
	struct wait_queue queue;

	wait_queue_init(&queue);
	hall->task[1].task.normal_prio = 89;
	hall->task[2].task.normal_prio = 115;
	hall->task[3].task.normal_prio = 79;
	hall->task[5].task.normal_prio = 89;
	for (u32 i = 0; i < 6; i++)
		futex_add(&queue, &hall->task[i]);
	cr_expect_eq(futex_wake(&hall->world, &queue, 2), 2);
	expect_woken(hall, "103 101 ");
	cr_expect_eq(futex_wake(&hall->world, &queue, UINT32_MAX), 4);
	expect_woken(hall, "105 100 102 104 ");
	hall_free(hall);
}

Test(futex, a_wake_takes_an_entry_out_even_if_its_task_does_not_sleep_yet)
{
	struct hall *hall = hall_new();
	struct wait_queue queue;

	wait_queue_init(&queue);
	futex_add(&queue, &hall->task[0]);
	futex_add(&queue, &hall->task[1]);
	hall->task[0].task.state = TASK_RUNNING;
	cr_expect_eq(futex_wake(&hall->world, &queue, 1), 1);
	expect_woken(hall, "");
	cr_expect_not(wait_linked(&hall->task[0].wait));
	cr_expect(wait_linked(&hall->task[1].wait));
	hall_free(hall);
}
