/* SPDX-License-Identifier: MIT */
/* Says in ossim's language what a line of a .tw file asks for: policy and priority, cpus, group. */
#include "attributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NICE_MIN = -20, NICE_MAX = 19 };

bool cpus_text(const struct writer *w, const char *list, char buf[200])
{
	const char *comma = "";

	*buf = '\0';
	while (*list) {
		char *end;
		long from = strtol(list, &end, 10), to = from;

		if (*end == '-')
			to = strtol(end + 1, &end, 10);
		if (from >= 0 && from < (long)w->rig->cpus && to >= from && strlen(buf) < 180) {
			snprintf(buf + strlen(buf), 200 - strlen(buf), "%s%ld-%ld", comma, from,
				 min_of(to, (long)w->rig->cpus - 1));
			comma = ",";
		}
		if (end == list)
			break;
		list = *end == ',' ? end + 1 : end;
	}
	return *buf;
}

static bool has_flag(const char *flags, const char *flag)
{
	return flags && strstr(flags, flag);
}

/* What tw takes flags=reset for, behind the other attributes. */
static const char *reset_text(const char *flags)
{
	return has_flag(flags, "reset") ? ", reset_on_fork: true" : "";
}

/* dl=RUNTIME/DEADLINE[/PERIOD] with flags=A,B; tw and so all its tasks ignore SIGXCPU. */
static bool write_deadline(struct writer *w, const char *dl, const char *flags)
{
	char text[100], part[3][32];
	const char *word[3] = {0};
	char *at = text;

	snprintf(text, sizeof(text), "%s", dl);
	for (u32 i = 0; i < 3; i++)
		word[i] = strsep(&at, "/");
	if (!word[1])
		return write_needs(w, "dl=RUNTIME/DEADLINE");
	if (!word[2])
		word[2] = word[1];
	if (has_flag(flags, "overrun"))
		write_item(w, "sigaction: {signal: XCPU, ignore: true}");
	write_item(
		w,
		"policy: {policy: deadline, runtime: %s, deadline: %s, period: %s, flags: [%s%s%s]%s}",
		time_text(word[0], part[0]), time_text(word[1], part[1]),
		time_text(word[2], part[2]), has_flag(flags, "reclaim") ? "reclaim" : "",
		has_flag(flags, "reclaim") && has_flag(flags, "overrun") ? ", " : "",
		has_flag(flags, "overrun") ? "overrun" : "", reset_text(flags));
	return true;
}

int nice_value(const char *word)
{
	return clamp_to(atoi(word), (int)NICE_MIN, (int)NICE_MAX);
}

/* Nobody of the set-up has joined @group yet: it is noted. */
static bool is_first_of_group(struct writer *w, const char *group)
{
	for (u32 i = 0; i < w->nr_groups; i++)
		if (!strcmp(w->group[i], group))
			return false;
	if (w->nr_groups < RIG_GROUPS_MAX)
		w->group[w->nr_groups++] = group;
	return true;
}

/*
 * The set-up's: the end of the first one's wait, and the kworker that tells of a group that is no
 * longer empty.
 */
static void write_joining(struct writer *w, const char *group)
{
	bool waits = !w->nr_groups;

	write_run(w, w->rig->regroup_ns);
	if (waits)
		write_item(w, "wait_event: {queue: tw_joined, exclusive: true}");
	if (is_first_of_group(w, group)) {
		write_run(w, waits ? w->rig->notify_first_ns : w->rig->notify_ns);
		write_item(w, "wake_up: {queue: tw_notify, nr: 1, events: 1}");
		write_run(w, w->rig->notified_ns);
	}
	write_item(w, "group: {group: \"%s\", thread: true}", group);
	write_run(w, w->rig->moved_ns);
}

void write_regroup(struct writer *w, const char *group)
{
	if (w->joining && w->rig->notify_first_ns) {
		write_joining(w, group);
		return;
	}
	write_run(w, w->rig->regroup_ns);
	if (w->rig->cgroup_v1)
		write_item(w, "group: {group: \"%s\", thread: true}", group);
	else
		write_item(w, "group: \"%s\"", group);
}

struct attributes {
	const char *policy, *nice, *prio, *slice, *cpus, *group, *dl, *flags;
};

static struct attributes read_attributes(const struct tw_line *line, u32 from)
{
	struct attributes a = {0};
	const struct {
		const char *key, **value;
	} keys[] = {
		{"policy", &a.policy}, {"nice", &a.nice}, {"prio", &a.prio}, {"slice", &a.slice},
		{"cpus", &a.cpus},     {"cg", &a.group},  {"dl", &a.dl},     {"flags", &a.flags},
	};

	for (u32 i = from; i < line->nr_words; i++)
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			const char *value = tw_value(line->word[i], keys[k].key);

			if (value)
				*keys[k].value = value;
		}
	return a;
}

bool write_attributes(struct writer *w, const struct tw_line *line, u32 from)
{
	struct attributes a = read_attributes(line, from);
	char buf[32], text[200];

	if (a.group)
		write_regroup(w, a.group);
	if (a.cpus && cpus_text(w, a.cpus, text))
		write_item(w, "affinity: \"%s\"", text);
	if (a.dl)
		return write_deadline(w, a.dl, a.flags);
	if (!a.policy && !a.nice && !a.slice)
		return true;
	if (a.policy && (!strcmp(a.policy, "fifo") || !strcmp(a.policy, "rr"))) {
		int prio = a.prio ? atoi(a.prio) : 0;

		write_item(w, "policy: {policy: %s, priority: %d%s}", a.policy, prio ? prio : 10,
			   reset_text(a.flags));
		return true;
	}
	snprintf(text, sizeof(text), "policy: {policy: %s, nice: %d", a.policy ? a.policy : "other",
		 a.nice ? nice_value(a.nice) : 0);
	if (a.slice)
		write_item(w, "%s, slice: %s%s}", text, time_text(a.slice, buf),
			   reset_text(a.flags));
	else
		write_item(w, "%s%s}", text, reset_text(a.flags));
	return true;
}
