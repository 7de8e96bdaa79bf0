#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Guards memory: what a machine of 64 cpus takes while it runs, and what each live task adds to it. The
# goals are 32 MB for 64 cpus with 1024 tasks however long they run, 1 KB for a task without its
# distributions, and a million live tasks in 1 GB; a tenth of a million tells the same sooner.
#
# In the environment: builddir.
set -u
: "${builddir:?}"

skip() {
	echo "skipped: $*"
	exit 77
}

grep -q '^SANITIZE_CFLAGS = .*sanitize' "$builddir/Makefile" && skip "sanitizers keep books of their own"
grep -q '^CFLAGS = .*sanitize' "$builddir/Makefile" && skip "sanitizers keep books of their own"
failed=0

# at_most CASE SIMULATED_MS KB
at_most() {
	local rss
	rss=$("$builddir/bench/bench" "$1" "$2" | sed -n 's/.*"rss_kb": \([0-9]*\).*/\1/p')
	echo "$1: $rss KB resident (at most $3)"
	[ -n "$rss" ] && [ "$rss" -le "$3" ] || failed=$((failed + 1))
}

at_most N-64x1024 500 32768
at_most L-64x100k 1000 $((100000 + 8192))
at_most I-64x100k 1000 $((100000 + 8192))
echo "# failed: $failed"
[ "$failed" -eq 0 ]
