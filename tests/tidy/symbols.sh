#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the objects hold. No globals that change: every object of the library is without writable data. What is const after
# relocation (.data.rel.ro) is fine, and so is what ensure() shall say of the run in its own thread.
. "$(dirname "$0")/tidy.bash"

library=${builddir:-build}/libossim_all.a
[ -f "$library" ] || { echo "skipped: $library is not built"; exit 77; }
if objdump -t "$library" | grep -q '__asan_init\|__ubsan_handle'; then
	echo "skipped: the sanitizers' own data is in a build with them"
	exit 77
fi

rule "no object has writable data"
while read -r object symbol; do
	bad "$object: $symbol"
done < <(objdump -t "$library" | awk '
	/file format/ { object = $1; sub(/:$/, "", object) }
	# address flags section size name: the flags are seven characters, some of them blank.
	{
		section = substr($0, 26); sub(/[ \t].*/, "", section)
		flags = substr($0, 18, 7)
		writable = section ~ /^\.(data|bss)/ || section == "*COM*"
		if (section ~ /^\.(tdata|tbss)/ && flags !~ /d/ && object != "ensure.o") print object, $NF
		if (writable && section !~ /^\.data\.rel\.ro/ && flags ~ /O/) print object, $NF
	}')

# A function of ours with the name of one of libc's takes its place in libc too.
rule "no function hides one of the C library"
libc=$(ldd "${OSSIM:-/bin/sh}" 2>/dev/null | awk '$1 == "libc.so.6" { print $3 }')
for symbol in $(comm -12 \
	<(nm --defined-only -g "$library" 2>/dev/null | awk 'NF == 3 && $2 != "w" { print $3 }' | sort -u) \
	<(nm -D --defined-only "${libc:-/dev/null}" 2>/dev/null | awk 'NF == 3 { sub(/@.*/, "", $3); print $3 }' | sort -u)); do
	bad "$symbol"
done
tidy_end
