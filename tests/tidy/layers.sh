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
	[run]="base trace model policies machine input observe sched report classes proc"
	[cli]="base report run"
)

# Libraries that only one folder may know, so that they can be replaced there.
declare -A only=(
	[yaml.h]="input"
	[jansson.h]="report cli run"
	[xxhash.h]="base model observe"
)

while IFS=: read -r file include; do
	folder=${file#src/}
	folder=${folder%%/*}
	target=${include%%/*}
	if [ -z "${may[$folder]+known}" ]; then
		bad "$file: folder '$folder' is not in the table of layers"
	elif [ "$include" = "$target" ]; then
		bad "$file: includes \"$include\": say \"folder/$include\", as seen from src/"
	elif [ ! -f "src/$include" ]; then
		bad "$file: includes \"$include\", which does not exist"
	elif [ "$target" = "$folder" ] || [[ " ${may[$folder]} " == *" $target "* ]]; then
		good
	else
		bad "$file: $folder/ may not include $target/ (\"$include\"); it may include: ${may[$folder]:-libc only}"
	fi
done < <(grep -HoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*"' -r src --include='*.[ch]' |
	sed -E 's/^([^:]*):.*"([^"]*)"/\1:\2/' | sort)

for header in "${!only[@]}"; do
	for file in $(grep -lE "^#include <$header>" -r src --include='*.[ch]'); do
		folder=${file#src/}
		[[ " ${only[$header]} " == *" ${folder%%/*} "* ]] && good ||
			bad "$file: includes <$header>, which is for ${only[$header]} only"
	done
done

for folder in src/*/; do
	folder=$(basename "$folder")
	[ -n "${may[$folder]+known}" ] && good || bad "src/$folder: not in the table of layers"
done
tidy_end
