#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A header stands alone: it compiles as the only include, twice, and has its guard.
. "$(dirname "$0")/tidy.bash"

cc=${CC:-gcc}
# shellcheck disable=SC2046
flags="-std=gnu17 -fsyntax-only -Wall -Wextra -D_GNU_SOURCE -Isrc
	$(pkg-config --cflags yaml-0.1 jansson libxxhash 2>/dev/null)"

rule "every header compiles alone and twice"
for header in $(find src -name '*.h' | sort); do
	text="#include \"${header#src/}\""
	# A header whose table is walked by macros (X-macro list) needs its macro: it says so itself.
	# shellcheck disable=SC2086
	message=$(printf '%s\n%s\n' "$text" "$text" | $cc $flags -x c - 2>&1) ||
		bad "$header: $(grep -m 1 -E 'error' <<<"$message")"
done

rule "a header's guard is its path"
for header in $(find src -name '*.h' | sort); do
	guard=OSSIM_$(tr 'a-z/.-' 'A-Z___' <<<"${header#src/}")
	grep -q "^#ifndef $guard\$" "$header" && grep -q "^#define $guard\$" "$header" ||
		bad "$header: no #ifndef $guard"
done
tidy_end
