# SPDX-License-Identifier: MIT
#
# Shared by the tidy tests. `rule "what must hold"` opens a case, which fails if `bad "what is
# wrong"` is said before the next; `tidy_end` prints the counts and exits with the verdict.
set -u
export LC_ALL=C
cd "${top_srcdir:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 99

rules_good=0
rules_bad=0
rule=
faults=0

rule_close() {
	[ -n "$rule" ] || return
	if [ "$faults" -eq 0 ]; then
		rules_good=$((rules_good + 1))
		echo "ok: $rule"
	else
		rules_bad=$((rules_bad + 1))
		echo "not ok: $rule ($faults)"
	fi
}

rule() {
	rule_close
	rule=$1
	faults=0
}

bad() {
	echo "    $*"
	faults=$((faults + 1))
}

tidy_end() {
	rule_close
	echo "# passed: $rules_good failed: $rules_bad"
	[ "$rules_bad" -eq 0 ]
	exit
}
