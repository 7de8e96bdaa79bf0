#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is written about ossim is true: the manual and the completion know every command and option,
# the architecture names every folder and no file that does not exist, links lead somewhere.
. "$(dirname "$0")/tidy.bash"

rule "the manual pages are well-formed"
if command -v groff >/dev/null; then
	for page in docs/man/*.[1-8]; do
		while IFS= read -r line; do bad "$line"; done < <(groff -man -ww -z -Tutf8 "$page" 2>&1)
	done
else
	echo "    (groff is not installed: not looked at)"
fi

rule "docs/architecture.md names every folder of src/"
for folder in src/*/; do
	grep -q "\`$(basename "$folder")/\`" docs/architecture.md || bad "$folder"
done

# In its list of files a line begins with the folder (src/base/) or goes on with it; the words of
# the first column are files there.
rule "the files that docs/architecture.md lists are those that exist"
named=$(awk '
	/^```/ { inside = !inside }
	!inside { next }
	/^src\/[a-z0-9]+\/ / { folder = $1; sub(/^[^ ]* */, "") }
	folder { line = $0; sub(/^ */, "", line); n = split(line, word, " ")
		for (i = 1; i <= n && word[i] ~ /^[a-z0-9_]+\.[ch]$/; i++) print folder word[i] }
	' docs/architecture.md)
[ -n "$named" ] || bad "there is no list of files"
for file in $named; do
	[ -f "$file" ] || bad "$file does not exist"
done
for file in $(find src -name '*.c' | sort); do
	grep -qxF "$file" <<<"$named" || bad "$file is not listed"
done

rule "links in the documents lead somewhere"
for page in *.md docs/*.md tests/*.md; do
	[ -f "$page" ] || continue
	for link in $(grep -oE '\]\([^)#: ]+' "$page" | sed 's/^](//' | sort -u); do
		[ -e "$(dirname "$page")/$link" ] || bad "$page: $link"
	done
done

rule "README.md leads to every page"
for page in docs/*.md; do
	grep -qF "($page" README.md || bad "$page"
done

rule "tests that the documents name exist"
for file in $(grep -ohE '`tests/[a-z_0-9/-]+\.(c|sh|bats)`' *.md docs/*.md | tr -d '`' | sort -u); do
	[ -f "$file" ] || bad "$file"
done

# What exercises a concept is a link, a view, a metric, a test or a command.
rule "docs/coverage.md tells of each behaviour and view where it is"
while IFS= read -r line; do bad "$line"; done < <(awk -F'|' '
	$3 ~ /^ [BVD ]+ $/ { rows++ }
	$3 ~ /^ [BVD ]+ $/ && $3 ~ /[BV]/ && $4 !~ /\]\(|`/ { print "nothing named: " $2 }
	END { if (rows < 87) print "only " rows + 0 " rows" }' docs/coverage.md)
rule "views and metrics that docs/coverage.md names exist"
for view in $(grep -oE '`PID/[a-z]+`' docs/coverage.md | tr -d '`' | sort -u); do
	grep -q "{\"${view#PID/}\"," src/run/view_file.c || bad "$view"
done
for view in tasks runqueues waitqueues pids stat; do
	grep -q "{\"$view\"," src/run/view_file.c || bad "$view"
done

# Commands and options as the program itself tells them. A build without the program has none.
if [ -x "${OSSIM-}" ]; then
	commands=$("$OSSIM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	rule "the manual and the completion know every command and option"
	[ -n "$commands" ] || bad "ossim --help lists no commands"
	options=$(for command in $commands; do "$OSSIM" "$command" --help; done |
		grep -oE '^ *(-[a-zA-Z?], +)?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u)
	manual=$(sed 's/\\-/-/g; s/\\~/ /g' docs/man/ossim.1)
	for word in $commands $options; do
		grep -qE -- "(^|[^a-z-])$word([^a-z-]|\$)" <<<"$manual" || bad "docs/man/ossim.1: no $word"
		[ "$word" = --usage ] || grep -qE -- "(^|[^a-z-])$word([^a-z-]|\$)" docs/completion/ossim ||
			bad "docs/completion/ossim: no $word"
	done
	for word in $(grep -oE -- '(^|[^a-z-])--[a-z-]+' <<<"$manual" | grep -oE -- '--[a-z-]+' | sort -u); do
		grep -qxF -- "$word" <<<"$options"$'\n--version' || bad "docs/man/ossim.1: $word does not exist"
	done
fi
tidy_end
