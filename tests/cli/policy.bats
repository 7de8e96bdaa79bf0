#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Policies of the ext class from outside: compiled here as shared objects, good ones and broken ones.
load help.bash

# module NAME < source: compiles it against the header of the sources.
module() {
	cat >"$dir/$1.c"
	"${CC:-cc}" -shared -fPIC -O1 -Wall -Wextra -Werror -I "$top_srcdir/src" "$dir/$1.c" -o "$dir/$1.so"
}

# ejected NAME: it was, with exit code 1, and every hog went on to the end.
ejected() {
	ossim "$dir/w.yaml" --policy "$dir/$1.so" --duration 3s --set ext.timeout=1s -o "$dir/result.json" -q
	expect 1
	contains "$err" "policy '$1' was ejected"
	contains "$err" "went on under the fair class"
	grep -q '"state": "ejected"' "$dir/result.json"
	grep -q '"tasks_alive"' "$dir/result.json"
}

@test "the policies built in compile unchanged as modules and schedule the same" {
	for policy in fifo vtime queues central; do
		"${CC:-cc}" -shared -fPIC -O1 -Wall -Wextra -Werror -I "$top_srcdir/src" \
			"$top_srcdir/src/policies/$policy.c" -o "$dir/$policy.so"
		ossim "$dir/w.yaml" --policy "$policy" --json --no-timing
		expect 0
		built_in=$(grep '"digest"' "$dir/out")
		ossim "$dir/w.yaml" --policy "$dir/$policy.so" --json --no-timing --twice
		expect 0
		[ "$built_in" = "$(grep '"digest"' "$dir/out")" ]
	done
}

@test "the policy that docs/ext.md walks through compiles from an installed header and runs" {
	[ -f "${builddir-}/Makefile" ] || skip "no build directory"
	command -v pkg-config >/dev/null || skip "no pkg-config"
	make -C "$builddir" -s install-extincludeHEADERS install-pkgconfigDATA DESTDIR="$dir/root" >/dev/null
	pc=$(dirname "$(find "$dir/root" -name ossim-sched.pc)")
	sed -n '/^```c$/,/^```$/{/^```/d;p}' "$top_srcdir/docs/ext.md" | sed '/^static const struct ossim_ext_option mine_options/,$d' \
		>"$dir/mine.c"
	grep -q 'EXT_POLICY(mine)' "$dir/mine.c"
	# shellcheck disable=SC2046 # flags are words
	"${CC:-cc}" -shared -fPIC -O2 -Wall -Wextra -Werror \
		$(PKG_CONFIG_PATH=$pc PKG_CONFIG_SYSROOT_DIR=$dir/root pkg-config --cflags ossim-sched) \
		"$dir/mine.c" -o "$dir/mine.so"
	cd "$dir"
	ossim w.yaml --policy ./mine.so --twice
	expect 0
	contains "$out" "ext policy mine: loaded"
}

@test "a path in a workload is relative to the workload, one on the command line to where one is" {
	module own <<-'C'
		#include "policies/ext.h"
		EXT_POLICY(own) = {EXT_POLICY_HEAD("own"), .help = "nothing of its own"};
	C
	mkdir "$dir/deep" "$dir/elsewhere"
	mv "$dir/own.so" "$dir/deep/"
	{ echo 'ext: {policy: ./own.so}'; cat "$dir/w.yaml"; } >"$dir/deep/own.yaml"
	cd "$dir/elsewhere"
	ossim ../deep/own.yaml
	expect 0
	contains "$out" "ext policy own: loaded"
	ossim ../w.yaml --policy ./own.so
	expect 2
	contains "$err" "cannot load the policy"
	ossim ../w.yaml --policy ../deep/own.so
	expect 0
	cd ../deep
	ossim ../w.yaml --policy own.so
	expect 0
}

@test "what is no policy, or one of another time, is refused before anything runs" {
	echo 'not an object' >"$dir/text.so"
	ossim "$dir/w.yaml" --policy "$dir/text.so"
	expect 2
	contains "$err" "cannot load the policy"
	echo 'int x;' | module empty
	ossim "$dir/w.yaml" --policy "$dir/empty.so"
	expect 2
	contains "$err" "is not a policy: it does not define ossim_ext_policy"
	module later <<-'C'
		#include "policies/ext.h"
		EXT_POLICY(later) = {.abi = OSSIM_EXT_ABI + 1, .size = sizeof(struct ossim_ext_policy), .name = "later"};
	C
	ossim check "$dir/w.yaml" --policy "$dir/later.so"
	expect 2
	contains "$err" "was made for version 2 of the policies' ABI, this ossim has 1: compile it anew"
	module larger <<-'C'
		#include "policies/ext.h"
		EXT_POLICY(larger) = {.abi = OSSIM_EXT_ABI, .size = 9999, .name = "larger"};
	C
	ossim "$dir/w.yaml" --policy "$dir/larger.so"
	expect 2
	contains "$err" "was compiled with another ext.h: its struct ossim_ext_policy has 9999 bytes"
	module nameless <<-'C'
		#include "policies/ext.h"
		EXT_POLICY(nameless) = {EXT_POLICY_HEAD("")};
	C
	ossim "$dir/w.yaml" --policy "$dir/nameless.so"
	expect 2
	contains "$err" "has no name"
	module greedy <<-'C'
		#include "policies/ext.h"
		EXT_POLICY(greedy) = {EXT_POLICY_HEAD("greedy"), .self_size = 1ull << 40};
	C
	ossim "$dir/w.yaml" --policy "$dir/greedy.so"
	expect 2
	contains "$err" "wants 1099511627776 bytes for itself"
}

@test "a policy that forgets its tasks stalls and is ejected by the watchdog" {
	module forgets <<-'C'
		#include "policies/ext.h"
		static void enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags)
		{
			(void)x, (void)task, (void)flags;
		}
		static void dump(struct ossim_ext *x)
		{
			ext_dump(x, "I forgot them at %llu", (unsigned long long)ext_now(x));
		}
		EXT_POLICY(forgets) = {EXT_POLICY_HEAD("forgets"), .enqueue = enqueue, .dump = dump};
	C
	ejected forgets
	contains "$err" "at 1.5 s (runnable task stall)"
	contains "$err" "failed to run for 1.5"
	contains "$err" "kept by the policy"
	contains "$err" "policy: I forgot them at 1500000000"
}

@test "a policy that names a cpu or a queue that there is not is ejected at once" {
	module badcpu <<-'C'
		#include "policies/ext.h"
		static int32_t select_cpu(struct ossim_ext *x, struct ossim_ext_task *task, int32_t prev, uint64_t flags)
		{
			(void)x, (void)task, (void)flags;
			return prev + 1000;
		}
		EXT_POLICY(badcpu) = {EXT_POLICY_HEAD("badcpu"), .select_cpu = select_cpu};
	C
	ejected badcpu
	contains "$err" "select_cpu: there is no cpu 1000"
	module badqueue <<-'C'
		#include "policies/ext.h"
		static void enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags)
		{
			ext_insert(x, task, 1234, 0, flags);
		}
		EXT_POLICY(badqueue) = {EXT_POLICY_HEAD("badqueue"), .enqueue = enqueue};
	C
	ejected badqueue
	contains "$err" "there is no queue 0x4d2"
}

@test "an error of the policy's own is told in its words; leaving is no error" {
	module gives_up <<-'C'
		#include "policies/ext.h"
		static void tick(struct ossim_ext *x, struct ossim_ext_task *task)
		{
			if (ext_now(x) > 10000000)
				ext_error(x, "no idea what to do with %s", ext_task_comm(x, task));
		}
		EXT_POLICY(gives_up) = {EXT_POLICY_HEAD("gives_up"), .tick = tick};
	C
	ejected gives_up
	contains "$err" "no idea what to do with hog"
	module leaves <<-'C'
		#include "policies/ext.h"
		static void tick(struct ossim_ext *x, struct ossim_ext_task *task)
		{
			(void)task;
			ext_exit(x, 7, "seen enough");
		}
		EXT_POLICY(leaves) = {EXT_POLICY_HEAD("leaves"), .tick = tick};
	C
	ossim "$dir/w.yaml" --policy "$dir/leaves.so" --json --no-timing
	expect 0
	contains "$out" '"state": "unloaded"'
	contains "$out" '"exit_code": 7'
	contains "$out" '"message": "seen enough"'
}

@test "a policy whose init fails is refused, and the run goes on without it" {
	module unwilling <<-'C'
		#include "policies/ext.h"
		static int32_t init(struct ossim_ext *x)
		{
			(void)x;
			return -5;
		}
		EXT_POLICY(unwilling) = {EXT_POLICY_HEAD("unwilling"), .init = init};
	C
	ossim "$dir/w.yaml" --policy "$dir/unwilling.so" --json --no-timing
	expect 1
	contains "$err" "policy 'unwilling' was refused"
	contains "$err" "init failed (-5)"
	contains "$out" '"state": "refused"'
}

@test "a cpu that goes offline makes a policy without the op leave; one with the ops stays and serves the others" {
	ossim "$top_srcdir/workloads/hotplug.yaml" --policy fifo --check-invariants --json --no-timing
	contains "$out" '"exit_kind": 66'
	contains "$out" '"message": "cpu 3 goes offline, and the policy has no op for it"'
	module stays <<-'C'
		#include "policies/ext.h"
		enum { OWN = 1 };
		static int32_t init(struct ossim_ext *x)
		{
			return ext_create_dsq(x, OWN, -1);
		}
		static void enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags)
		{
			ext_insert(x, task, OWN, 0, flags);
		}
		static void dispatch(struct ossim_ext *x, int32_t cpu, struct ossim_ext_task *prev)
		{
			(void)prev;
			if (!ext_cpu_online(x, cpu))
				ext_error(x, "dispatch on a dead cpu");
			ext_move_to_local(x, OWN);
		}
		static void offline(struct ossim_ext *x, int32_t cpu)
		{
			(void)x, (void)cpu;
		}
		EXT_POLICY(stays) = {
			EXT_POLICY_HEAD("stays"), .init = init, .enqueue = enqueue, .dispatch = dispatch,
			.cpu_offline = offline, .cpu_online = offline,
		};
	C
	ossim "$top_srcdir/workloads/hotplug.yaml" --policy "$dir/stays.so" --check-invariants --json --no-timing
	contains "$out" '"state": "loaded"'
	contains "$out" '"exit_kind": 0'
	# Two of three seconds on four cpus and one on three, less what idle ends of slices cost.
	busy=$(sed -n '/"total"/,/}/s/.*"busy_ns": \([0-9]*\),/\1/p' "$dir/out")
	[ "$busy" -gt 10500000000 ]
}

@test "--twice finds a policy that looks at the time of day" {
	module moody <<-'C'
		#include <time.h>
		#include "policies/ext.h"
		static void enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags)
		{
			struct timespec now;

			clock_gettime(CLOCK_MONOTONIC, &now);
			ext_insert(x, task, EXT_DSQ_GLOBAL, now.tv_nsec & 32 ? 1 : 20000000, flags);
		}
		EXT_POLICY(moody) = {EXT_POLICY_HEAD("moody"), .enqueue = enqueue};
	C
	ossim "$dir/w.yaml" --policy "$dir/moody.so" --duration 500ms --twice -q
	expect 1
	contains "$err" "the second run differs from the first"
	ossim "$dir/w.yaml" --policy vtime --twice -q
	expect 0
	[ -z "$err" ]
}

@test "what a policy keeps in static data is new in every run" {
	module counts <<-'C'
		#include "policies/ext.h"
		static uint64_t calls;
		static void enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags)
		{
			ext_insert(x, task, EXT_DSQ_GLOBAL, 1000000 + 1000 * calls++, flags);
		}
		EXT_POLICY(counts) = {EXT_POLICY_HEAD("counts"), .enqueue = enqueue};
	C
	ossim "$dir/w.yaml" --policy "$dir/counts.so" --twice -q
	expect 0
}

@test "list policies names those built in with their options" {
	ossim list policies
	expect 0
	for policy in fifo vtime queues central; do contains "$out" "$policy "; done
	contains "$out" "    steal "
}

# kicked FLAGS KEY CPU: a number of that cpu when each tick of cpu 0 kicks cpu 1.
kicked() {
	ossim "$dir/kick.yaml" --policy "$dir/kick.so" --set "ext.options.flags=$1" --json --no-timing
	expect 0
	sed -n '/"cpus": \[/,/\]/p' "$dir/out" | grep "\"$2\"" | sed -n "$(($3 + 1))p" | tr -dc '0-9'
}

@test "a kick may end a slice, and make who kicks wait until the other has switched" {
	module kick <<-'C'
		#include "policies/ext.h"
		static const struct ossim_ext_option options[] = {{"flags", "of the kicks", 0}, {NULL, NULL, 0}};
		static void kick_tick(struct ossim_ext *x, struct ossim_ext_task *task)
		{
			if (ext_task_cpu(x, task) == 0)
				ext_kick_cpu(x, 1, ext_option(x, "flags"));
		}
		EXT_POLICY(kick) = {EXT_POLICY_HEAD("kick"), .help = "", .options = options, .tick = kick_tick};
	C
	cat >"$dir/kick.yaml" <<-'YAML'
		duration: 1s
		machine: {cpus: 2, hz: 100}
		tasks:
		  - {name: here, affinity: 0, program: {loop: [{run: 1ms}]}}
		  - {name: there, count: 2, affinity: 1, program: {loop: [{run: 1ms}]}}
	YAML
	# A slice is two of the 99 ticks; with EXT_KICK_PREEMPT (2) it ends with each.
	[ "$(kicked 0 switches 1)" -eq 50 ]
	[ "$(kicked 2 switches 1)" -eq 100 ]
	# EXT_KICK_WAIT (4): as long as the interrupt is on its way, 1 us, each time.
	[ "$(kicked 6 switches 1)" -eq 100 ]
	[ $(($(kicked 6 irq_ns 0) - $(kicked 2 irq_ns 0))) -eq 99000 ]
}

# Loaded at 5 ms, when both are there: one of policy ext is rejected. The policy that it asks for later it does not get, either.
@test "a policy may refuse tasks of policy ext when it is loaded, and not at a fork; sysfs tells" {
	module picky <<-'EOF'
		#include <stdio.h>
		#include <string.h>
		#include "policies/ext.h"

		static int32_t picky_init_task(struct ossim_ext *x, struct ossim_ext_task *task, bool fork)
		{
			if (strcmp(ext_task_comm(x, task), "no"))
				return 0;
			fprintf(stderr, "asked %d\n", fork);
			ext_task_disallow(x, task);
			return 0;
		}

		static void picky_exit_task(struct ossim_ext *x, struct ossim_ext_task *task, bool cancelled)
		{
			if (!strcmp(ext_task_comm(x, task), "no"))
				fprintf(stderr, "left %d\n", cancelled);
		}

		EXT_POLICY(picky) = {EXT_POLICY_HEAD("picky"), .help = "not everybody", .init_task = picky_init_task,
			.exit_task = picky_exit_task};
	EOF
	cat >"$dir/p.yaml" <<-EOF
		duration: 100ms
		machine: {cpus: 2, events: [{at: 20ms, cpu: 1, action: offline}]}
		ext: {policy: $dir/picky.so, partial: true, load: 5ms}
		tasks:
		  - {name: "no", policy: ext, program: [sleep: 10ms, policy: ext, run: 1s]}
		  - {name: "yes", policy: ext, program: {loop: [run: 1ms, sleep: 1ms]}}
	EOF
	sysfs() { "$OSSIM" proc "$dir/p.yaml" --at "$1" "/sys/kernel/sched_ext/$2"; }
	ossim ps "$dir/p.yaml" --at 15ms
	grep -q ' EXT .* yes$' "$dir/out"
	grep -q ' TS .* no$' "$dir/out"
	[ "$(sysfs 1ms state)" = disabled ]
	[ -z "$(sysfs 1ms root/ops)" ]
	[ "$(sysfs 15ms state) $(sysfs 15ms root/ops) $(sysfs 15ms nr_rejected) $(sysfs 15ms switch_all)" = "enabled picky 1 0" ]
	[ "$(sysfs 15ms enable_seq) $(sysfs 15ms hotplug_seq) $(sysfs 90ms hotplug_seq)" = "1 0 1" ]
	[ "$(sysfs 90ms state)" = disabled ] # it has no cpu_offline
	[ "$(sysfs 15ms root/events | head -1)" = "SCX_EV_SELECT_CPU_FALLBACK 0" ]
	[ -z "$("$OSSIM" proc "$dir/p.yaml" --at 15ms --kernel v6.12 sys/kernel/sched_ext/root/events)" ]
	ossim "$dir/p.yaml" --set ext.load=0 --set tasks.no.start=5ms
	expect 1
	contains "$err" "init_task disallowed no["
	[ "$(grep -e asked -e left "$dir/err")" = $'asked 1\nleft 0' ] # as of any other task
}

# Numbers are used up by forks that fail, as in the kernel, which asks after it has one; but the first of a namespace is 1 in any case.
@test "a fork fails with the error of init_task, in any namespace, and nobody hears of the child" {
	module nofork <<-'EOF'
		#include <string.h>
		#include "policies/ext.h"

		static int32_t nofork_init_task(struct ossim_ext *x, struct ossim_ext_task *task, bool fork)
		{
			return fork && !strcmp(ext_task_comm(x, task), "no") ? -12 : 0;
		}

		EXT_POLICY(nofork) = {EXT_POLICY_HEAD("nofork"), .help = "not everybody", .init_task = nofork_init_task};
	EOF
	cat >"$dir/n.yaml" <<-EOF
		duration: 100ms
		machine: {cpus: 2}
		ext: {policy: $dir/nofork.so}
		tasks:
		  - {name: "no", template: true, program: [run: 1ms]}
		  - {name: "yes", template: true, program: [clone: {template: "no", flags: [newpid]}, fork: "no", run: 1ms, sleep: 1s]}
		  - {name: parent, program: [vfork: "no", clone: {template: "no", flags: [newpid]}, fork: "yes", clone: "no", unshare: newpid, fork: "no", fork: "yes", waitall]}
	EOF
	ossim "$dir/n.yaml" --json
	expect 0
	[ "$(grep -c '"failed_calls": 4' "$dir/out")" -ge 1 ]
	ossim ps "$dir/n.yaml" --at 50ms --threads
	absent -q ' no$' "$dir/out"
	parent=$(awk '$NF == "parent" { print $1 }' "$dir/out")
	[ "$(awk '$NF == "yes" { printf "%s ", $1 - '"$parent"' }' "$dir/out")" = "3 8 " ]
	last=$(awk '$NF == "yes" { print $1 }' "$dir/out" | tail -1)
	ossim proc "$dir/n.yaml" --at 50ms "$last/status"
	grep -qE "^NSpid:\s+$last\s+1$" "$dir/out"
}
