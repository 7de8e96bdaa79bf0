#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What docs/workloads.md and docs/labs.md tell in numbers is so: each row of `told` is a run whose promises are those of the
# row. (Outputs that a page shows are held by examples.py, what a file promises by run.sh and ../labs/run.sh.) If a row
# fails, either the rule is wrong or the sentence is.
here=$(cd "$(dirname "$0")" && pwd)
: "${OSSIM:?OSSIM must name the program under test}"
workloads=${top_srcdir:-$here/../..}/workloads
passed=0 failed=0
while IFS= read -r row; do
	# The options end at the first colon with a blank behind it.
	run=${row%%: *} promises=${row#*: }
	read -r name options <<<"$run"
	# shellcheck disable=SC2086 # options are words
	if said=$("$OSSIM" "$workloads/$name.yaml" $options --set "expect=[$promises]" -q 2>&1); then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n%s\n' "$run" "$(sed 's/^.*error: /    /' <<<"$said")"
	fi
done < <(sed '/^#/d; /^$/d' "$here/told")
echo "# passed: $passed failed: $failed"
[ $failed -eq 0 ]
