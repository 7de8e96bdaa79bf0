#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ossim explain: moments and delays, as text and as JSON, and requests that cannot be.
load help.bash

@test "a moment names who was picked and the rule, within 80 columns" {
	ossim explain "$dir/w.yaml" --at 10ms
	expect 0
	[ -z "$err" ]
	contains "$out" "cpu 0 at 10 ms: "
	contains "$out" "cpu 1 at 10 ms: "
	contains "$out" "rule: "
	[ "$(awk 'length > 90' "$dir/out" | wc -l)" -eq 0 ]
	ossim explain "$dir/w.yaml" --at 10ms --cpu 1
	expect 0
	[[ $out != *"cpu 0 at"* ]]
}

@test "a delay sums up, and is the same from run to run" {
	ossim explain "$dir/w.yaml" --task sleeper
	expect 0
	contains "$out" "sleeper waited "
	contains "$out" "  in all"
	cp "$dir/out" "$dir/first"
	ossim explain "$dir/w.yaml" --task sleeper
	cmp "$dir/first" "$dir/out"
}

@test "--json is one document; -o writes it whole" {
	ossim explain "$dir/w.yaml" --task sleeper --at 9ms --json
	expect 0
	contains "$out" '"ossim-explain/1"'
	cp "$dir/out" "$dir/first"
	ossim explain "$dir/w.yaml" --task sleeper --at 9ms -o "$dir/document"
	expect 0
	[ -z "$out" ]
	cmp "$dir/first" "$dir/document"
	command -v jq >/dev/null || skip "jq is not installed"
	jq -e '.delay.ns == ([.delay.pieces[].ns] | add // 0)' "$dir/document"
	jq -e '.delay.ns == ([.delay.sums[].ns] | add // 0) + .delay.irq_ns' "$dir/document"
	# Of a piece that somebody else is the cause of it is told who.
	ossim explain "$dir/w.yaml" --task hog0 --json
	jq -e '[.delay.pieces[] | select(.kind == "behind" or .kind == "reschedule-due")] | length > 0 and all(.by.comm)' "$dir/out"
	jq -e 'all(.delay.pieces[]; (.by != null) == (.kind == "behind" or .kind == "reschedule-due"))' "$dir/out"
	# Who ran is told how long, and with EEVDF until when it is protected; nobody else is.
	ossim explain "$top_srcdir/workloads/cfs-eevdf.yaml" --task C --at 30ms --json
	jq -e '[.. | objects | select(has("chosen"))] | any(.runs) and any(.runs | not) and
		all(.[]; (.protected_until_ns != null) == .runs and (.ran_ns != null) == .runs)' "$dir/out"
	ossim explain "$top_srcdir/workloads/cfs-eevdf.yaml" --task C --at 30ms --json --kernel v6.1
	jq -e '[.. | objects | select(has("chosen"))] | any(.runs) and
		all(.[]; .protected_until_ns == null and (.ran_ns != null) == .runs)' "$dir/out"
}

@test "colour is for terminals, or if it is asked for" {
	ossim explain "$dir/w.yaml" --at 10ms
	[[ $out != *$'\033'* ]]
	ossim explain "$dir/w.yaml" --at 10ms --color
	contains "$out" $'\033[1m'
}

@test "what cannot be is told: 2 and nothing on standard output" {
	ossim explain "$dir/w.yaml"
	expect 2
	contains "$err" "--at T or --task NAME is missing"
	ossim explain "$dir/w.yaml" --at 5
	expect 2
	contains "$err" "--at '5': a unit is missing: ns, us, ms, s, m, h or d"
	ossim explain "$dir/w.yaml" --at 1s
	expect 2
	contains "$err" "--at 1 s is past the end: the run takes 20 ms"
	[ -z "$out" ]
	ossim explain "$dir/w.yaml" --task slepper
	expect 2
	contains "$err" "no task is called 'slepper' (did you mean 'sleeper'?)"
	ossim explain "$dir/w.yaml" --at 1ms --cpu 2
	expect 2
	contains "$err" "--cpu 2: the machine has cpus 0..1"
	ossim explain "$dir/w.yaml" --task sleeper --cpu 1
	expect 2
	contains "$err" "--cpu goes with --at"
	ossim explain "$dir/w.yaml" --at yesterday
	expect 2
	contains "$err" "--at 'yesterday'"
	ossim explain "$dir/bad.yaml" --at 1ms
	expect 2
	contains "$err" "prioritty"
	ossim explain "$dir/none" --at 1ms
	expect 3
}

@test "a trace is pointed to the workload it becomes" {
	ossim run "$dir/w.yaml" -q --trace "$dir/trace.txt"
	ossim explain "$dir/trace.txt" --at 1ms
	expect 2
	contains "$err" "ossim convert"
}

# The examples of the page are what the program prints.
@test "docs/explain.md shows what the program prints" {
	cd "$top_srcdir"
	awk '/^\$ ossim explain /{sub(/^\$ /, ""); print}' docs/explain.md >"$dir/commands"
	[ "$(wc -l <"$dir/commands")" -ge 4 ]
	while read -r _ command; do
		# shellcheck disable=SC2086
		"$OSSIM" $command >"$dir/printed" </dev/null
		awk -v want="\$ ossim $command" '
			$0 == want { inside = 1; next }
			inside && /^```/ { exit }
			inside' docs/explain.md >"$dir/shown"
		diff -u "$dir/shown" "$dir/printed"
	done <"$dir/commands"
}

@test "who had to wait for the fair server is told so" {
	ossim explain "$top_srcdir/workloads/fair-server.yaml" --task hog
	expect 0
	contains "$out" "behind shell: nobody else is queued (fair
                                 class, by its server)"
}
