#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs on several cpus against recordings of real kernels, in distribution: a short form of what docs/fidelity.md tells, of some of
# the cases in several/ and few runs of each. And the guests' scheduling domains, as their kernels told them, against ossim's own.
#
#	several.sh             fails when a case holds fewer metrics than before (expected-several), or a domain is another one
#	several.sh --rewrite   writes anew what holds
here=$(cd "$(dirname "$0")" && pwd)
simulate=${SIMULATE:-${builddir:-.}/tests/fidelity/simulate-corpus}
ossim=${OSSIM:-${builddir:-.}/ossim}
runs=8
export PYTHONDONTWRITEBYTECODE=1

# One of each kind of machine and kernel, and of each kind of mover: ticks, idle cpus, newly idle ones, wakeups, forks, pushes.
cases="m13-mix:g612c4 m13-mix:g61c4 m13-mix:g612t4 m01-hogs:g612c2 m02-sleepers:g612c4 m05-pipes:g61c4 m07-fifo:g612t4
m09-idle:g612t4 m10-affinity:g612c2 m14-freed:g612c4 m06-groups:g612c2 m13-mix:g612n4 m15-few:g61n4 m13-mix:g618c4
m04-forks:g612c2 m16-children:g61n4"

command -v python3 >/dev/null || { echo "skipped: no python3 to compare with"; exit 77; }
if [ ! -x "$simulate" ]; then
	make -s -C "${builddir:-.}" tests/fidelity/simulate-corpus >/dev/null ||
		{ echo "FAILED: cannot build $simulate"; exit 1; }
fi
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# check OK TEXT
check() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $2"
	fi
}

# ours CASE RIG PATH: what debugfs of ossim's machine says.
ours() {
	"$ossim" proc "$scratch/out/$1/$2.1.yaml" --at 1ms "sys/kernel/debug/sched/domains/$3"
}

# domains CASE RIG: each line of meta.json ("cpu0/domain0 MC SD_... ") is ossim's domain; numbers are behind the flags, where they were
# recorded.
domains() {
	local folder name told number

	python3 - "$here/several/$1/$2/meta.json" >"$scratch/domains" <<-'PYTHON'
		import json, sys
		print("\n".join(json.load(open(sys.argv[1], encoding="utf-8")).get("domains", [])))
	PYTHON
	while read -r folder name told; do
		[ -n "$folder" ] || continue
		[ "$(ours "$1" "$2" "$folder/name")" = "$name" ]
		check $? "$1 $2: $folder is not of level $name"
		tr ' ' '\n' <<<"$told" | grep '^SD_' | sort >"$scratch/flags"
		ours "$1" "$2" "$folder/flags" | tr ' ' '\n' | grep . | sort | cmp -s - "$scratch/flags"
		check $? "$1 $2: $folder has other flags than $told"
		[[ $told == *[0-9]* ]] || continue
		for number in min_interval max_interval busy_factor imbalance_pct cache_nice_tries; do
			ours "$1" "$2" "$folder/$number"
		done | cmp -s - <(tr ' ' '\n' <<<"$told" | grep '^[0-9]')
		check $? "$1 $2: $folder has other numbers than $told"
	done <"$scratch/domains"
}

for case in $cases; do
	"$simulate" "$here/several" "$scratch/out" --times "$runs" --yaml --machines "$here/machines" \
		--case "${case%:*}" --rig "${case#*:}" >"$scratch/simulated"
	check $? "$case cannot be simulated: $(cat "$scratch/simulated")"
	domains "${case%:*}" "${case#*:}"
done
python3 "$here/ensemble" compare "$here/several" "$scratch/out" --floor "$here/expected-several" ${1:+--rewrite} >"$scratch/text"
check $? "$(grep FAILED "$scratch/text")"
grep '^# all' "$scratch/text"
echo "# passed: $passed failed: $failed"
[ "$failed" = 0 ]
