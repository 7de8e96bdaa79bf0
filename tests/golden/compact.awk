# SPDX-License-Identifier: MIT
#
# A result document, as ossim --json --no-timing prints it, on few lines: one per comm, per cpu and for
# the totals. Distributions are count:min:mean:p50:p90:p99:p999:max, empty ones are left out. Of a
# workload of many comms or cpus only the totals and the digest are left, which is of all records.

# Ends the line of an object, or of a section with plain values.
function put_line()
{
	if (line == "")
		return
	lines[++nr_lines] = line
	of[nr_lines] = section
	count[section]++
	line = ""
}

/^  "[a-z_]+": [^\[{]/ {
	if ($1 != "\"ossim\":") # the version is not the run's
		head = head clean($1) "=" clean($2) "\n"
	next
}
/^  "[a-z_]+": [\[{]/ { section = clean($1); line = ""; next }
/^    {/ { line = section; next }
/^    }/ || /^  }/ || /^  \]/ { put_line(); next }
/^      "[a-z_]+": {/ { dist = clean($1); values = ""; next }
/^      }/ {
	if (values !~ /^:0:/)
		line = line " " dist "=" substr(values, 2)
	dist = ""
	next
}
/^ *"/ {
	if (dist != "")
		values = values ":" clean($2)
	else if (!rare($1) || clean($2) != 0)
		line = (line == "" ? section : line) " " clean($1) "=" rest()
	next
}
/^ *[0-9]/ { line = (line == "" ? section : line) " " clean($1) }

# Of most tasks 0, which is not worth a word.
function rare(key)
{
	return key ~ /"(blocked_ns|stopped_ns|traced_ns|parked_ns|forced_idle_ns|futile_wakeups|failed_calls|minor_faults|cow_pages)"/
}

function clean(word)
{
	gsub(/^"|[",:]+$/, "", word)
	return word
}

# The value of a key; comms may hold blanks.
function rest(   text)
{
	text = $0
	sub(/^ *"[a-z_]+": /, "", text)
	return clean(text)
}

END {
	printf "%s", head
	for (i = 1; i <= nr_lines; i++)
		if (of[i] != "tasks" && (count[of[i]] <= 80 || of[i] == "total"))
			print lines[i]
}
