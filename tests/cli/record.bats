#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# tests/fidelity/record, as far as it goes without an emulator: what it is asked for, what it needs, and what it reads of
# a recording (recorder/meta.py).

load help

# record ARGUMENT...: as ossim() of help.bash. @PATH: where it looks for tools.
record() {
	code=0
	PATH=${tools-$PATH} "$(command -v timeout)" 20 "$(command -v bash)" "$top_srcdir/tests/fidelity/record" "$@" >"$dir/out" 2>"$dir/err" </dev/null || code=$?
	out=$(<"$dir/out")
	err=$(<"$dir/err")
}

@test "record: --help tells all options, and no case is wrong usage" {
	record --help
	expect 0
	for option in --rig --repetition --corpus --image --later --autogroup --text; do
		contains "$out" "  $option"
	done
	record
	expect 2
	contains "$err" "Usage: record"
}

@test "record: what cannot be meant is told before anything is made" {
	echo "task a run 1ms" >"$dir/c.tw"
	record --rig g7 "$dir/c.tw"
	expect 2
	contains "$err" "record: unknown rig g7; --help tells them"
	record --repetition 0 "$dir/c.tw"
	expect 2
	contains "$err" "record: --repetition 0: a number from 1 on"
	record --later soon "$dir/c.tw"
	expect 2
	contains "$err" "record: --later soon: a number of ns"
	record --colour "$dir/c.tw"
	expect 2
	contains "$err" "record: unknown option --colour"
	record "$dir/none.tw"
	expect 2
	contains "$err" "none.tw: cannot be read"
	record --image "$dir/none" "$dir/c.tw"
	expect 2
	contains "$err" "none: cannot be read"
	[ ! -e corpus ]
}

@test "record: an option without its value is told, not waited for" {
	for option in --rig --repetition --corpus --image --later; do
		record "$option"
		expect 2
		contains "$err" "record: $option needs a value"
	done
}

@test "record: tools that are missing are told by the packages that have them" {
	echo "task a run 1ms" >"$dir/c.tw"
	mkdir "$dir/tools"
	for tool in dirname mktemp rm cat; do
		ln -s "$(command -v "$tool")" "$dir/tools/"
	done
	tools=$dir/tools record --rig host618 "$dir/c.tw"
	expect 3
	contains "$err" "record: missing: apt-get install trace-cmd xz-utils python3 gcc"
	[[ $err != *qemu* ]]
	tools=$dir/tools record --rig g61 "$dir/c.tw"
	expect 3
	contains "$err" "qemu-system-x86 cpio"
}

# meta RIG NUMBER: what recorder/meta.py makes of $dir/case.
meta() {
	code=0
	python3 "$top_srcdir/tests/fidelity/recorder/meta.py" c01-case "$1" "$dir/case" "$2" >"$dir/out" 2>"$dir/err" || code=$?
	out=$(<"$dir/out")
	err=$(<"$dir/err")
}

# A recording as a guest leaves it. Its window begins 1.5 ms behind a tick of 4 ms.
recording() {
	mkdir -p "$dir/case"
	printf '# Two hogs\ntask a run 1ms\n' >"$dir/case/workload.tw"
	printf '  tw-7 [000]  3.601500000: print: tracing_mark_write: TW_START\n' >"$dir/case/report.txt"
	printf '\nkernel Linux 6.12.1\ncmdline quiet\ncpus 2\nautogroup 1\nsched features PLACE_LAG\nsched /proc/sys/kernel/sched_autogroup_enabled 1\nconfig CONFIG_HZ=1000\n%s\nlog tw: done\nrecorded\n' "${1:-overrun: 0}" >"$dir/case/console"
}

@test "record: the console and the trace tell of what a recording is" {
	recording
	meta g612 1
	expect 0
	python3 - "$dir/case/meta.json" <<'PYTHON'
import json, sys
meta = json.load(open(sys.argv[1]))
assert meta["case"] == "c01-case" and meta["rig"] == "g612" and meta["smp"] == "1", meta
assert meta["kernel"] == "Linux 6.12.1" and meta["desc"] == "Two hogs", meta
assert meta["hz"] == 250 and meta["tick_phase_ns"] == 2500000, meta
assert meta["autogroup"] is True and meta["sched"]["features"] == "PLACE_LAG", meta
PYTHON
	[ "$(<"$dir/case/run.log")" = "tw: done" ]
	# Of this machine's own kernel, whose ticks come as its configuration says.
	meta host618 2
	expect 0
	python3 - "$dir/case/meta.json" <<'PYTHON'
import json, sys
meta = json.load(open(sys.argv[1]))
assert meta["rep"] == 2 and meta["cpus"] == 2 and meta["hz"] == 1000 and meta["tick_phase_ns"] == 500000, meta
PYTHON
}

@test "record: a recording that is not whole is refused" {
	recording "overrun: 3"
	meta g61 1
	expect 1
	contains "$err" "c01-case g61: the trace's buffer overran"
	recording "commit overrun: 12"
	meta g61 1
	expect 1
	recording
	sed -i /^recorded/d "$dir/case/console"
	meta g61 1
	expect 1
	contains "$err" "c01-case g61: the recording did not come to its end"
	recording
	: >"$dir/case/report.txt"
	meta g61 1
	expect 1
	contains "$err" "the workload did not begin: tw: done"
	[ ! -e "$dir/case/meta.json" ]
}
