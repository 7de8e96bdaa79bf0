#!/bin/bash
# SPDX-License-Identifier: MIT
#
# No globals that change: every object of the library is without writable data. What is const after
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
tidy_end
