#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The same input and seed give the same bytes, whatever built the program: not optimised, optimised,
# another compiler, with sanitizers. Each variant is a build of its own under <builddir>/variants (kept,
# so that a second run is quick). Results and traces of the shipped workloads are compared with those
# of the program under test, and a second run of the same program with the first.
set -u
: "${OSSIM:?OSSIM must name the program under test}" "${top_srcdir:?}" "${builddir:?}"
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99:print_stacktrace=1

variants=$builddir/variants
out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

# variant NAME CONFIGURE-ARGUMENT...: builds it unless it is up to date; false if that fails.
variant() {
	local dir=$variants/$1

	shift
	mkdir -p "$dir" && cd "$dir" || return 1
	if [ ! -f config.status ]; then
		"$top_srcdir/configure" -q --disable-tests --disable-lto "$@" \
			>configure.out 2>&1 || { tail -n 5 configure.out; return 1; }
	fi
	make -s ossim >make.out 2>&1 || { tail -n 20 make.out; return 1; }
}

# run PROGRAM WORKLOAD DURATION OUT: short enough for the slowest variant.
run() {
	timeout 300 "$1" run "$2" --duration "$3" --json --no-timing --trace "$4.trace" >"$4.json" 2>"$4.err"
	local code=$?

	# 1: an expectation that a shortened run cannot keep.
	[ $code -le 1 ] && return
	echo "$1: exit code $code for $2"
	head -n 20 "$4.err"
	return 1
}

# compare NAME PROGRAM
compare() {
	local good=0 bad=0 workload name

	for workload in "$top_srcdir"/workloads/*.yaml; do
		name=$(basename "$workload" .yaml)
		if run "$2" "$workload" 300ms "$out/this" &&
			cmp "$out/$name.json" "$out/this.json" && cmp "$out/$name.trace" "$out/this.trace"; then
			good=$((good + 1))
		else
			echo "$1: another result of $name"
			bad=$((bad + 1))
		fi
	done
	echo "$1: $good the same, $bad not"
	passed=$((passed + good))
	failed=$((failed + bad))
}

for workload in "$top_srcdir"/workloads/*.yaml; do
	name=$(basename "$workload" .yaml)
	run "$OSSIM" "$workload" 300ms "$out/$name" || failed=$((failed + 1))
done

# try NAME CONFIGURE-ARGUMENT...: one variant.
try() {
	if variant "$@"; then
		compare "$1" "$variants/$1/ossim"
	else
		echo "$1: does not build"
		failed=$((failed + 1))
	fi
}

compare "a second run" "$OSSIM"
try gcc-O0 CC=gcc CFLAGS=-O0
try gcc-O3 CC=gcc CFLAGS=-O3
try gcc-sanitizers CC=gcc CFLAGS="-O1 -g" --enable-sanitizers --enable-checks
if command -v clang >/dev/null; then
	try clang-O2 CC=clang CFLAGS=-O2
else
	echo "clang is not installed: not compared"
fi
echo "# passed: $passed failed: $failed"
[ $failed -eq 0 ]
