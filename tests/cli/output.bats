#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What goes where: tables, documents, traces, pipes, files that appear whole or not at all.
load help.bash

@test "run is the default command" {
	ossim run "$dir/w.yaml" --no-timing --json
	expect 0
	cp "$dir/out" "$dir/first"
	ossim "$dir/w.yaml" --no-timing --json
	expect 0
	cmp "$dir/first" "$dir/out"
}

@test "at the end tasks that are stopped are not said to sleep" {
	cat >"$dir/stopped.yaml" <<-EOF
		duration: 1s
		tasks:
		  - {name: a, program: [signal: STOP, run: 1ms]}
	EOF
	ossim run -q "$dir/stopped.yaml"
	expect 0
	contains "$err" "note: at the end 1 task is stopped and nothing will continue it: 'a' (pid "
	contains "$err" ") stopped in 'run 1 ms'"
	printf '  - {name: b, program: {pause}}\n' >>"$dir/stopped.yaml"
	ossim run -q "$dir/stopped.yaml"
	contains "$err" "2 tasks sleep or are stopped and nothing will wake them: 'a' (pid "
}

@test "tasks beyond threads_max are told as that" {
	cat >"$dir/many.yaml" <<-EOF
		machine: {cpus: 1, threads_max: 20}
		duration: 1s
		tasks:
		  - {name: a, count: 14, program: {pause}}
	EOF
	ossim run -q "$dir/many.yaml"
	expect 1
	contains "$err" "there is no place for 'a13': with the kernel's own there may be 20 tasks (threads_max)"
}

# Two semaphores taken crosswise; of the second run one task is awake now and then, of the third one waits for its quota.
@test "a run with an end says who sleeps with nothing left to wake him" {
	cat >"$dir/cross.yaml" <<-EOF
		machine: {cpus: 2}
		semaphores: {x: 1, y: 1}
		duration: 100ms
		tasks:
		  - {name: a, program: [sem_wait: x, run: 5ms, sem_wait: y, sem_post: y, sem_post: x]}
		  - {name: b, program: [sem_wait: y, run: 5ms, sem_wait: x, sem_post: x, sem_post: y]}
	EOF
	ossim "$dir/cross.yaml"
	expect 0
	contains "$err" "note: at the end 2 tasks sleep and nothing will wake them: 'a' (pid "
	contains "$err" "in 'sem_wait y', 'b' (pid"
	ossim "$dir/cross.yaml" --duration 2s
	contains "$err" "note: at the end 2 tasks sleep"
	sed 's/^tasks:/&\n  - {name: c, program: {loop: [run: 1ms, sleep: 30ms]}}/' "$dir/cross.yaml" >"$dir/awake.yaml"
	ossim "$dir/awake.yaml"
	expect 0
	[ "$err" = "" ]
	cat >"$dir/quota.yaml" <<-EOF
		groups: {g: {max: 10ms/1s}}
		duration: 500ms
		tasks: [{name: a, group: g, program: {run: 50ms}}]
	EOF
	ossim "$dir/quota.yaml"
	expect 0
	[ "$err" = "" ]
}

@test "the table names the tasks and goes to standard output, without colour in a pipe" {
	ossim "$dir/w.yaml"
	expect 0
	[ -z "$err" ]
	contains "$out" "hog"
	contains "$out" "sleeper"
	absent $'\033' "$dir/out"
	ossim "$dir/w.yaml" --color
	grep -q $'\033' "$dir/out"
}

@test "--quiet prints nothing" {
	ossim "$dir/w.yaml" -q
	expect 0
	[ -z "$out$err" ]
}

@test "--json is one JSON document and nothing else" {
	ossim "$dir/w.yaml" --json
	expect 0
	python3 - "$dir/out" <<'PYTHON'
import json, sys
document = json.load(open(sys.argv[1]))
assert document["schema"] == "ossim-result/1", document["schema"]
def whole(value, path):
    if isinstance(value, dict):
        for key, inner in value.items(): whole(inner, path + "." + key)
    elif isinstance(value, list):
        for inner in value: whole(inner, path + "[]")
    else:
        assert not isinstance(value, float), path
whole(document, "")
PYTHON
}

@test "-o writes what --json prints; --json and -o may be together" {
	ossim "$dir/w.yaml" --no-timing --json
	cp "$dir/out" "$dir/printed"
	ossim "$dir/w.yaml" --no-timing -o "$dir/written"
	expect 0
	contains "$out" "sleeper"
	cmp "$dir/printed" "$dir/written"
	ossim "$dir/w.yaml" --no-timing --json -o "$dir/again"
	expect 0
	cmp "$dir/printed" "$dir/again"
	cmp "$dir/printed" "$dir/out"
}

@test "-o replaces the file whole or leaves it: after an error the old one is there, and no other" {
	echo old >"$dir/result"
	ossim "$dir/bad.yaml" -o "$dir/result"
	expect 2
	[ "$(cat "$dir/result")" = old ]
	[ "$(ls "$dir" | grep -c result)" -eq 1 ]
	ossim "$dir/w.yaml" -q -o "$dir/result"
	expect 0
	[ "$(head -c 1 "$dir/result")" = "{" ]
	[ "$(ls "$dir" | grep -c result)" -eq 1 ]
}

@test "an output that cannot be written: 3 and its name" {
	ossim "$dir/w.yaml" -q -o "$dir/none/result"
	expect 3
	contains "$err" "$dir/none/result"
	ossim "$dir/w.yaml" -q --trace "$dir/none/trace"
	expect 3
	contains "$err" "$dir/none/trace"
}

@test "a full disk is an error, not a short file" {
	[ -w /dev/full ] || skip "no /dev/full"
	code=0
	"$OSSIM" "$dir/w.yaml" --json >/dev/full 2>"$dir/err" || code=$?
	[ "$code" -eq 3 ]
	[ -s "$dir/err" ]
}

@test "- is standard input, for a workload and for a trace" {
	ossim "$dir/w.yaml" --trace "$dir/trace" -q
	expect 0
	"$OSSIM" - <"$dir/w.yaml" >"$dir/piped"
	grep -q sleeper "$dir/piped"
	"$OSSIM" stat - <"$dir/trace" >"$dir/piped"
	grep -q sleeper "$dir/piped"
	cat "$dir/trace" | "$OSSIM" stat - >"$dir/from-pipe"
	cmp "$dir/piped" "$dir/from-pipe"
	printf 'tasks: 3\n' | { ! "$OSSIM" check - 2>"$dir/err"; }
	grep -q ':1:8: error:' "$dir/err"
}

@test "--trace - writes the trace to standard output, and it can be measured at once" {
	"$OSSIM" "$dir/w.yaml" -q --trace - | "$OSSIM" stat --json - >"$dir/measured"
	grep -q '"comm": "sleeper"' "$dir/measured"
}

@test "a reader that goes away ends ossim quietly" {
	"$OSSIM" "$dir/w.yaml" -q --trace - --duration 5s 2>"$dir/err" | head -n 1 >/dev/null
	absent ensure "$dir/err"
}

@test "--seed, --kernel, --duration and --set override the file" {
	ossim "$dir/w.yaml" --json --seed 7 --kernel v6.1 --duration 40ms --set machine.cpus=3 --set machine.hz=1000
	expect 0
	python3 - "$dir/out" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
assert len(d["cpus"]) == 3, d["cpus"]
text = open(sys.argv[1]).read()
assert '"seed": 7' in text and '"v6.1"' in text, text[:600]
assert all(c["busy_ns"] + c["idle_ns"] == 40000000 for c in d["cpus"]), d["cpus"]
PYTHON
	ossim "$dir/w.yaml" --set machine.cpuz=3
	expect 2
	contains "$err" "did you mean 'cpus'?"
	ossim "$dir/w.yaml" --kernel v5.9
	expect 2
	contains "$err" "ossim list kernels"
}

@test "--set machine.costs=zero makes switches free" {
	ossim "$dir/w.yaml" --set machine.costs=zero --set machine.cpus=1 --json
	expect 0
	python3 - "$dir/out" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
assert sum(t["cpu_ns"] for t in d["tasks"]) == 20000000, [t["cpu_ns"] for t in d["tasks"]]
PYTHON
}

@test "check says that a workload is good and what it is" {
	ossim check "$dir/w.yaml"
	expect 0
	contains "$out" "good"
	contains "$out" "2 cpus"
}

@test "nothing of the surroundings gets into a result" {
	ossim "$dir/w.yaml" --json --no-timing
	cp "$dir/out" "$dir/plain"
	(cd / && env -i LANG=de_DE.UTF-8 TZ=Asia/Tokyo HOME=/ "$OSSIM" "$dir/w.yaml" --json --no-timing) >"$dir/other"
	cmp "$dir/plain" "$dir/other"
}

@test "standard output takes one thing at a time" {
	ossim "$dir/w.yaml" --json --trace -
	expect 2
	contains "$err" "cannot both"
	ossim "$dir/w.yaml" -o -
	expect 0
	python3 -m json.tool "$dir/out" >/dev/null
	ossim "$dir/w.yaml" --trace -
	expect 0
	absent "^TASK" "$dir/out"
}

@test "a full disk is told by its reason" {
	"$OSSIM" "$dir/w.yaml" --json >/dev/full 2>"$dir/err" || [ $? -eq 3 ]
	grep -q "cannot write standard output: No space left" "$dir/err"
	# Small outputs fail at the end, large ones long before it: the reason is the same.
	for option in -o --trace; do
		"$OSSIM" "$dir/w.yaml" -q $option /dev/full 2>"$dir/err" || [ $? -eq 3 ]
		grep -q "cannot write '/dev/full': No space left" "$dir/err"
	done
}

@test "a run that is killed leaves nothing behind, and the old file" {
	# Where the file system knows no nameless files, there is a temporary.
	: >"$dir/probe"
	python3 -c 'import os, sys; os.close(os.open(sys.argv[1], os.O_WRONLY | os.O_TMPFILE))' "$dir" || skip
	mkdir "$dir/here"
	echo old >"$dir/here/trace"
	timeout -s KILL 0.2 "$OSSIM" "$dir/w.yaml" --duration 1000s -q --trace "$dir/here/trace" || true
	[ "$(ls "$dir/here")" = trace ]
	[ "$(cat "$dir/here/trace")" = old ]
}

@test "the first time that rt tasks are throttled is told once, as the kernel's log does" {
	cat >"$dir/rt.yaml" <<-YAML
		kernel: v6.1
		duration: 3s
		machine: {cpus: 1, hz: 250, costs: zero}
		tasks:
		  - {name: hog, birth: woken, policy: fifo, priority: 10, program: {run: 10s}}
	YAML
	ossim "$dir/rt.yaml"
	expect 0
	contains "$err" "warning: sched: RT throttling activated (cpu 0, at 952 ms)"
	[ "$(grep -c activated "$dir/err")" = 1 ]
	ossim "$dir/rt.yaml" --kernel v6.12
	expect 0
	absent activated "$dir/err"
}

@test "a cpu that was offline has a gap in its lane of the timeline" {
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	ossim "$dir/w.yaml" -q --plots "$dir/on"
	expect 0
	absent '<text>offline<' "$dir/on/gantt.svg" # in the legend
	ossim "$dir/w.yaml" -q --plots "$dir/off" --set 'machine.events=[{at: 5ms, cpu: 1, action: offline}]'
	expect 0
	grep -q '<text>offline<' "$dir/off/gantt.svg"
}

# The last of them sleeps at 2 ms; the watchdog would look at the policy's tasks at 15 s.
@test "a policy's watchdog does not keep a run going in which all sleep" {
	cat >"$dir/ext.yaml" <<-EOF
		machine: {cpus: 2, costs: zero}
		ext: {policy: fifo}
		tasks:
		  - {name: a, policy: ext, program: [run: 1ms, pause]}
		  - {name: b, program: [run: 2ms, pause]}
	EOF
	ossim run -q "$dir/ext.yaml"
	expect 1
	contains "$err" "error: at 2 ms: 2 tasks sleep and nothing will wake them: 'a' (pid "
	ossim run -q "$dir/ext.yaml" --duration 50ms
	expect 0
	contains "$err" "note: at the end 2 tasks sleep and nothing will wake them: 'a' (pid "
}

# CFS: a woken task preempts if it is more than the wakeup granularity (1 ms) behind the one that runs, which the first of two
# equals is not; a sleeper's credit is 3 ms. EEVDF: the one with a lag has the earlier deadline.
@test "who was owed time when it fell asleep comes first when it is woken" {
	for kernel in v6.1 v6.12; do
		for lag in 0 2ms; do
			cat >"$dir/lag.yaml" <<-EOF
				kernel: $kernel
				duration: 20ms
				machine: {cpus: 1, costs: zero}
				tasks:
				  - {name: a, birth: woken, program: [run: 1s]}
				  - {name: b, birth: woken, lag: $lag, start: 100us, program: [run: 1s]}
				expect:
				  - tasks.b.wakeup_latency.max_ns $([ $lag = 0 ] && echo '>' || echo '<=') 0
			EOF
			ossim run -q "$dir/lag.yaml"
			expect 0
		done
	done
}
