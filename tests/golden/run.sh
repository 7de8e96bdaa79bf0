#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every workload shipped gives the result that it gave before, keeps its promises (and 'ossim check' finds
# nothing wrong with them) and breaks no invariant. NAME.golden holds a result in short (see compact.awk); `variants` lists more of them, of
# the same workloads with other settings.
#
#	run.sh             compare
#	run.sh --rewrite   make them anew: look at the diff before you commit it
#	run.sh NAME...     only these
#
# What the documents show as output is a golden, too: examples.py looks after it.
#
# A difference is no error by itself. It must be meant, and then the commit says why.
here=$(cd "$(dirname "$0")" && pwd)
workloads=${top_srcdir:-$here/../..}/workloads
ossim=${OSSIM:-ossim}
rewrite=false
[ "${1-}" = --rewrite ] && { rewrite=true; shift; }
with_documents=true
[ $# = 0 ] || with_documents=false
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# "NAME WORKLOAD OPTION..." per line.
all() {
	for file in "$workloads"/*.yaml; do
		file=$(basename "$file" .yaml)
		echo "$file $file"
	done
	sed '/^#/d; /^$/d' "$here/variants"
}

fail() {
	echo "FAILED: $1"
	failed=$((failed + 1))
}

# golden NAME WORKLOAD OPTION...
golden() {
	local name=$1 workload=$2 code
	shift 2
	if [ $# = 0 ] && ! "$ossim" check "$workloads/$workload.yaml" >/dev/null 2>"$scratch/messages"; then
		fail "$name: ossim check"
		sed 's/^/    /' "$scratch/messages"
		return
	fi
	"$ossim" "$workloads/$workload.yaml" "$@" --json --no-timing --check-invariants \
		>"$scratch/json" 2>"$scratch/messages"
	code=$?
	if [ $code != 0 ]; then
		fail "$name: exit code $code"
		sed 's/^/    /' "$scratch/messages"
		return
	fi
	LC_ALL=C awk -f "$here/compact.awk" "$scratch/json" >"$scratch/$name.golden"
	if $rewrite; then
		cmp -s "$scratch/$name.golden" "$here/$name.golden" || echo "rewritten: $name"
		cp "$scratch/$name.golden" "$here/$name.golden"
	elif [ ! -f "$here/$name.golden" ]; then
		fail "$name: there is no golden yet; 'make golden' makes it"
		return
	elif ! diff -U0 "$here/$name.golden" "$scratch/$name.golden" >"$scratch/diff"; then
		fail "$name: another result (ossim workloads/$workload.yaml $*)"
		sed -n '3,24s/^/    /p' "$scratch/diff"
		return
	fi
	passed=$((passed + 1))
}

while read -r name workload options; do
	[ $# = 0 ] || [[ " $* " = *" $name "* ]] || continue
	# shellcheck disable=SC2086 # options are words
	golden "$name" "$workload" $options
done < <(all)

# A golden of what is there no more.
for file in "$here"/*.golden; do
	name=$(basename "$file" .golden)
	all | grep -q "^$name " && continue
	if $rewrite; then
		rm "$file"
	else
		fail "$name.golden is of no workload and no variant"
	fi
done

if $with_documents && command -v python3 >/dev/null; then
	option=
	$rewrite && option=--rewrite
	# shellcheck disable=SC2086 # no option, no word
	said=$(OSSIM=$ossim "$here/examples.py" $option)
	grep -v '^# passed' <<<"$said"
	counts=$(sed -n 's/^# passed: \([0-9]*\) failed: \([0-9]*\)$/\1 \2/p' <<<"$said")
	passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
fi

echo "# passed: $passed failed: $failed"
[ $failed = 0 ]
