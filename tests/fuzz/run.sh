#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The fuzz targets.
#
#	run.sh                  each target over its seeds and a fixed set of changes to them (make check)
#	run.sh --fuzz SECONDS   with libFuzzer, address and undefined sanitizers, in a build of its own
#	                        (make fuzz FUZZ_SECONDS=600); findings stay in <build>/fuzz/<target>.found
#
# In the environment: top_srcdir, builddir.
set -u
: "${top_srcdir:?}" "${builddir:?}"
targets="scenario_fuzz ftrace_fuzz"

# seeds TARGET: its seed files.
seeds() {
	case $1 in
	scenario_fuzz) ls "$top_srcdir"/workloads/*.yaml "$top_srcdir"/tests/invalid/*/input.yaml ;;
	ftrace_fuzz | replay_fuzz) ls "$top_srcdir"/traces/*.txt "$top_srcdir"/tests/fuzz/ftrace-seeds/*.txt ;;
	esac
}

if [ "${1-}" = --fuzz ]; then
	seconds=${2:-60}
	work=$builddir/fuzz
	command -v clang >/dev/null || { echo "make fuzz needs clang and its runtime (libclang-rt-*-dev)" >&2; exit 3; }
	mkdir -p "$work/build" && cd "$work/build" || exit 3
	sanitize=address,undefined
	[ -f config.status ] || "$top_srcdir"/configure -q CC=clang --disable-lto \
		CFLAGS="-O1 -g -fsanitize=fuzzer-no-link,$sanitize" || exit 3
	make -s -j"$(nproc)" libossim_all.a || exit 3
	for target in $targets; do
		corpus=$work/$target.corpus
		mkdir -p "$corpus" "$work/$target.found"
		for seed in $(seeds $target); do
			cp "$seed" "$corpus/$(basename "$(dirname "$seed")")-$(basename "$seed")"
		done
		# shellcheck disable=SC2046
		clang -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,$sanitize -I"$top_srcdir/src" \
			"$top_srcdir/tests/fuzz/$target.c" libossim_all.a \
			$(pkg-config --cflags --libs yaml-0.1 jansson libxxhash) -o $target || exit 3
		echo "== $target for $seconds s"
		./$target -max_total_time="$seconds" -timeout=10 -max_len=65536 -print_final_stats=1 \
			-artifact_prefix="$work/$target.found/" "$corpus" || exit 1
	done
	exit 0
fi

passed=0
failed=0
for target in $targets; do
	log=$builddir/tests/fuzz/$target.out
	mapfile -t files < <(seeds $target)
	if timeout 300 "$builddir/tests/fuzz/$target" -n "${FUZZ_CHANGES:-40}" "${files[@]}" >"$log"; then
		passed=$((passed + 1))
	else
		echo "$target: exit code $? at input: $(tail -n 1 "$log")"
		failed=$((failed + 1))
	fi
	rm -f "$log"
done
echo "# passed: $passed failed: $failed"
[ $failed -eq 0 ]
