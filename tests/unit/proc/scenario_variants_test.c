/* SPDX-License-Identifier: MIT */
/*
 * What the worked scenarios of process.md 14 say beside their main course (see scenarios_test.c).
 */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)
#define SENT  RECORD_BIT(SIGNAL_GENERATE)
#define TAKEN RECORD_BIT(SIGNAL_DELIVER)
#define ENDS  (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

Test(scenario_3, a_signal_that_dumps_core_and_a_stop_wait_for_the_end_of_a_vfork)
{
	for (u32 stop = 0; stop < 2; stop++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		rig_template(&rig, "c", "run 5ms; exit 0");
		rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "vfork c; mark on");
		rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"},
			      stop ? "sleep 1ms; stop p; sleep 8ms; cont p"
				   : "sleep 1ms; signal QUIT p");
		rig_expect(&rig, TAKEN | ENDS,
			   stop ? "5 ms exit c 0x0\n"
				  "5 ms signal_deliver p STOP default\n"
				  "9 ms exit k 0x0\n"
				  "9 ms mark p on\n"
				  "9 ms exit p 0x0\n"
				: "1 ms exit k 0x0\n"
				  "5 ms exit c 0x0\n"
				  "5 ms signal_deliver p QUIT default\n"
				  "5 ms exit p 0x83\n");
	}
}

/*
 * The dead leader is a zombie at once; who executes a program waits for the thread in D all the
 * same.
 */
Test(scenario_5, an_exec_waits_for_a_thread_that_sleeps_in_D)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "new", "run 1ms; exit 4");
	rig_template(&rig, "t51", "wait_event q+D; mark never");
	rig_template(&rig, "t52", "sleep 2ms; exec /bin/new new");
	rig_template(&rig, "leader", "clone t51; clone t52; sleep 1s");
	rig_task(&rig, "parent", "fork leader; wait; mark reaped");
	rig_task(&rig, "k", "sleep 10ms; wake_up q");
	rig_expect(&rig, ENDS | RECORD_BIT(EXEC),
		   "2 ms exit leader 0x0\n"
		   "10 ms exit k 0x0\n"
		   "10 ms exit t51 0x0\n"
		   "10 ms exec new /bin/new\n"
		   "11 ms exit new 0x400\n"
		   "11 ms mark parent reaped\n"
		   "11 ms exit parent 0x0\n");
}

/*
 * t61 is woken to stop, t62 kicked out of its run; whoever is the last tells the parent. KILL
 * instead of CONT: all wake from T, in the order of the threads, and die; the last one's death is
 * the leader's for the parent. A cpu for each.
 */
Test(scenario_6, stopped_threads_wake_from_T_to_die)
{
	struct rig rig;

	rig_init(&rig, 5, "v6.12");
	rig_template(&rig, "t61", "sleep 50ms");
	rig_template(&rig, "t62", "run 50ms");
	rig_template(&rig, "c60", "clone t61; clone t62; sleep 50ms");
	rig_task_attr(&rig, "p40", (struct rig_attr){.cpus = "0-3"},
		      "fork c60; waitpid c60+stopped; mark stopped; wait; mark reaped");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "4"},
		      "sleep 2ms; stop c60; sleep 2ms; kill c60; sleep 1s");
	builder_duration(rig.builder, 50 * MSEC);
	rig_expect(&rig, SENT | TAKEN | ENDS | RECORD_BIT(SWITCH) | RECORD_BIT(WAKING),
		   "0 switch swapper/0 R > p40\n"
		   "0 switch p40 S > swapper/0\n"
		   "0 switch swapper/1 R > c60\n"
		   "0 switch c60 S > swapper/1\n"
		   "0 switch swapper/2 R > t61\n"
		   "0 switch t61 S > swapper/2\n"
		   "0 switch swapper/3 R > t62\n"
		   "0 switch swapper/4 R > k\n"
		   "0 switch k S > swapper/4\n"
		   "2 ms waking k\n"
		   "2 ms switch swapper/4 R > k\n"
		   "2 ms waking c60\n"
		   "2 ms signal_generate c60 STOP group delivered code=0\n"
		   "2 ms switch k S > swapper/4\n"
		   "2 ms switch swapper/1 R > c60\n"
		   "2 ms signal_deliver c60 STOP default\n"
		   "2 ms waking t61\n"
		   "2 ms switch c60 T > swapper/1\n"
		   "2 ms switch swapper/2 R > t61\n"
		   "2 ms switch t61 T > swapper/2\n"
		   "2 ms signal_generate p40 CHLD group ignored code=5\n"
		   "2 ms waking p40\n"
		   "2 ms switch t62 T > swapper/3\n"
		   "2 ms switch swapper/0 R > p40\n"
		   "2 ms mark p40 stopped\n"
		   "2 ms switch p40 S > swapper/0\n"
		   "4 ms waking k\n"
		   "4 ms switch swapper/4 R > k\n"
		   "4 ms waking c60\n"
		   "4 ms waking t61\n"
		   "4 ms waking t62\n"
		   "4 ms signal_generate c60 KILL group delivered code=0\n"
		   "4 ms switch k S > swapper/4\n"
		   "4 ms switch swapper/1 R > c60\n"
		   "4 ms signal_deliver c60 KILL default\n"
		   "4 ms exit c60 0x9\n"
		   "4 ms switch c60 Z > swapper/1\n"
		   "4 ms switch swapper/2 R > t61\n"
		   "4 ms signal_deliver t61 KILL default\n"
		   "4 ms exit t61 0x9\n"
		   "4 ms switch t61 X > swapper/2\n"
		   "4 ms switch swapper/3 R > t62\n"
		   "4 ms signal_deliver t62 KILL default\n"
		   "4 ms exit t62 0x9\n"
		   "4 ms signal_generate p40 CHLD group ignored code=2\n"
		   "4 ms waking p40\n"
		   "4 ms switch t62 X > swapper/3\n"
		   "4 ms switch swapper/0 R > p40\n"
		   "4 ms mark p40 reaped\n"
		   "4 ms exit p40 0x0\n"
		   "4 ms switch p40 Z > swapper/0\n");
}

/* Each signal to one in plain D and one in a killable sleep, 1 ms into a request of 10. */
Test(scenario_12, KILL_TERM_and_a_handled_TERM_in_either_D)
{
	struct rig rig;
	struct device_options disk = {
		.depth = 8, .parallel = 8, .has_service = true, .service = {.value = 10 * MSEC}};

	rig_init(&rig, 8, "v6.12");
	builder_device(rig.builder, (struct loc){0}, "disk", &disk);
	rig_template(&rig, "h", "mark handled");
	rig_task_attr(&rig, "kill-d", (struct rig_attr){.cpus = "0"}, "io disk 1; mark never");
	rig_task_attr(&rig, "kill-k", (struct rig_attr){.cpus = "1"}, "io! disk 1; mark never");
	rig_task_attr(&rig, "term-d", (struct rig_attr){.cpus = "2"}, "io disk 1; mark never");
	rig_task_attr(&rig, "term-k", (struct rig_attr){.cpus = "3"}, "io! disk 1; mark never");
	rig_task_attr(&rig, "hand-d", (struct rig_attr){.cpus = "4"},
		      "sigaction TERM=h; io disk 1; mark read");
	rig_task_attr(&rig, "hand-k", (struct rig_attr){.cpus = "5"},
		      "sigaction TERM=h; io! disk 1; mark read");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "6"},
		      "sleep 1ms; kill kill-d; kill kill-k; signal TERM term-d; signal TERM term-k;"
		      "signal TERM hand-d; signal TERM hand-k; run 1ms");
	rig_expect(&rig, SENT | ENDS | RECORD_BIT(WAKEUP),
		   "1 ms wakeup k\n"
		   "1 ms signal_generate kill-d KILL group delivered code=0\n"
		   "1 ms signal_generate kill-k KILL group delivered code=0\n"
		   "1 ms signal_generate term-d TERM group delivered code=0\n"
		   "1 ms signal_generate term-k TERM group delivered code=0\n"
		   "1 ms signal_generate hand-d TERM group delivered code=0\n"
		   "1 ms signal_generate hand-k TERM group delivered code=0\n"
		   "1 ms wakeup kill-k\n"
		   "1 ms exit kill-k 0x9\n"
		   "1 ms wakeup term-k\n"
		   "1 ms exit term-k 0xf\n"
		   "2 ms exit k 0x0\n"
		   "10 ms wakeup kill-d\n"
		   "10 ms exit kill-d 0x9\n"
		   "10 ms wakeup term-d\n"
		   "10 ms exit term-d 0xf\n"
		   "10 ms wakeup hand-d\n"
		   "10 ms mark hand-d handled\n"
		   "10 ms mark hand-d read\n"
		   "10 ms exit hand-d 0x0\n"
		   "10 ms wakeup hand-k\n"
		   "10 ms mark hand-k handled\n"
		   "10 ms mark hand-k read\n"
		   "10 ms exit hand-k 0x0\n");
}

/* SIGKILL is forced on all below the init; its parent hears of its death when the last is gone. */
Test(scenario_15, the_signals_of_the_end_of_a_namespace)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "m501", "run 1s");
	rig_template(&rig, "m502", "wait_event q+D; mark never");
	rig_template(&rig, "i", "fork m501; fork m502; pause");
	rig_task(&rig, "p", "clone i newpid; wait; mark reaped");
	rig_task(&rig, "k", "sleep 2ms; kill i; sleep 6ms; wake_up q");
	rig_expect(&rig, SENT | ENDS | RECORD_BIT(WAKING),
		   "2 ms waking k\n"
		   "2 ms waking i\n"
		   "2 ms signal_generate i KILL group delivered code=0\n"
		   "2 ms exit i 0x9\n"
		   "2 ms signal_generate m501 KILL group delivered code=128\n"
		   "2 ms signal_generate m502 KILL group delivered code=128\n"
		   "2 ms exit m501 0x9\n"
		   "2 ms waking i\n"
		   "8 ms waking k\n"
		   "8 ms waking m502\n"
		   "8 ms exit k 0x0\n"
		   "8 ms exit m502 0x9\n"
		   "8 ms waking i\n"
		   "8 ms signal_generate p CHLD group ignored code=2\n"
		   "8 ms waking p\n"
		   "8 ms mark p reaped\n"
		   "8 ms exit p 0x0\n");
}

/* HUP, then CONT, which makes it hear of HUP. */
Test(scenario_16, the_signals_of_an_orphaned_group)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "j", "setpgid; run 1ms; signal TSTP; mark never");
	rig_task(&rig, "shell", "setsid; fork j; sleep 5ms; exit 0");
	rig_expect(&rig, SENT | TAKEN | ENDS,
		   "1 ms signal_generate j TSTP group delivered code=0\n"
		   "1 ms signal_deliver j TSTP default\n"
		   "1 ms signal_generate shell CHLD group ignored code=5\n"
		   "5 ms exit shell 0x0\n"
		   "5 ms signal_generate j HUP group delivered code=128\n"
		   "5 ms signal_generate j CONT group ignored code=128\n"
		   "5 ms signal_deliver j HUP default\n"
		   "5 ms exit j 0x1\n");
}
