# SPDX-License-Identifier: MIT
#
# Shared by the tidy tests: a check says `bad "what is wrong"` or `good`; `tidy_end` prints the
# counts and gives the exit code. Sourced with top_srcdir in the environment or not.
set -u
export LC_ALL=C
cd "${top_srcdir:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 99

tidy_good=0
tidy_bad=0

good() { tidy_good=$((tidy_good + ${1:-1})); }

bad() {
	echo "$*"
	tidy_bad=$((tidy_bad + 1))
}

tidy_end() {
	echo "# passed: $tidy_good failed: $tidy_bad"
	[ "$tidy_bad" -eq 0 ]
	exit
}
