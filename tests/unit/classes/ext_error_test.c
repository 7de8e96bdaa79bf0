/* SPDX-License-Identifier: MIT */
/*
 * What a policy may not do (core-rt-dl-ext.md 5.7, "errors that eject"), one misbehaviour each: the
 * policy is ejected with a message, nobody is lost, and all go on under the fair class.
 */
#include "ext_log.h"

#include <string.h>

enum { OWN = 3, OTHER = 4 };

/* What the policy under test does wrong. One per test process. */
static enum misdeed {
	NOTHING,
	BAD_CPU_RETURNED,
	BAD_CPU_KICKED,
	BAD_DSQ,
	BAD_DSQ_IN_DISPATCH,
	BAD_LOCAL_ON,
	TWICE,
	ANOTHER,
	VTIME_ON_LOCAL,
	MIXED,
	RESERVED_FLAGS,
	NULL_TASK,
	WRONG_PLACE,
	NOT_ALLOWED,
	MOVE_UNKNOWN,
	DESTROY_FULL,
	KICK_IDLE_PREEMPT,
	OVERFLOW,
	UNDERFLOW,
	OWN_ERROR,
	NO_OPTION,
	IN_CIRCLES,
	BAD_TIMER,
	INIT_FAILS,
	INIT_TASK_FAILS,
	LEAVES,
	DISALLOWS,
	INIT_TASK_ODD,
} misdeed;

static struct ossim_ext_task *first_seen;

static s32 bad_init(struct ossim_ext *x)
{
	first_seen = NULL;
	if (misdeed == INIT_FAILS)
		return -7;
	if (misdeed == NO_OPTION)
		ext_option(x, "colour");
	if (misdeed == BAD_TIMER)
		ext_timer_start(x, 99, 5);
	ext_create_dsq(x, OWN, -1);
	return ext_create_dsq(x, OTHER, -1);
}

static s32 bad_init_task(struct ossim_ext *x, struct ossim_ext_task *task, bool fork unused_arg)
{
	if (misdeed == DISALLOWS && strcmp(ext_task_comm(x, task), "A"))
		ext_task_disallow(x, task);
	if (misdeed == INIT_TASK_ODD && !strcmp(ext_task_comm(x, task), "B"))
		return 5;
	return misdeed == INIT_TASK_FAILS && !strcmp(ext_task_comm(x, task), "B") ? -1 : 0;
}

static s32 bad_select_cpu(struct ossim_ext *x unused_arg, struct ossim_ext_task *task unused_arg,
			  s32 prev_cpu, u64 wake_flags unused_arg)
{
	return misdeed == BAD_CPU_RETURNED ? 64 : prev_cpu;
}

static void bad_insert(struct ossim_ext *x, struct ossim_ext_task *task, u64 flags)
{
	switch (misdeed) {
	case BAD_DSQ:
		ext_insert(x, task, 77, 0, flags);
		break;
	case BAD_LOCAL_ON:
		ext_insert(x, task, EXT_DSQ_LOCAL_ON | 99, 0, flags);
		break;
	case TWICE:
		ext_insert(x, task, OWN, 0, flags);
		ext_insert(x, task, OWN, 0, flags);
		break;
	case ANOTHER:
		ext_insert(x, first_seen ? first_seen : task, OWN, 0, flags);
		break;
	case VTIME_ON_LOCAL:
		ext_insert_vtime(x, task, EXT_DSQ_LOCAL, 0, 5, flags);
		break;
	case MIXED:
		if (first_seen)
			ext_insert_vtime(x, task, OTHER, 0, 5, flags);
		else
			ext_insert(x, task, OTHER, 0, flags);
		break;
	case RESERVED_FLAGS:
		ext_insert(x, task, OWN, 0, flags | 1ULL << 60);
		break;
	case NULL_TASK:
		ext_insert(x, NULL, OWN, 0, flags);
		break;
	case DESTROY_FULL:
		ext_insert(x, task, EXT_DSQ_GLOBAL, 0, flags);
		break;
	case OVERFLOW:
	case BAD_DSQ_IN_DISPATCH:
	case NOT_ALLOWED:
		break; /* kept */
	case IN_CIRCLES:
		ext_insert(x, task, EXT_DSQ_LOCAL, 1, flags | EXT_ENQ_PREEMPT);
		ext_kick_cpu(x, 0, EXT_KICK_PREEMPT);
		break;
	default:
		ext_insert(x, task, EXT_DSQ_GLOBAL, 0, flags);
	}
}

static void bad_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, u64 flags)
{
	if (misdeed == BAD_CPU_KICKED)
		ext_kick_cpu(x, -3, 0);
	if (misdeed == KICK_IDLE_PREEMPT)
		ext_kick_cpu(x, 0, EXT_KICK_IDLE | EXT_KICK_PREEMPT);
	if (misdeed == WRONG_PLACE)
		ext_move_to_local(x, OWN);
	if (misdeed == OWN_ERROR)
		ext_error(x, "%s is too much", ext_task_comm(x, task));
	if (misdeed == LEAVES)
		ext_exit(x, 42, "enough");
	bad_insert(x, task, flags);
	first_seen = task;
}

static void bad_dispatch(struct ossim_ext *x, s32 cpu unused_arg,
			 struct ossim_ext_task *prev unused_arg)
{
	if (misdeed == MOVE_UNKNOWN)
		ext_move_to_local(x, 55);
	if (misdeed == UNDERFLOW)
		ext_cancel(x);
	if (first_seen && misdeed == BAD_DSQ_IN_DISPATCH)
		ext_insert(x, first_seen, 77, 0, 0);
	if (first_seen && misdeed == NOT_ALLOWED)
		ext_insert(x, first_seen, EXT_DSQ_LOCAL_ON | 1, 0, 0);
	for (u32 i = 0; first_seen && misdeed == OVERFLOW && i < 33; i++)
		ext_insert(x, first_seen, EXT_DSQ_LOCAL, 0, 0);
	ext_move_to_local(x, OWN);
	ext_move_to_local(x, OTHER);
}

static void bad_running(struct ossim_ext *x, struct ossim_ext_task *task unused_arg)
{
	if (misdeed != DESTROY_FULL)
		return;
	ext_destroy_dsq(x, OWN);
	cr_assert(ext_create_dsq(x, OWN, -1) != 0, "from init only");
}

static const struct ossim_ext_policy bad_policy = {
	EXT_POLICY_HEAD("bad"),       .init = bad_init,       .init_task = bad_init_task,
	.select_cpu = bad_select_cpu, .enqueue = bad_enqueue, .dispatch = bad_dispatch,
	.running = bad_running,
};

/* Two hogs on two cpus, for a second. */
static struct smp *run(enum misdeed what)
{
	struct smp *smp;

	misdeed = what;
	smp = ext_log_machine((struct smp_options){.cores = 2}, &bad_policy, 2,
			      what == NOT_ALLOWED);
	smp_start(smp, &smp->tasks[0], 0);
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, SEC);
	return smp;
}

static void ejects(enum misdeed what, enum ossim_ext_exit_kind kind, const char *message)
{
	struct smp *smp = run(what);
	const struct ext_report *report = ext_report(smp->ext);
	u64 cpus = what == NOT_ALLOWED ? 1 : 2;

	cr_assert(report->kind == kind, "misdeed %d: kind %u (%s)", what, report->kind,
		  report->message);
	cr_assert(strstr(report->message, message), "misdeed %d: '%s'", what, report->message);
	for (u32 i = 0; i < 2; i++)
		cr_assert(smp->tasks[i].task.class_id == CLASS_FAIR && !smp->tasks[i].task.ext);
	cr_assert(smp->tasks[0].task.fair.sum_exec_runtime +
				  smp->tasks[1].task.fair.sum_exec_runtime >=
			  cpus * (SEC - 40 * MSEC),
		  "misdeed %d: somebody is lost", what);
	smp_free(smp);
}

Test(ext_error, a_policy_that_does_nothing_wrong_stays)
{
	struct smp *smp = run(NOTHING);

	cr_assert(ext_report(smp->ext)->kind == EXT_EXIT_NONE, "%s", ext_report(smp->ext)->message);
	smp_free(smp);
}

Test(ext_error, every_misdeed_has_its_message)
{
	ejects(BAD_CPU_RETURNED, EXT_EXIT_ERROR, "select_cpu: there is no cpu 64");
	ejects(BAD_CPU_KICKED, EXT_EXIT_ERROR, "kick_cpu: there is no cpu -3");
	ejects(BAD_DSQ, EXT_EXIT_ERROR, "insert of A[1]: there is no queue 0x4d");
	ejects(BAD_DSQ_IN_DISPATCH, EXT_EXIT_ERROR, "there is no queue 0x4d");
	ejects(BAD_LOCAL_ON, EXT_EXIT_ERROR, "insert into DSQ_LOCAL_ON: there is no cpu 99");
	ejects(TWICE, EXT_EXIT_ERROR, "insert of A[1]: a task was inserted already");
	ejects(ANOTHER, EXT_EXIT_ERROR, "insert of A[1] while it is B[2] that is enqueued");
	ejects(VTIME_ON_LOCAL, EXT_EXIT_ERROR,
	       "local and global queues are in order of arrival only");
	ejects(RESERVED_FLAGS, EXT_EXIT_ERROR, "are reserved");
	ejects(NULL_TASK, EXT_EXIT_ERROR, "insert: the task is NULL");
	ejects(WRONG_PLACE, EXT_EXIT_ERROR, "move_to_local was called from enqueue");
	ejects(NOT_ALLOWED, EXT_EXIT_ERROR,
	       "into the local queue of cpu 1, on which it may not run");
	ejects(MOVE_UNKNOWN, EXT_EXIT_ERROR, "move_to_local: the policy has no queue 0x37");
	ejects(DESTROY_FULL, EXT_EXIT_ERROR,
	       "create_dsq was called from an op that may not call it");
	ejects(KICK_IDLE_PREEMPT, EXT_EXIT_ERROR,
	       "KICK_IDLE goes with neither KICK_PREEMPT nor KICK_WAIT");
	ejects(OVERFLOW, EXT_EXIT_ERROR, "more than 32 inserts in one dispatch");
	ejects(UNDERFLOW, EXT_EXIT_ERROR, "cancel: nothing was inserted");
	ejects(OWN_ERROR, EXT_EXIT_ERROR_POLICY, "A is too much");
	ejects(NO_OPTION, EXT_EXIT_ERROR,
	       "option: 'colour' is not in the policy's list of options");
	ejects(BAD_TIMER, EXT_EXIT_ERROR, "there are timers 0..7, not 99");
	ejects(INIT_FAILS, EXT_EXIT_ERROR, "init failed (-7)");
	ejects(INIT_TASK_FAILS, EXT_EXIT_ERROR, "init_task of B[2] failed (-1)");
	ejects(INIT_TASK_ODD, EXT_EXIT_ERROR, "init_task of B[2] answered 5, which is no error");
	ejects(LEAVES, EXT_EXIT_UNREG_POLICY, "enough");
}

Test(ext_error, switching_in_circles_at_one_instant_ends)
{
	ejects(IN_CIRCLES, EXT_EXIT_ERROR, "switches again and again while no time passes");
}

Test(ext_error, one_queue_takes_one_kind_of_insert)
{
	struct smp *smp;

	misdeed = MIXED;
	smp = ext_log_machine((struct smp_options){.cores = 1}, &bad_policy, 3, true);
	for (u32 i = 0; i < 3; i++)
		smp_start(smp, &smp->tasks[i], 0);
	ext_log_run(smp, SEC);
	cr_assert(strstr(ext_report(smp->ext)->message,
			 "it is ordered by arrival, this insert by vtime"),
		  "%s", ext_report(smp->ext)->message);
	smp_free(smp);
}

Test(ext_error, flags_of_a_later_kernel_are_refused)
{
	struct ossim_ext_policy policy = ext_log_policy;
	const char *const kernels_known[] = {"v6.12", "v6.18"};

	policy.flags = EXT_OPS_ALLOW_QUEUED_WAKEUP;
	for (u32 i = 0; i < 2; i++) {
		struct smp *smp = ext_log_machine((struct smp_options){.kernel = kernels_known[i]},
						  &policy, 1, true);

		cr_assert((ext_report(smp->ext)->kind == EXT_EXIT_NONE) == (i == 1));
		smp_free(smp);
	}
}

/*
 * With a timeout of 1 s the watchdog looks every 500 ms, and ejects who has been runnable for more
 * than 1 s: of a task that waits since 0 that is at 1.5 s.
 */
Test(ext_error, the_watchdog_ejects_at_its_first_look_after_the_timeout)
{
	struct smp *smp =
		ext_log_machine((struct smp_options){.ext_timeout = SEC}, &ext_log_policy, 2, true);

	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, 1000);
	ext_log.keep = true; /* from now on it forgets whom it is handed */
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, 1500 * MSEC);
	cr_assert(ext_report(smp->ext)->kind == EXT_EXIT_NONE);
	ext_log_run(smp, 1500 * MSEC + 1);
	cr_assert(ext_report(smp->ext)->kind == EXT_EXIT_ERROR_STALL);
	cr_assert_str_eq(ext_report(smp->ext)->message, "B[2] failed to run for 1.500s");
	cr_assert(strstr(ext_report(smp->ext)->dump, "waits: B[2] for 1500 ms, kept by the policy"),
		  "%s", ext_report(smp->ext)->dump);
	/* The policy's own words stand behind those of what they are about. */
	cr_assert(strstr(ext_report(smp->ext)->dump, "runs A[1]\npolicy: cpu 0 0\n  waits: B[2]"),
		  "%s", ext_report(smp->ext)->dump);
	cr_assert(strstr(ext_report(smp->ext)->dump, "weight 100\npolicy: task B\n"), "%s",
		  ext_report(smp->ext)->dump);
	ext_log_run(smp, 3 * SEC);
	cr_assert(smp->tasks[1].task.fair.sum_exec_runtime > 700 * MSEC, "it has its share now");
	smp_free(smp);
}

/* Somebody who runs now and then is no stall, however long all wait together. */
Test(ext_error, who_runs_in_turns_is_never_ejected)
{
	struct smp *smp =
		ext_log_machine((struct smp_options){.ext_timeout = SEC}, &ext_log_policy, 6, true);

	for (u32 i = 0; i < 6; i++)
		smp_start(smp, &smp->tasks[i], 0);
	ext_log_run(smp, 20 * SEC);
	cr_assert(ext_report(smp->ext)->kind == EXT_EXIT_NONE, "%s", ext_report(smp->ext)->message);
	smp_free(smp);
}

/*
 * p->scx.disallow (core-rt-dl-ext.md 5.2, 1.11): while the policy is loaded B loses the policy ext,
 * and may not have it again; A may. At a fork it is too late.
 */
Test(ext_error, a_task_that_is_disallowed)
{
	struct smp *smp;
	struct ext *ext;

	misdeed = DISALLOWS;
	smp = ext_log_machine((struct smp_options){.cores = 2}, &bad_policy, 2, false);
	ext = smp->ext;
	cr_assert_eq(ext->nr_rejected, 0);
	cr_assert_eq(sched_set_attr(&smp->sched, &smp->tasks[0].task,
				    &(struct sched_attr){.policy = POLICY_EXT}),
		     SCHED_OK);
	cr_assert_eq(smp->tasks[0].task.policy, POLICY_EXT);
	cr_assert_eq(sched_set_attr(&smp->sched, &smp->tasks[1].task,
				    &(struct sched_attr){.policy = POLICY_EXT}),
		     SCHED_EACCES);
	cr_assert_eq(smp->tasks[1].task.policy, POLICY_OTHER);
	smp_free(smp);
}
