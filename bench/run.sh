#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every bench case, the floor program beside the N- cases, and prints one JSON line per case.
# usage: bench/run.sh BENCH FLOOR [CASE...]
set -eu
bench=$1 floor=$2
shift 2
[ $# -gt 0 ] || set -- $("$bench" --list)
# "1/4: 24.9 ns/event ..." becomes 24.9
floor_ns() {
	"$floor" "$1" "$2" 2000000 85 1000 5 | sed 's/^[^:]*: \([0-9.]*\) ns\/event.*/\1/'
}
for case in "$@"; do
	line=$("$bench" "$case")
	case $case in
	N-*)
		cpus=$(sed 's/.*"cpus": \([0-9]*\).*/\1/' <<<"$line")
		tasks=$(sed 's/.*"tasks": \([0-9]*\).*/\1/' <<<"$line")
		ns=$(sed 's/.*"ns_per_event": \([0-9.]*\).*/\1/' <<<"$line")
		base=$(floor_ns "$cpus" "$tasks")
		ratio=$(awk -v a="$ns" -v b="$base" 'BEGIN { printf "%.2f", a / b }')
		line="${line%\}}, \"floor_ns_per_event\": $base, \"ratio\": $ratio}"
		;;
	esac
	printf '%s\n' "$line"
done
