#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# stat, replay and convert on a trace that ossim wrote itself.
load help.bash

@test "stat of a simulated trace agrees with the simulation's own metrics" {
	ossim "$dir/w.yaml" --set machine.costs=zero --json --no-timing --trace "$dir/trace"
	expect 0
	cp "$dir/out" "$dir/simulated"
	ossim stat "$dir/trace" --json --no-timing
	expect 0
	python3 - "$dir/simulated" "$dir/out" "$dir/trace" <<'PYTHON'
import json, re, sys
simulated, measured = (json.load(open(path)) for path in sys.argv[1:3])
times = [float(t) for t in re.findall(r" (\d+\.\d+): ", open(sys.argv[3]).read())]
# A trace tells nothing of what comes after its last event.
untold = 20000000 - round((times[-1] - times[0]) * 1e9)
def of(document):
    return {t["pid"]: t for t in document["tasks"]}
a, b = of(simulated), of(measured)
for pid, task in a.items():
    if task["comm"] not in ("hog", "hog0", "hog1", "hog2", "sleeper"):
        continue
    for key in ("cpu_ns", "wakeups", "voluntary_switches", "involuntary_switches", "migrations"):
        slack = untold if key == "cpu_ns" else 0
        assert abs(task[key] - b[pid][key]) <= slack, (task["comm"], key, task[key], b[pid][key])
PYTHON
}

@test "stat tells the moves of exec from those of load balancing, as the simulation does" {
	ossim "$top_srcdir/workloads/make-j.yaml" --json --no-timing --trace "$dir/trace"
	expect 0
	grep '"pulled"' "$dir/out" >"$dir/simulated"
	ossim stat "$dir/trace" --json --no-timing
	expect 0
	grep '"pulled"' "$dir/out" | diff "$dir/simulated" -
}

@test "the text of perf script is a trace like any other" {
	local recording=$top_srcdir/traces/three-hogs.6.18.txt
	sed -E 's/^ *(.*)-([0-9]+) +(\[[0-9]+\]) +([0-9.]+): ([a-z_]+: )/  \1  \2 \3 \4:       sched:\5/; s/^  <idle>/  swapper/' \
		"$recording" >"$dir/perf"
	grep -q 'sched:sched_switch' "$dir/perf"
	"$OSSIM" stat - --json --no-timing <"$recording" >"$dir/recorded"
	"$OSSIM" stat - --json --no-timing <"$dir/perf" | diff "$dir/recorded" -
}

@test "convert writes a workload that check accepts; -o and standard output agree" {
	ossim "$dir/w.yaml" -q --trace "$dir/trace"
	ossim convert "$dir/trace" -o "$dir/rebuilt.yaml"
	expect 0
	ossim check "$dir/rebuilt.yaml"
	expect 0
	ossim convert "$dir/trace"
	expect 0
	cmp "$dir/out" "$dir/rebuilt.yaml"
}

@test "replay prints recorded next to simulated" {
	ossim "$dir/w.yaml" -q --trace "$dir/trace"
	ossim replay "$dir/trace"
	expect 0
	contains "$out" "sleeper"
	[[ $out == *ecorded* && $out == *imulated* ]]
}

@test "replay of a real recording, and on another number of cpus" {
	ossim replay "$top_srcdir/traces/hog-and-periodic.6.12.txt"
	expect 0
	ossim replay "$top_srcdir/traces/hog-and-periodic.6.12.txt" --cpus 4 --json
	expect 0
	[ "$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["cpus"]))' "$dir/out")" = 4 ]
}

@test "replay on fewer cpus, however that is said" {
	printf 'duration: 100ms\nmachine: {cpus: 2}\ntasks: [{name: a, count: 2, program: {loop: [run: 1ms, sleep: 1ms]}}]\n' >"$dir/two.yaml"
	ossim "$dir/two.yaml" -q --trace "$dir/two"
	ossim replay "$dir/two" --cpus 1 --json --no-timing
	expect 0
	cp "$dir/out" "$dir/one"
	ossim replay "$dir/two" --set machine.cpus=1 --json --no-timing
	expect 0
	[ "$(grep digest "$dir/out")" = "$(grep digest "$dir/one")" ]
}

@test "an unknown kernel is all that is said of a replay under it" {
	ossim "$dir/w.yaml" -q --trace "$dir/trace"
	ossim replay "$dir/trace" --kernel v5.4
	expect 2
	[ "$(grep -c error: <<<"$err")" = 1 ]
}

# Shares of light and heavy of the cpu, in per cent.
shares() {
	python3 -c 'import json, sys
cpu = {c["comm"]: c["cpu_ns"] for c in json.load(open(sys.argv[1]))["comms"]}
print(*(round(100 * cpu[name] / sum(cpu.values())) for name in ("light", "heavy")))' "$1"
}

@test "the duration of a replay is its window's: what comes before it is simulated besides" {
	local recording=$top_srcdir/traces/hog-and-periodic.6.12.txt
	ossim replay "$recording" --from-mark TW_START --duration 300ms --json --no-timing
	expect 0
	python3 -c 'import json, sys; assert json.load(sys.stdin)["window"]["duration_ns"] == 300000000' <"$dir/out"
}

@test "groups show by what their tasks get, and can be told" {
	cat >"$dir/groups.yaml" <<-'YAML'
		duration: 1s
		machine: {cpus: 1, kernel_threads: false}
		groups: {a: {weight: 100}, b: {weight: 300}}
		tasks:
		- {name: light, group: a, program: [run: 2s]}
		- {name: heavy, group: b, program: [run: 2s]}
	YAML
	ossim "$dir/groups.yaml" -q --trace "$dir/trace"
	expect 0
	ossim replay "$dir/trace" --json
	expect 0
	[ "$(shares "$dir/out")" = "25 75" ]
	grep -q "groups that are estimated" "$dir/err"
	ossim replay "$dir/trace" --json --set 'groups={a: {weight: 100}, b: {weight: 100}}' \
		--set tasks.light.group=a --set tasks.heavy.group=b
	expect 0
	[ "$(shares "$dir/out")" = "50 50" ]
}

@test "replay, stat and convert read a trace from standard input, too" {
	trace=$top_srcdir/traces/three-hogs.6.18.txt
	for command in replay stat convert; do
		ossim "$command" "$trace"
		expect 0
		"$OSSIM" "$command" - <"$trace" >"$dir/piped"
		# A table names the file above its titles.
		[ "$(sed 1,3d "$dir/piped")" = "$(sed 1,3d "$dir/out")" ]
	done
}

@test "a line that is no event and one on a garbled cpu are told of, and left out" {
	sed "20s/.*/what is this?/;30s/\[00.\]/[999]/" "$top_srcdir/traces/three-hogs.6.18.txt" >"$dir/trace"
	for command in replay stat convert; do
		ossim "$command" "$dir/trace"
		expect 0
		contains "$err" "trace:20: warning: this line is no event: it is left out"
		contains "$err" "trace:30: warning: an event on cpu 999, in a trace of"
	done
	absent "cpus: 1000" "$dir/out"
}

@test "an empty trace is told to be empty; a mark of byte order before one is no line of its own" {
	: >"$dir/empty"
	for command in replay stat convert; do
		ossim "$command" "$dir/empty"
		expect 2
		contains "$err" "the file is empty"
	done
	{ printf '\357\273\277'; cat "$top_srcdir/traces/three-hogs.6.18.txt"; } >"$dir/trace"
	ossim stat "$dir/trace"
	expect 0
	absent "no event" "$dir/out"
}
