#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every legal .tw file becomes a workload that runs: each statement and attribute (all), odd spacing,
# numbers, names and empty programs (odd), children of every kind (fork); on one cpu of 6.1 and 6.12 and on
# the two of 6.18. What tw.c makes of the corners is looked up in the workload written. A wrong
# call is told.
here=$(cd "$(dirname "$0")" && pwd)
simulate=${SIMULATE:-${builddir:-.}/tests/fidelity/simulate-corpus}
[ -x "$simulate" ] || make -s -C "${builddir:-.}" tests/fidelity/simulate-corpus >/dev/null ||
	{ echo "FAILED: cannot build $simulate"; exit 1; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# check WHAT COMMAND...: the command shall succeed.
check()
{
	local what=$1
	shift
	if "$@" >"$scratch/said" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $what"
		sed 's/^/    /' "$scratch/said"
	fi
}

run()
{
	"$simulate" "$scratch/corpus" "$scratch/out" --machines "$here/machines" "$@"
}

# says TEXT STATUS ARGUMENTS...
says()
{
	local text=$1 status=$2
	shift 2
	run "$@" >"$scratch/told" 2>&1
	[ $? = "$status" ] && grep -q "$text" "$scratch/told"
}

for file in "$here"/language/*.tw; do
	case=$(basename "$file" .tw)
	for rig in g61 g612 host618/rep1; do
		mkdir -p "$scratch/corpus/$case/$rig"
		cp "$here/corpus/n01-nice-3hogs/$rig/meta.json" "$scratch/corpus/$case/$rig/"
	done
	cp "$file" "$scratch/corpus/$case/workload.tw"
	for rig in g61 g612 host618; do
		check "$case.tw on $rig" says 'simulated: 1 left out: 0 failed: 0' 0 \
			--case "$case" --rig $rig --yaml
		check "$case.tw on $rig has a window" grep -q TW_END "$scratch/out/$case/$rig.txt"
	done
done

has() { grep -q -- "$1" "$scratch/out/$2/g61.yaml"; }
hasnt() { ! has "$@"; }
check 'nice is clamped' has 'nice: -20' all
check 'an idle group has no weight' has '"h": {idle: 1}' all
check 'cpus that the rig does not have are left out' has 'affinity: "0-0"' all
check 'a number in any form of strtod' has 'run: 1000000ns' odd
check 'no suffix is us' has 'sleep: 500ns' odd
check 'nobody is changed by a name that nobody has' hasnt ghost all
check 'a loop of a negative count runs once' hasnt 'count: -' odd
check 'a second task of a name is another task' has 'name: "x~' odd
check 'an empty loop takes time' has 'run: 40ns' odd
check 'a task that waits at the gate can be forked, too' has 'fork: "worker~forked' fork
check 'whoever forks what does not exist ends' has '- exit' all
check 'a case that is not there is told' says "no case 'nosuch'" 2 --case nosuch
check 'a rig that is not there is told' says "no rig 'nosuch'" 2 --rig nosuch
mv "$scratch/corpus/odd/g61" "$scratch/corpus/odd/weird"
mkdir -p "$scratch/machines"
cp "$here"/machines/*.yaml "$scratch/machines"
echo 'x-runer_ns: 5' >>"$scratch/machines/g61.yaml"
check 'a key that no machine file has is told' says 'g61.yaml: x-runer_ns: 5' 1 --case all --rig g61 --machines "$scratch/machines"
check 'a rig without a machine file is told' says "odd weird: no machine file .*weird.yaml" 1 --rig weird
# refuses TEXT ARGUMENTS...: a wrong call of record is told, before anything is fetched or started.
refuses()
{
	local text=$1
	shift
	"$here/record" "$@" >"$scratch/told" 2>&1
	[ $? = 2 ] && grep -q -- "$text" "$scratch/told" && return
	cat "$scratch/told"
	return 1
}

check 'record: an option that is none' refuses 'unknown option --nosuch' --nosuch
check 'record: a rig that is none' refuses 'unknown rig g99' --rig g99 "$here/record"
check 'record: a case that is not there' refuses 'nosuch.tw: cannot be read' nosuch.tw
check 'record: no case' refuses '^Usage: record'
echo "# passed: $passed failed: $failed"
[ $failed = 0 ]
