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
	python3 - "$dir/simulated" "$dir/out" <<'PYTHON'
import json, sys
simulated, measured = (json.load(open(path)) for path in sys.argv[1:])
def of(document):
    return {t["pid"]: t for t in document["tasks"]}
a, b = of(simulated), of(measured)
for pid, task in a.items():
    if task["comm"] not in ("hog", "hog0", "hog1", "hog2", "sleeper"):
        continue
    for key in ("cpu_ns", "wakeups", "voluntary_switches", "involuntary_switches", "migrations"):
        # Ftrace text has microseconds: each of a task's slices is off by less than one.
        slack = 1000 * (task["voluntary_switches"] + task["involuntary_switches"] + 1) if key == "cpu_ns" else 0
        assert abs(task[key] - b[pid][key]) <= slack, (task["comm"], key, task[key], b[pid][key])
PYTHON
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
