# SPDX-License-Identifier: MIT
#
# Shared by the tests of the command line: a workload that takes no time, and a place for outputs.
# OSSIM names the program.

setup() {
	bats_require_minimum_version 1.5.0 2>/dev/null || true
	: "${OSSIM:?OSSIM must name the program under test}"
	: "${top_srcdir:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
	dir=$(mktemp -d)
	cat >"$dir/w.yaml" <<'YAML'
duration: 20ms
machine: {cpus: 2}
tasks:
  - name: hog
    count: 3
    program: {loop: [{run: 1ms}]}
  - name: sleeper
    program: {loop: [{run: 100us}, {sleep: 1ms}]}
YAML
	sed '$a expect: [tasks.sleeper.wakeups > 1000000]' "$dir/w.yaml" >"$dir/unkept.yaml"
	printf 'tasks:\n  - name: a\n    prioritty: 3\n    program: [{run: 1ms}]\n' >"$dir/bad.yaml"
}

teardown() { rm -rf "$dir"; }

# ossim ARGUMENT...: its exit code in $code, its outputs in $out and $err (files: $dir/out, $dir/err).
ossim() {
	code=0
	"$OSSIM" "$@" >"$dir/out" 2>"$dir/err" </dev/null || code=$?
	out=$(<"$dir/out")
	err=$(<"$dir/err")
}

# expect CODE: and what was said, if it is another.
expect() {
	[ "$code" -eq "$1" ] && return
	echo "exit code $code, not $1"
	echo "stdout: $out"
	echo "stderr: $err"
	return 1
}

contains() {
	[[ $1 == *"$2"* ]] && return
	echo "'$2' is not in: $1"
	return 1
}

# absent GREP-ARGUMENT...: nothing matches. ("! grep" in mid-test fails nothing: bash lets it pass.)
absent() {
	grep "$@" || return 0
	return 1
}
