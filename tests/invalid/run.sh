#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What ossim says about inputs that are wrong.
#
# Each directory here is a case: `input.yaml`, and in `expected` all that ossim must write to stderr
# about it, word for word. The exit code must be 2 and stdout empty. `args`, if there is one, holds
# the arguments, one per line; else they are `check input.yaml`. Paths in messages are as given, so
# every case runs in its own directory.
#
# OSSIM names the program. Arguments of this script choose cases: run.sh unknown-policy. With UPDATE=1
# the files `expected` are rewritten: read the diff.
set -u

here=$(cd "$(dirname "$0")" && pwd)
: "${OSSIM:?OSSIM must name the program under test}"
OSSIM=$(realpath "$OSSIM")
out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT

failed=0
total=0
cd "$here" || exit 99
[ $# -gt 0 ] || set -- */
for dir in "$@"; do
	name=${dir%/}
	args=(check input.yaml)
	[ -f "$name/args" ] && mapfile -t args <"$name/args"
	total=$((total + 1))
	(cd "$name" && "$OSSIM" "${args[@]}" >"$out/stdout" 2>"$out/stderr" </dev/null)
	code=$?
	if [ -n "${UPDATE-}" ]; then
		cp "$out/stderr" "$name/expected"
	fi
	if [ "$code" -ne 2 ]; then
		echo "invalid/$name: exit code $code, not 2"
		failed=$((failed + 1))
	elif [ -s "$out/stdout" ]; then
		echo "invalid/$name: something on stdout"
		failed=$((failed + 1))
	elif ! diff -u "$name/expected" "$out/stderr"; then
		echo "invalid/$name: another message than expected"
		failed=$((failed + 1))
	fi
done
echo "# passed: $((total - failed)) failed: $failed"
[ "$failed" -eq 0 ]
