#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every file is in the list of its folder, and every list tells the truth: what is not listed is
# neither built nor released.
. "$(dirname "$0")/tidy.bash"

# list FILE VARIABLE: the words of a list in a makefile fragment.
list() {
	sed -e '/^#/d' -e ':a' -e '/\\$/{N;s/\\\n/ /;ba}' "$1" |
		sed -nE "s/^$2 *\\+?=//p" | tr -s ' \t' '\n\n' | sed '/^$/d' | sort
}

# compare NAME LISTED-WORDS FILES-ON-DISK
compare() {
	local only file

	rule "$1 tells the truth${4:+ of $4}"
	only=$(comm -13 <(echo "$2") <(echo "$3"))
	for file in $only; do bad "$file: not listed in $1"; done
	only=$(comm -23 <(echo "$2") <(echo "$3"))
	for file in $only; do bad "$1: lists $file, which does not exist"; done
}

files() { find "$@" -type f | sort; }

for folder in src/*/; do
	name=$(basename "$folder")
	compare "src/$name/files.mk" "$(list "src/$name/files.mk" "${name}_sources")" \
		"$(files "src/$name" -name '*.[ch]')"
	[ -d "tests/unit/$name" ] || continue
	compare tests/unit/files.mk "$(list tests/unit/files.mk "unit_${name}_sources")" \
		"$(files "tests/unit/$name" -name '*.[ch]')" "$name"
done
compare workloads/files.mk "$(list workloads/files.mk workloads_files)" \
	"$(files workloads -maxdepth 1 -name '*.yaml')"
compare workloads/files.mk "$(list workloads/files.mk labs_files)" "$(files workloads/labs)" labs
compare plots/files.mk "$(list plots/files.mk plots_files)" "$(files plots ! -name files.mk)"
compare docs/files.mk "$(list docs/files.mk schema_files)" "$(files docs/schema)" schemas
compare docs/files.mk "$(list docs/files.mk man_files)" "$(files docs/man)" manuals
compare docs/files.mk "$(list docs/files.mk doc_files)" "$(files docs -maxdepth 1 -name '*.md')" pages
compare tests/property/files.mk "$(list tests/property/files.mk property_sources)" \
	"$(files tests/property -name '*.[ch]')"
compare tests/files.mk "$(list tests/files.mk test_scripts)" \
	"$(find tests/tidy tests/property tests/replay tests/golden tests/invalid tests/cli tests/fuzz \
		tests/fidelity tests/labs -maxdepth 1 \
		\( -name '*.sh' -o -name '*.bats' \) 2>/dev/null | sort)"
tidy_end
