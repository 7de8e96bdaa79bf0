#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Guards speed where time cannot be measured well: the instructions that ossim spends per simulated
# event, counted by callgrind, which does not care how busy the machine is. The setting up is taken
# out: each workload in instructions/ runs for its whole duration and for a fifth of it, and the
# difference counts.
#
# It fails if a workload takes 10 % more than instructions/expected says; numbers that became better
# are written there with `--rewrite`, and so are worse ones if what they buy is worth it. The numbers
# are for one compiler and its usual flags; other builds are skipped.
#
# In the environment: OSSIM, top_srcdir, builddir.
set -u
: "${OSSIM:?OSSIM must name the program under test}" "${top_srcdir:?}" "${builddir:?}"
here=$top_srcdir/tests/property/instructions

skip() {
	echo "skipped: $*"
	exit 77
}

command -v valgrind >/dev/null || skip "valgrind is not installed"
build=$(sed -n 's/^CC = //p; s/^CFLAGS = //p; s/^LTO_CFLAGS = //p; s/^SANITIZE_CFLAGS = //p; s/^CHECKS_CPPFLAGS = //p' \
	"$builddir/Makefile" | sort | xargs)
build="$(gcc -dumpfullversion) $build"
wanted=$(sed -n 's/^build: //p' "$here/expected" 2>/dev/null)
[ "${1-}" = --rewrite ] || [ "$build" = "$wanted" ] ||
	skip "the numbers are for another build: $wanted"

out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT

# count WORKLOAD DURATION: sets instructions and events.
count() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$OSSIM" run "$1" --duration "$2" --json \
		>"$out/json" 2>"$out/log" || return 1
	instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$out/log")
	events=$(sed -n 's/^ *"events": \([0-9]*\).*/\1/p' "$out/json")
	[ -n "$instructions" ] && [ -n "$events" ]
}

passed=0
failed=0
new="build: $build"
for workload in "$here"/*.yaml; do
	name=$(basename "$workload" .yaml)
	duration=$(sed -n 's/^duration: \([0-9]*\)ms$/\1/p' "$workload")
	if ! count "$workload" "$((duration / 5))ms"; then
		cat "$out/log"
		failed=$((failed + 1))
		continue
	fi
	first_instructions=$instructions
	first_events=$events
	count "$workload" "${duration}ms" || { failed=$((failed + 1)); continue; }
	per_event=$(((instructions - first_instructions) / (events - first_events)))
	limit=$(sed -n "s/^$name: //p" "$here/expected" 2>/dev/null)
	new="$new"$'\n'"$name: $per_event"
	if [ -n "$limit" ] && [ "$per_event" -le $((limit * 110 / 100)) ]; then
		echo "$name: $per_event instructions per event (expected $limit)"
		passed=$((passed + 1))
	else
		echo "$name: $per_event instructions per event, but expected ${limit:-nothing} and 10 %"
		failed=$((failed + 1))
	fi
done
if [ "${1-}" = --rewrite ]; then
	echo "$new" >"$here/expected"
	echo "written: $here/expected"
	exit 0
fi
echo "# passed: $passed failed: $failed"
[ $failed -eq 0 ]
