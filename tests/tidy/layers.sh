#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who may include whom. A folder is a layer; arrows only go down, and this is the whole table (it
# is the one of docs/architecture.md, and the test fails where the two differ in their folders).
. "$(dirname "$0")/tidy.bash"

declare -A may=(
	[base]=""
	[trace]="base"
	[model]="base"
	[policies]="base"
	[machine]="base trace model"
	[input]="base trace model"
	[observe]="base trace"
	[sched]="base trace model machine"
	[report]="base model observe"
	[classes]="base trace model policies machine sched"
	[proc]="base trace model machine sched"
	[xv6]="base trace model"
	[run]="base trace model policies machine input observe sched report classes proc xv6"
	[cli]="base model policies report run"
)

# Libraries that only one folder may know, so that they can be replaced there.
declare -A only=(
	[yaml.h]="input"
	[jansson.h]="report cli run"
	[xxhash.h]="base model observe"
)

rule "every folder of src/ is in the table of layers"
for folder in src/*/; do
	folder=$(basename "$folder")
	[ -n "${may[$folder]+known}" ] || bad "src/$folder"
done

rule "includes are written as seen from src/, and arrows only go down"
while IFS=: read -r file include; do
	folder=${file#src/}
	folder=${folder%%/*}
	target=${include%%/*}
	if [ "$include" = config.h ] && [ "$folder" = cli ]; then
		continue	# what configure found: the version
	elif [[ "$file $include" =~ ^src/policies/ext[a-z_]*\.h\ ext_[a-z]+\.h$ ]]; then
		: # wherever they are installed, they find each other
	elif [ "$include" = "$target" ]; then
		bad "$file: includes \"$include\": say \"folder/$include\""
	elif [ ! -f "src/$include" ]; then
		bad "$file: includes \"$include\", which does not exist"
	elif [ "$target" != "$folder" ] && [[ " ${may[$folder]} " != *" $target "* ]]; then
		bad "$file: $folder/ may not include $target/ (\"$include\"); it may include: ${may[$folder]:-libc only}"
	fi
done < <(grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' -r src --include='*.[ch]' |
	sed -E 's/^([^:]*):.*"([^"]*)"/\1:\2/' | sort)

rule "a policy includes the public header and nothing else of ossim"
for file in src/policies/*.c; do
	[ "$file" = src/policies/find.c ] && continue
	for include in $(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/p' "$file"); do
		[ "$include" = policies/ext.h ] || bad "$file: includes \"$include\""
	done
done
for include in $(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]*)".*/\1/p' src/policies/ext*.h); do
	[[ " $(sed -n 's/^extinclude_HEADERS = //p' Makefile.am) " == *" src/policies/$include "* ]] ||
		bad "src/policies/ext*.h: \"$include\" is included, which is not installed"
done

rule "a policy that is shipped can be read at a sitting: at most 150 lines"
for file in src/policies/*.c; do
	[ "$file" = src/policies/find.c ] || [ "$(wc -l <"$file")" -le 150 ] || bad "$file: $(wc -l <"$file") lines"
done

rule "a library is known to its folders only"
for header in "${!only[@]}"; do
	for file in $(grep -lE "^#include <$header>" -r src --include='*.[ch]' | sort); do
		folder=${file#src/}
		[[ " ${only[$header]} " == *" ${folder%%/*} "* ]] ||
			bad "$file: includes <$header>, which is for ${only[$header]} only"
	done
done

rule "docs/architecture.md has the same table"
for folder in "${!may[@]}"; do
	row=$(grep -E "^\| *[0-9] *\| *\`$folder/\`" docs/architecture.md | head -n 1)
	allowed=$(sed -E 's/.*\|([^|]*)\|[[:space:]]*$/\1/; s/\([^)]*\)//g; s/[`,]/ /g' <<<"$row" | tr -s ' ' '\n' | sed '/^$/d' | sort | xargs)
	wanted=$(tr ' ' '\n' <<<"${may[$folder]:-libc only}" | sort | xargs)
	if [ "$folder" = run ]; then wanted="all below"; fi
	if [ -z "$row" ]; then
		bad "$folder/ has no row"
	elif [ "$allowed" != "$wanted" ]; then
		bad "$folder/: the document says '$allowed', this test '$wanted'"
	fi
done
tidy_end
