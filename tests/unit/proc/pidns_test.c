/* SPDX-License-Identifier: MIT */
/*
 * Pid namespaces: numbers by level against plain bitmaps, inits and their end (process.md 2.3, 2.6,
 * 14.15).
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/rng.h"
#include "proc/proc.h"
#include "rig.h"

#define MARKS  RECORD_BIT(MARK)
#define DEATHS (RECORD_BIT(EXIT) | RECORD_BIT(FREE))

/* 14.15: the init's death is the death of all, and it is reaped when the last has left its D. */
Test(pidns, the_end_of_an_init_is_the_end_of_its_namespace)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "m2", "run 1s");
	rig_template(&rig, "m3", "wait_event q+D; run 1s");
	rig_template(&rig, "i", "fork m2; fork m3; pause");
	rig_task(&rig, "p", "clone i newpid; wait; mark reaped");
	rig_task(&rig, "k", "sleep 2ms; kill i; sleep 6ms; wake_up q");
	rig_expect(&rig, MARKS | DEATHS,
		   "2 ms exit i 0x9\n"
		   "2 ms exit m2 0x9\n"
		   "2 ms free m2\n"
		   "8 ms exit k 0x0\n"
		   "8 ms exit m3 0x9\n"
		   "8 ms free m3\n"
		   "8 ms free k\n"
		   "8 ms free i\n"
		   "8 ms mark p reaped\n"
		   "8 ms exit p 0x0\n");
}

/* The same when it returns from main; who is a zombie by then is reaped with the others. */
Test(pidns, an_init_that_exits_takes_namespaces_below_with_it)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "m", "run 1s");
	rig_template(&rig, "inner", "fork m; run 1s");
	rig_template(&rig, "dead", "exit 3");
	rig_template(&rig, "outer", "fork dead; clone inner newpid; run 2ms; exit 5");
	rig_task(&rig, "p", "clone outer newpid; wait; mark reaped");
	rig_expect(&rig, MARKS | DEATHS,
		   "0 exit dead 0x300\n"
		   "2 ms exit outer 0x500\n"
		   "2 ms free dead\n"
		   "2 ms exit m 0x9\n"
		   "2 ms exit inner 0x9\n"
		   "2 ms free m\n"
		   "2 ms free inner\n"
		   "2 ms free outer\n"
		   "2 ms mark p reaped\n"
		   "2 ms exit p 0x0\n");
}

/* SIGNAL_UNKILLABLE (6.9): from inside only what it handles, from above KILL and STOP as well. */
Test(pidns, from_inside_an_init_is_not_killed)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_template(&rig, "m",
		     "sleep 1ms; kill i; signal TERM i; stop i; sleep 1ms; signal USR1 i");
	rig_template(&rig, "i", "sigaction USR1=h; fork m; run 5ms; mark alive");
	rig_task(&rig, "p", "clone i newpid; wait");
	rig_expect(&rig, MARKS, "2 ms mark i handled\n5 ms mark i alive\n");
}

Test(pidns, from_above_KILL_and_STOP_reach_an_init_and_others_do_not)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "i", "run 1s");
	rig_task(&rig, "p", "clone i newpid; waitpid any+stopped; mark stopped; wait; mark dead");
	rig_task(
		&rig, "k",
		"sleep 1ms; signal TERM i; sleep 1ms; stop i; sleep 1ms; cont i; sleep 1ms; kill i");
	rig_expect(&rig, MARKS, "2 ms mark p stopped\n4 ms mark p dead\n");
}

Test(pidns, from_inside_nobody_outside_is_seen)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "i", "sleep 1ms; kill p; kill brother; exit 0");
	rig_template(&rig, "brother", "run 3ms; mark brother");
	rig_task(&rig, "p", "fork brother; clone i newpid; waitall; mark alive");
	rig_expect(&rig, MARKS, "3 ms mark brother brother\n3 ms mark p alive\n");
}

Test(pidns, orphans_go_to_the_init_of_their_namespace)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "b", "run 3ms; exit 2");
	rig_template(&rig, "a", "fork b; exit 1");
	rig_template(&rig, "i", "fork a; wait; mark a; wait; mark b");
	/* A subreaper above does not count: it is on another level. */
	rig_task(&rig, "p", "subreaper; clone i newpid; wait; mark i; wait; mark none");
	rig_expect(&rig, MARKS, "0 mark i a\n3 ms mark i b\n3 ms mark p i\n3 ms mark p none\n");
}

/* The role goes to a living thread; when that dies, the dead leader still has number 1. */
Test(pidns, an_inits_role_goes_from_thread_to_thread)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "b", "run 3ms; exit 2");
	rig_template(&rig, "a", "run 1ms; fork b; exit 1");
	rig_template(&rig, "m", "run 1s");
	rig_template(&rig, "t", "wait; mark a; wait; mark b; fork m; exit 7");
	rig_template(&rig, "i", "clone t; fork a; exit 3");
	rig_task(&rig, "p", "clone i newpid; wait; mark reaped");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "0 exit i 0x300\n"
		   "1 ms exit a 0x100\n"
		   "1 ms mark t a\n"
		   "4 ms exit b 0x200\n"
		   "4 ms mark t b\n"
		   "4 ms exit t 0x700\n"
		   "4 ms exit m 0x9\n"
		   "4 ms mark p reaped\n"
		   "4 ms exit p 0x0\n");
}

/* Its thread gets number 1 with the rest of the leader's identity. */
Test(pidns, an_inits_thread_that_executes_a_program_is_the_init)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "b", "run 3ms");
	rig_template(&rig, "a", "run 1ms; fork b; exit 1");
	rig_template(&rig, "new", "wait; mark a; wait; mark b; exit 4");
	rig_template(&rig, "t", "exec new new");
	rig_template(&rig, "i", "fork a; clone t; sleep 1s");
	rig_task(&rig, "p", "clone i newpid; wait; mark reaped");
	rig_expect(&rig, MARKS, "1 ms mark new a\n4 ms mark new b\n4 ms mark p reaped\n");
}

/* EINVAL: who should wait for the siblings of an init? Its children may have siblings. */
Test(pidns, an_init_has_no_siblings)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "mark c");
	rig_template(&rig, "d", "clone c parent; run 1ms");
	rig_template(&rig, "i", "clone c parent; mark i; fork d; waitall; mark end");
	rig_task(&rig, "p", "clone i newpid; wait");
	rig_expect(&rig, MARKS | RECORD_BIT(FAILED),
		   "0 failed i EINVAL c\n0 mark i i\n0 mark c c\n1 ms mark i end\n");
}

/*
 * unshare() of the command line without --fork: the first child is the init, and after its end
 * nothing can be forked.
 */
Test(pidns, after_unshare_the_first_child_is_an_init_whose_death_closes_the_namespace)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "orphan", "run 3ms; mark orphan");
	rig_template(&rig, "second", "fork orphan; run 1ms");
	rig_template(&rig, "first", "run 2ms; wait; mark adopted; run 4ms; exit 1");
	rig_template(&rig, "third", "mark never");
	rig_task(&rig, "p",
		 "unshare; fork first; fork second; wait; mark second; wait; mark first;"
		 "fork third; wait; mark none");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "1 ms exit second 0x0\n"
		   "1 ms mark p second\n"
		   "3 ms mark orphan orphan\n"
		   "3 ms exit orphan 0x0\n"
		   "3 ms mark first adopted\n"
		   "7 ms exit first 0x100\n"
		   "7 ms mark p first\n"
		   "7 ms mark p none\n"
		   "7 ms exit p 0x0\n");
}

/*
 * Threads would be in two namespaces: EINVAL; so would the children of a second unshare or NEWPID.
 */
Test(pidns, who_has_unshared_makes_no_threads)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "t", "mark never");
	rig_template(&rig, "m", "kill");
	rig_template(&rig, "i", "fork m; wait; kill; mark alive");
	rig_task(&rig, "p", "unshare; clone t; clone t newpid; unshare; fork i; wait; mark done");
	rig_expect(&rig, MARKS, "0 mark i alive\n0 mark p done\n");
}

/* 32 below the root; ENOSPC for one more. */
Test(pidns, namespaces_nest_32_levels_deep)
{
	struct rig rig;
	char name[16], program[64];

	rig_init(&rig, 2, "v6.18");
	for (int level = 33; level > 0; level--) {
		snprintf(name, sizeof(name), "i%d", level);
		snprintf(program, sizeof(program),
			 level == 33 ? "mark too-deep" : "clone i%d newpid; wait%s", level + 1,
			 level == 32 ? "; mark bottom" : "");
		rig_template(&rig, name, program);
	}
	rig_task(&rig, "p", "clone i1 newpid; wait; mark done");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED),
		"0 failed i32 ENOSPC i33\n0 failed i32 ECHILD wait\n0 mark i32 bottom\n0 mark p done\n");
}

/* ---- Numbers against a bitmap per namespace ---- */

enum { NAMESPACES = 5, PID_MAX = 400, NUMBERS = 900 };

struct model {
	bool used[PID_MAX];
	u32 cursor;
};

static u32 model_alloc(struct model *model, u32 pid_max)
{
	u32 lowest = model->cursor <= 300 ? 1 : 300;

	for (u32 from = model->cursor > lowest ? model->cursor : lowest;; from = lowest) {
		for (u32 nr = from; nr < pid_max; nr++)
			if (!model->used[nr]) {
				model->used[nr] = true;
				model->cursor = nr + 1;
				return nr;
			}
		if (from == lowest)
			return 0;
	}
}

struct world_of_numbers {
	struct workload workload;
	struct proc_world world;
	struct pidns *ns[NAMESPACES];
	struct model model[NAMESPACES];
	struct pid_number *held[NUMBERS];
	u32 nr_held;
};

/* 0 is the parent of 1 and 2, which is the parent of 3 and 4. */
static void begin(struct world_of_numbers *w)
{
	static const int parent[NAMESPACES] = {-1, 0, 0, 2, 2};

	w->workload.kernel = *kernel_find("v6.12");
	w->world.workload = &w->workload;
	w->world.pids.pid_max = PID_MAX;
	pool_init(&w->world.pidnses, sizeof(struct pidns), 4);
	pool_init(&w->world.pid_numbers, sizeof(struct pid_number), 6);
	for (u32 i = 0; i < NAMESPACES; i++)
		w->ns[i] = pidns_new(&w->world, i ? w->ns[parent[i]] : NULL);
}

static u32 index_of(const struct world_of_numbers *w, const struct pidns *ns)
{
	u32 i = 0;

	while (w->ns[i] != ns)
		i++;
	return i;
}

static void take(struct world_of_numbers *w, u32 i, u64 op)
{
	struct pid_number *got;
	u32 expected[NAMESPACES], nr = 0;
	bool fails = false, was_used = false;

	for (u32 k = 0; k < PID_MAX; k++)
		was_used |= w->model[i].used[k];
	got = pid_numbers_take(&w->world, w->ns[i], NULL);

	for (const struct pidns *ns = w->ns[i]; ns && !fails; ns = ns->parent) {
		expected[nr] = model_alloc(&w->model[index_of(w, ns)], PID_MAX);
		fails = !expected[nr++];
	}
	cr_assert_eq(got == NULL, fails, "op %" PRIu64, op);
	if (fails && nr > 1 && !was_used)
		w->model[i].cursor = 0;
	nr = 0;
	/* Given back, but the cursors of those below stay where they are. */
	for (const struct pidns *ns = w->ns[i]; fails && ns && expected[nr]; ns = ns->parent)
		w->model[index_of(w, ns)].used[expected[nr++]] = false;
	for (const struct pid_number *n = got; n; n = n->above)
		cr_assert_eq(n->nr, expected[nr++], "op %" PRIu64, op);
	if (got)
		w->held[w->nr_held++] = got;
}

static void put(struct world_of_numbers *w, u32 i)
{
	struct pid_number *number = w->held[i];

	w->held[i] = w->held[--w->nr_held];
	for (const struct pid_number *n = number; n; n = n->above)
		w->model[index_of(w, n->ns)].used[n->nr] = false;
	pid_numbers_put(&w->world, number);
}

static void check_members(const struct world_of_numbers *w)
{
	for (u32 i = 0; i < NAMESPACES; i++) {
		struct pid_number *number;
		u32 last = 0;

		list_for_each (number, &w->ns[i]->members, link) {
			cr_assert_gt(number->nr, last);
			last = number->nr;
		}
	}
}

Test(pidns, random_operations_agree_with_a_plain_bitmap_per_namespace)
{
	static struct world_of_numbers w;
	struct rng rng;

	begin(&w);
	rng_init(&rng, 1, "pidns test", 0);
	for (u64 op = 0; op < 300 * 1000; op++) {
		bool growing = op / 1500 % 2 == 0;

		if (!w.nr_held || (w.nr_held < NUMBERS && rng_below(&rng, 8) < (growing ? 6 : 3)))
			take(&w, (u32)rng_below(&rng, NAMESPACES), op);
		else
			put(&w, (u32)rng_below(&rng, w.nr_held));
		if (op % 1000 == 0)
			check_members(&w);
	}
	while (w.nr_held)
		put(&w, 0);
	for (u32 i = NAMESPACES; i-- > 0;)
		pidns_drop(&w.world, w.ns[i]);
	pool_fini(&w.world.pidnses);
	pool_fini(&w.world.pid_numbers);
}

/* pid_max of 6.18 is a namespace's own, and begins at 4194304. */
Test(pidns, pid_max_is_the_roots_or_the_namespaces_own)
{
	static struct world_of_numbers w;

	begin(&w);
	cr_expect_eq(w.ns[0]->pids.pid_max, PID_MAX);
	pidns_drop(&w.world, w.ns[4]);
	w.workload.kernel = *kernel_find("v6.18");
	w.ns[4] = pidns_new(&w.world, w.ns[0]);
	cr_expect_eq(w.ns[4]->pids.pid_max, 4194304);
	for (u32 i = NAMESPACES; i-- > 0;)
		pidns_drop(&w.world, w.ns[i]);
	pool_fini(&w.world.pidnses);
	pool_fini(&w.world.pid_numbers);
}

/* set_tid (2.3): exactly that number, or EEXIST; the next one is what it would have been. */
Test(pidns, a_chosen_number_is_given_out_once)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "mark c; run 1ms");
	rig_template(&rig, "d", "mark d");
	rig_task(
		&rig, "p",
		"clone c none,400; clone d none,400; waitall; clone d none,400; waitall; mark end");
	rig_expect(&rig, MARKS | RECORD_BIT(FAILED),
		   "0 failed p EEXIST d\n0 mark c c\n1 ms mark d d\n1 ms mark p end\n");
}

/*
 * EINVAL: not 1 where there is no init yet, more numbers than levels, one that is not below
 * pid_max.
 */
Test(pidns, numbers_that_may_not_be_asked_for)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "i", "mark i; run 1ms");
	rig_task(
		&rig, "p",
		"clone i newpid,2; clone i none,400,401; clone i newpid,1,400,401; clone i none,32768;"
		"mark refused; clone i newpid,1,400; wait; mark end");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED),
		"0 failed p EINVAL i\n0 failed p EINVAL i\n0 failed p EINVAL i\n0 failed p EINVAL i\n"
		"0 mark p refused\n0 mark i i\n1 ms mark p end\n");
}

/*
 * The child is a member: it dies with the namespace's init, which waits until it is reaped; nobody
 * is born there any more (ENOMEM).
 */
Test(pidns, setns_has_children_born_in_another_namespace)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "m", "kill p; mark in vain; run 1s");
	rig_template(&rig, "n", "mark never");
	rig_template(&rig, "i", "run 5ms; exit 0");
	rig_task(&rig, "p", "clone i newpid; wait; run 1ms; mark end");
	rig_task(&rig, "nsenter", "run 1ms; setns i; fork m; wait; mark reaped; fork n; wait");
	rig_expect(
		&rig, MARKS | RECORD_BIT(FAILED),
		"1 ms failed m ESRCH kill\n1 ms mark m in\n5 ms mark nsenter reaped\n5 ms failed nsenter ENOMEM n\n5 ms failed nsenter ECHILD wait\n6 ms mark p end\n");
}

/* Back to one's own: children are ordinary ones. From inside, what is above cannot be named. */
Test(pidns, setns_leads_down_and_back)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "c", "kill p; mark done");
	rig_template(&rig, "i", "setns p; fork c; wait; run 5ms");
	rig_task(&rig, "p", "clone i newpid; run 2ms; setns i; setns; fork c; run 1s");
	rig_expect(
		&rig, MARKS | RECORD_BIT(EXIT),
		"0 mark c done\n0 exit c 0x0\n2 ms mark c done\n2 ms exit c 0x0\n2 ms exit p 0x9\n5 ms exit i 0x0\n");
}

/*
 * An outside tracer's zombie is not its parent's yet, be that the dying init of a namespace: it
 * waits, too.
 */
Test(pidns, the_dead_of_an_outside_tracer_are_waited_for)
{
	struct rig rig;

	rig_init(&rig, 5, "v6.12");
	rig_template(&rig, "m", "run 1s");
	rig_template(&rig, "i", "fork m; run 1s");
	rig_task(&rig, "p", "clone i newpid; wait; mark gone");
	rig_task(&rig, "d", "sleep 1ms; trace m; wait; trace_cont m; sleep 9ms; wait; mark heard");
	rig_task(&rig, "k", "sleep 3ms; kill i");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "3 ms exit k 0x0\n"
		   "3 ms exit i 0x9\n"
		   "3 ms exit m 0x9\n"
		   "10 ms mark d heard\n"
		   "10 ms exit d 0x0\n"
		   "10 ms mark p gone\n"
		   "10 ms exit p 0x0\n");
}

/* Two wait outside for a namespace that is dead: it lasts until the second has gone. */
Test(pidns, a_dead_namespace_lasts_as_long_as_somebody_would_have_children_there)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "c", "mark never");
	rig_template(&rig, "i", "run 3ms");
	rig_task(&rig, "p", "clone i newpid; wait; mark gone");
	rig_task(&rig, "a", "run 1ms; setns i; run 4ms; fork c; setns; mark a");
	rig_task(&rig, "b", "run 1ms; setns i; run 6ms; fork c; mark b");
	rig_expect(&rig, MARKS, "3 ms mark p gone\n5 ms mark a a\n7 ms mark b b\n");
}
