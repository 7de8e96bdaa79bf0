#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Code fits into 100 columns (tabs of 8), as .clang-format has it. A line may be longer for a string, which is not
# broken, and in a table: a macro of rows, or what is between clang-format off and on. Files made by programs, and those that
# are kept as they came, are left out.
. "$(dirname "$0")/tidy.bash"

left_out="src/model/dist_tables.h bench/simfloor.c tests/fidelity/recorder/tw.c"

# wide FILE: its lines that are too long.
wide() {
	expand -t 8 "$1" | awk -v file="$1" '
		/clang-format off/ { table = 1 }
		/clang-format on/ { table = 0 }
		length > 100 && !table && !/"/ && !/\\$/ { print file ":" NR ": " length " columns" }'
}

rule "code fits into 100 columns"
for file in $(find src bench tests -name '*.[ch]' | sort); do
	[[ " $left_out " = *" $file "* ]] && continue
	while read -r line; do bad "$line"; done < <(wide "$file")
done
tidy_end
