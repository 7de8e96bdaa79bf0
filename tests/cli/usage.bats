#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Help, versions, wrong usage, exit codes.
load help.bash

@test "--help names every command, on standard output" {
	ossim --help
	expect 0
	[ -z "$err" ]
	for command in run stat replay convert check explain list; do contains "$out" "  $command "; done
}

@test "every command has --help, on standard output, and says what its argument is" {
	for command in run stat replay convert check explain list; do
		ossim "$command" --help
		expect 0
		[ -z "$err" ]
		contains "$out" "Usage: ossim $command"
		contains "$out" "--help"
	done
}

@test "--version is one line: name and number" {
	ossim --version
	expect 0
	[[ $out =~ ^ossim\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "help COMMAND is COMMAND --help; --version is understood behind a command, too" {
	for command in run stat replay convert check explain list; do
		ossim "$command" --help
		cp "$dir/out" "$dir/help"
		ossim help "$command"
		expect 0
		cmp "$dir/out" "$dir/help"
		ossim "$command" --version
		expect 0
		[[ $out =~ ^ossim\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	done
	ossim help
	expect 0
	ossim help statt
	expect 2
	contains "$err" "did you mean 'stat'?"
}

@test "a window that ends before it begins, two outputs in one file: wrong usage" {
	ossim "$dir/w.yaml" --from 2ms --to 1ms
	expect 2
	contains "$err" "--to"
	ossim "$dir/w.yaml" -o "$dir/same" --trace "$dir/same"
	expect 2
	contains "$err" "$dir/same"
	[ ! -e "$dir/same" ]
	ossim "$dir/w.yaml" -q -o /dev/null --trace /dev/null
	expect 0
	ossim "$dir/w.yaml" --to 0
	expect 2
	contains "$err" "--to must be after"
}

@test "no argument at all: help on standard error, 2" {
	ossim
	expect 2
	[ -z "$out" ]
	contains "$err" "Usage: ossim"
}

@test "an unknown option is wrong usage" {
	ossim run --sead 3 "$dir/w.yaml"
	expect 2
	[ -z "$out" ]
	contains "$err" "--sead"
}

@test "a missing file argument is wrong usage" {
	for command in run stat replay convert check explain list; do
		ossim "$command"
		expect 2
		contains "$err" "ossim $command"
	done
}

@test "two file arguments are wrong usage" {
	ossim check "$dir/w.yaml" "$dir/w.yaml"
	expect 2
}

@test "--set without a value is wrong usage" {
	ossim run --set machine.cpus "$dir/w.yaml"
	expect 2
	contains "$err" "PATH=VALUE"
}

@test "a list of something unknown names what there is" {
	ossim list kernel
	expect 2
	contains "$err" "did you mean 'kernels'?"
	contains "$err" "policies, files and syscalls"
}

@test "ossim list prints each of its lists" {
	for what in kernels knobs features actions metrics costs plots policies files syscalls; do
		ossim list "$what"
		expect 0
		[ "$(wc -l <"$dir/out")" -ge 3 ]
	done
	ossim list knobs --kernel v6.1
	expect 0
	contains "$out" "latency"
	ossim list knobs --kernel v5.9
	expect 2
}

@test "ossim list knobs tells defaults for a number of cpus, as text and as JSON" {
	ossim list knobs --kernel v6.12 --cpus 8
	expect 0
	contains "$out" "knobs of v6.12 on 8 cpus"
	grep -qE "base_slice_ns +2800000 ns +100000..1000000000" "$dir/out"
	contains "$out" "NO_NEXT_BUDDY"
	contains "$out" "no effect: it only writes to the log"
	ossim list knobs --kernel v6.1 --cpus 2 --json
	expect 0
	contains "$out" '"ossim-knobs/1"'
	command -v jq >/dev/null || skip "jq is not installed"
	[ "$(jq '.knobs[] | select(.name == "latency_ns").default' "$dir/out")" = 12000000 ]
	[ "$(jq '.features[] | select(.name == "LAST_BUDDY").default' "$dir/out")" = true ]
	ossim list features --preempt rt
	expect 0
	grep -qE "^ +RT_PUSH_IPI" "$dir/out" && grep -qE "^ +NO_TTWU_QUEUE" "$dir/out"
	ossim list knobs --preempt rt
	grep -qE "nr_migrate +8 " "$dir/out" && grep -qE "^ +preempt +rt" "$dir/out"
	ossim list knobs --kernel v6.1 --preempt rt
	expect 2
	contains "$err" "kernel v6.1 has no preemption model 'rt'"
	ossim list knobs --preempt most
	expect 2
	contains "$err" "unknown preemption model 'most'"
	ossim list kernels --json
	expect 2
	contains "$err" "list knobs"
}

@test "a file that is not there: 3 and its name" {
	for command in run check stat replay convert; do
		ossim "$command" "$dir/none"
		expect 3
		[ -z "$out" ]
		contains "$err" "$dir/none"
	done
}

@test "a directory is not a workload" {
	ossim run "$dir"
	expect 3
	contains "$err" "$dir"
}

@test "a run that ends early names the line of the task that it is about" {
	printf 'machine: {costs: zero}\nmutexes: [m]\ntasks:\n  - {name: a, program: [{run: 1ms}, {loop: {count: 2000000, do: [{lock: m}, {unlock: m}]}}]}\n' >"$dir/w.yaml"
	ossim run "$dir/w.yaml"
	expect 1
	contains "$err" "w.yaml:4:12: error: task 'a' (pid "
	contains "$err" "at 1 ms: spins without progress in op 'lock'"
}

@test "mistakes in the input: 2, with file, line, column and a suggestion" {
	ossim run "$dir/bad.yaml"
	expect 2
	[ -z "$out" ]
	contains "$err" "$dir/bad.yaml:3:5: error: "
	contains "$err" "prioritty"
	contains "$err" "did you mean 'priority'?"
	ossim check "$dir/bad.yaml"
	expect 2
}

@test "an expectation that is not kept: 1, the table all the same, and what it was" {
	ossim run "$dir/unkept.yaml"
	expect 1
	contains "$out" "sleeper"
	contains "$err" "tasks.sleeper.wakeups > 1000000"
}

@test "a trace given as a workload says what to do with it" {
	ossim run "$top_srcdir/traces/three-hogs.6.18.txt"
	expect 2
	contains "$err" "ossim stat"
}

@test "a workload given as a trace is refused" {
	ossim stat "$dir/w.yaml"
	expect 2
	[ -z "$out" ]
	[ -n "$err" ]
}

@test "a mistyped command is told from a missing file" {
	ossim stta trace
	expect 2
	contains "$err" "did you mean 'stat'?"
	ossim /nonexistent/w.yaml
	expect 3
	contains "$err" "cannot open"
}

@test "a file of the wrong kind is told what it is, and what to do with it" {
	gzip -c "$dir/w.yaml" >"$dir/w.gz"
	for command in run check "ps --at 1ms" stat replay; do
		# shellcheck disable=SC2086 # a command and its options
		ossim $command "$dir/w.gz"
		expect 2
		contains "$err" "w.gz: error: this is compressed by gzip: 'zcat"
	done
	for command in stat replay convert; do
		ossim $command "$dir/w.yaml"
		expect 2
		contains "$err" "w.yaml: error: this is a workload, not a trace"
	done
	ossim run "$dir/w.yaml" -q --trace "$dir/t.txt"
	for command in run check "ps --at 1ms" "explain --at 1ms"; do
		# shellcheck disable=SC2086
		ossim $command "$dir/t.txt"
		expect 2
		contains "$err" "t.txt: error: this is a trace, not a workload"
	done
}

@test "a window behind the end is told of" {
	ossim "$dir/w.yaml" --from 1s
	expect 0
	contains "$out" "warning: nothing was measured"
	ossim "$dir/w.yaml" --from 1ms
	[[ $out != *warning* ]]
}

@test "what an input is warned of is told before the run" {
	cat >"$dir/bomb.yaml" <<-EOF
		duration: 10ms
		tasks:
		  - {name: child, template: true, program: [run: 1ms, fork: child, wait]}
		  - {name: sh, program: [fork: child, wait]}
	EOF
	"$OSSIM" "$dir/bomb.yaml" >"$dir/both" 2>&1
	head -1 "$dir/both" | grep -q "warning: template 'child' forks without end"
	[ "$(grep -c "warning:" "$dir/both")" -eq 1 ]
}

@test "an output that is the input is refused, by whatever name" {
	cp "$dir/w.yaml" "$dir/kept.yaml"
	ln -s w.yaml "$dir/link.yaml"
	for option in --output --trace; do
		ossim "$dir/w.yaml" $option "$dir/link.yaml"
		expect 2
		contains "$err" "is the input"
	done
	cmp "$dir/w.yaml" "$dir/kept.yaml"
	ossim "$dir/w.yaml" -q -o /dev/null
	expect 0
}

@test "a mistake in a short option names that option" {
	ossim "$dir/w.yaml" --seed many
	expect 2
	contains "$err" "--seed=many: error: 'seed' must be a whole number"
	ossim "$dir/w.yaml" --kernel v6.19
	contains "$err" "--kernel=v6.19: error: unknown kernel"
	ossim "$dir/w.yaml" --set seed=many
	contains "$err" "--set seed=many: error: "
}
