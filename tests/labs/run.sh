#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every lab keeps what it promises, on every kernel. OSSIM names the program.
here=$(cd "$(dirname "$0")/../../workloads/labs" && pwd)
: "${OSSIM:?OSSIM must name the program under test}"
passed=0 failed=0
for lab in "$here"/*.yaml; do
	if ! said=$("$OSSIM" check "$lab" 2>&1); then
		failed=$((failed + 1))
		printf 'FAILED: ossim check %s\n%s\n' "$(basename "$lab")" "$said"
	fi
	for kernel in v6.1 v6.12 v6.18; do
		if said=$("$OSSIM" "$lab" --kernel $kernel --check-invariants -q 2>&1); then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			printf 'FAILED: %s on %s\n%s\n' "$(basename "$lab")" $kernel "$said"
		fi
	done
done
echo "# passed: $passed failed: $failed"
[ $failed -eq 0 ]
