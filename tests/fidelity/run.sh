#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The schedules of the model against those of real kernels: simulates every case of the corpus on a
# model of each rig (simulate), scores them (score), and compares with what held before (expected).
#
#	run.sh                fails when a case holds less of its checks than before
#	run.sh --rewrite      writes anew what holds, and the tables of docs/fidelity.md
#	run.sh --case NAME    one case, with every check that fails
#
# The corpus is corpus/ here, unseen/, cases recorded when the rules stood, and mainline/, the corpus' workloads on 6.18.15; or
# CORPUS=DIR: then there is nothing to compare with, only scores.
here=$(cd "$(dirname "$0")" && pwd)
simulate=${SIMULATE:-${builddir:-.}/tests/fidelity/simulate-corpus}
corpus=${CORPUS:-$here/corpus}
export PYTHONDONTWRITEBYTECODE=1

command -v python3 >/dev/null || { echo "skipped: no python3 to score with"; exit 77; }
if [ ! -x "$simulate" ]; then
	make -s -C "${builddir:-.}" tests/fidelity/simulate-corpus >/dev/null ||
		{ echo "FAILED: cannot build $simulate"; exit 1; }
fi
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

if [ "${1-}" = --case ]; then
	[ -d "$corpus/$2" ] || corpus=$here/unseen
	"$simulate" "$corpus" "$scratch" --case "$2" --machines "$here/machines" >/dev/null
	exec python3 "$here/score" "$corpus" "$scratch" --case "$2" -v
fi

# rigs_of CORPUS: what `score` is to be told of its rigs.
rigs_of() {
	find "$1" -mindepth 2 -maxdepth 2 -type d -printf '--rig %f\n' | sort -u
}

# score CORPUS: simulates and scores it; the lines of the rigs are shown.
score() {
	"$simulate" "$1" "$scratch" --machines "$here/machines" >"$scratch/simulated" ||
		{ grep -v '^#' "$scratch/simulated" | grep ': failed'; failed=1; }
	python3 "$here/score" "$1" "$scratch" $(rigs_of "$1") -o "$scratch/score.json" >"$scratch/text" || exit 1
	grep '^[a-z]' "$scratch/text"
}

if [ -n "${CORPUS-}" ]; then
	score "$corpus"
	exit "${failed-0}"
fi
passed=0 worse=0
for name in corpus unseen mainline; do
	score "$here/$name"
	python3 "$here/report.py" "$scratch/score.json" "$scratch/simulated" "$here" "$name" "${1-}" >"$scratch/report" || failed=1
	grep -v '^# passed' "$scratch/report"
	read -r _ _ good _ bad < <(grep '^# passed' "$scratch/report")
	passed=$((passed + ${good:-0})) worse=$((worse + ${bad:-0}))
done
[ "${1-}" = --rewrite ] || echo "# passed: $passed failed: $worse"
exit "${failed-0}"
