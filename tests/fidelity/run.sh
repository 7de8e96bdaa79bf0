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
# The corpus is corpus/ here, or CORPUS=DIR: then there is nothing to compare with, only scores.
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
	"$simulate" "$corpus" "$scratch" --case "$2" --machines "$here/machines" >/dev/null
	exec python3 "$here/score" "$corpus" "$scratch" --case "$2" -v
fi
"$simulate" "$corpus" "$scratch" --machines "$here/machines" >"$scratch/simulated" ||
	{ grep -v '^#' "$scratch/simulated" | grep ': failed'; failed=1; }
python3 "$here/score" "$corpus" "$scratch" -o "$scratch/score.json" >"$scratch/text" || exit 1
grep '^[a-z]' "$scratch/text"
[ -n "${CORPUS-}" ] && exit "${failed-0}"
python3 "$here/report.py" "$scratch/score.json" "$scratch/simulated" "$here" "${1-}" || failed=1
exit "${failed-0}"
