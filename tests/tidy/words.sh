#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Words that our sources do without, and the tag that each begins with.
. "$(dirname "$0")/tidy.bash"

# code FILE...: the C of the files without comments and texts, as file:line:text.
code() {
	awk '
	FNR == 1 { inside = 0 }
	{
		line = $0; out = ""
		while (line != "") {
			if (inside) {
				end = index(line, "*/")
				if (!end) break
				line = substr(line, end + 2); inside = 0
			} else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'\''([^'\''\\]|\\.)*'\''/)) {
				out = out substr(line, 1, RSTART - 1)
				what = substr(line, RSTART, 2)
				line = substr(line, RSTART + (what == "/*" ? 2 : RLENGTH))
				if (what == "/*") inside = 1
				else if (what == "//") break
			} else { out = out line; break }
		}
		if (out ~ /[^ \t]/) print FILENAME ":" FNR ":" out
	}' "$@"
}

mapfile -t sources < <(find src -name '*.[ch]' | sort)
# What we write, and not what autoreconf or a build in the tree makes.
mapfile -t scripts < <(
	find src tests bench docs plots workloads m4 build-aux -type f \( -name '*.[ch]' -o -name '*.sh' \
		-o -name '*.bash' -o -name '*.bats' -o -name '*.mk' -o -name '*.m4' -o -name '*.py' \
		-o -name '*.gp' -o -name '*.yaml' -o -path 'build-aux/*' \) -print |
		grep -vE '^build-aux/(ar-lib|compile|depcomp|install-sh|missing|test-driver)|^m4/lt|^tests/invalid/|/expected' |
		sort
	ls configure.ac Makefile.am quickstart run-tests .ci/run
)

# none RULE PATTERN LINES: each line that matches is a fault.
none() {
	local found line

	rule "$1"
	found=$(grep -E "$2" <<<"$3") || return
	while IFS= read -r line; do bad "$line"; done <<<"$found"
}

everything=$(code "${sources[@]}")

# Drawing may be inexact; nothing else may, or results differ between builds.
none "no float or double in what makes a result" '\b(float|double|long double|strtod|atof)\b' \
	"$(grep -v '^src/report/plot[^:]*:' <<<"$everything")"
none "kernels differ by data, never by a comparison of versions" \
	'(kernel|version)[a-z_>.-]*(name)?[[:space:]]*(==|!=|<=|>=|<|>)[[:space:]]*("|v?[0-9]|KERNEL_V|V6)|strcmp\([^)]*kernel[^)]*->name' \
	"$everything"
none "no wall clock, environment or locale in what makes a result" \
	'\b(time|gettimeofday|clock_gettime|getenv|setlocale|localtime|strftime|srand|rand|random)\(' \
	"$(grep -v '^src/\(base/file\|run/\|cli/\|report/plot\)' <<<"$everything")"
none "what runs in the event loop has its memory from arenas and pools" \
	'\b(malloc|calloc|realloc|strdup|asprintf)\(' \
	"$(grep -E '^src/(trace/(stream|record)|model|machine|sched|classes)' <<<"$everything")"

# Every text of ours, comments too. (The words are split so that this file passes.)
none "finish it, or say in words what is missing" . \
	"$(grep -nHE "\b(TO""DO|FIX""ME|XX""X|HA""CK)\b" "${sources[@]}" "${scripts[@]}")"

# bats stops at a command that fails, but bash lets "! command" pass, unless it is the last one.
none "a test of the command line says 'absent', not '! grep'" . \
	"$(grep -nE '^[[:space:]]+! ' tests/cli/*.bats)"

rule "every source begins with its SPDX tag"
for file in "${scripts[@]}"; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || bad "$file"
done

rule "a source file has at most 600 lines (tables excepted)"
while read -r lines file; do
	case $file in
	*_tables.h | total) ;;
	*) [ "$lines" -le 600 ] || bad "$file: $lines lines" ;;
	esac
done < <(wc -l "${sources[@]}")
tidy_end
