/* SPDX-License-Identifier: MIT */
/* Operands in a word each: of tasks, signals, waits and times. */
#include "rig_words.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "model/clone.h"

struct sched_attr policy_of(const char *word)
{
	char *colon = strchr(word, ':');
	struct sched_attr attr = {0};
	int number;

	cr_assert(colon, "policy '%s'", word);
	*colon = 0;
	number = atoi(colon + 1);
	attr.policy = (u8)policy_find(word);
	if (policy_is_rt(attr.policy))
		attr.rt_priority = (u8)number;
	else
		attr.nice = (s8)number;
	return attr;
}

/* "USR1,TERM" */
static u64 sigset_of(char *words)
{
	char *save = NULL;
	u64 set = 0;

	for (char *s = strtok_r(words, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		cr_assert(signal_find(s), "signal '%s'", s);
		set |= SIGSET(signal_find(s));
	}
	return set;
}

/* "fork+exec". */
void put_trace_events(struct op_operands *operands, char *word)
{
	char *save = NULL;

	for (char *event = strtok_r(word, "+", &save); event; event = strtok_r(NULL, "+", &save))
		for (u32 i = 0; i < NR_TRACE_EVENTS; i++)
			if (!strcmp(event, trace_event_names[i]))
				operands->trace_events |= 1U << i;
}

/* "USR1,USR2/5ms" */
void put_sigset(struct op_operands *operands, char *word)
{
	char *slash = strchr(word, '/');
	const char *why;

	operands->has_timeout = slash != NULL;
	if (slash) {
		*slash++ = 0;
		cr_assert(parse_duration(slash, strlen(slash), 1, &operands->timeout_ns, &why));
	}
	operands->sigset = sigset_of(word);
}

/* "USR1=HANDLER" (or ignore, default), then flags with '+', then "/" and the mask. */
void put_action(struct op_operands *operands, char *word)
{
	static const char *const flags[] = {"restart", "nodefer", "reset", "nocldstop",
					    "nocldwait"};
	char *mask = strchr(word, '/'), *what = strchr(word, '='), *save = NULL;

	if (mask)
		*mask++ = 0;
	*what++ = 0;
	operands->signal = signal_find(word);
	operands->task = strtok_r(what, "+", &save);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
			operands->action.flags |= (u8)(!strcmp(flag, flags[i]) << i);
	if (!strcmp(operands->task, "ignore"))
		operands->action.disposition = SIGNAL_IGNORED;
	else if (strcmp(operands->task, "default") != 0)
		operands->action.disposition = SIGNAL_HANDLED;
	operands->action.mask = mask ? sigset_of(mask) : 0;
}

/* "c+stopped+nohang"; "any" is any child. */
void put_wait(struct op_operands *operands, char *word)
{
	static const char *const flags[] = {"stopped", "continued", "nohang", "clones", "all",
					    "group",   "nothread",  "nowait", "of"};
	char *save = NULL, *who = strtok_r(word, "+", &save);

	operands->task = strcmp(who, "any") ? who : NULL;
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
			operands->wait_for |= (u32)!strcmp(flag, flags[i]) << i;
}

/* "q+excl+D+keep+5ms" */
void put_queue(struct op_operands *operands, char *word)
{
	char *save = NULL;
	const char *why;

	operands->resource = strtok_r(word, "+", &save);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		if (!strcmp(flag, "excl"))
			operands->wait_how |= WAIT_QUEUE_EXCLUSIVE;
		else if (!strcmp(flag, "keep"))
			operands->wait_how |= WAIT_QUEUE_KEEPS;
		else if (!strcmp(flag, "D"))
			operands->wait_how |= WAIT_IN_D << WAIT_QUEUE_STATE_SHIFT;
		else if (!strcmp(flag, "killable"))
			operands->wait_how |= WAIT_KILLABLE << WAIT_QUEUE_STATE_SHIFT;
		else
			cr_assert(
				parse_duration(flag, strlen(flag), 1, &operands->timeout_ns, &why));
}

/* "q", "q+all", "q+2"; then "+0ev" for no event at all. */
void put_wake(struct op_operands *operands, char *word)
{
	char *save = NULL;

	operands->resource = strtok_r(word, "+", &save);
	operands->wake_nr = operands->events = 1;
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		if (strstr(flag, "ev"))
			operands->events = (u64)atoi(flag);
		else
			operands->wake_nr = strcmp(flag, "all") ? (u32)atoi(flag) : 0;
}

/*
 * "vm,sighand", "none": no flag; "vm+USR1", "vm+0": with another signal than CHLD; "newpid,1,400":
 * numbers.
 */
void put_clone(struct rig *rig, struct op_operands *operands, char *word)
{
	u32 *tids = arena_array(&rig->arena, u32, SET_TID_MAX);
	char *save = NULL, *plus = strchr(word, '+');

	operands->has_clone_word = true;
	if (plus)
		*plus++ = 0;
	for (char *s = strtok_r(word, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		if (*s >= '0' && *s <= '9')
			tids[operands->nr_tids++] = (u32)atoi(s);
		for (u32 i = 0; i < NR_CLONE_FLAGS; i++)
			if (!strcmp(s, clone_flag_names[i]))
				operands->clone_word |= clone_flag_values[i];
	}
	operands->tids = tids;
	if (!(operands->clone_word & CLONE_FLAG_THREAD))
		operands->clone_word |= plus ? signal_find(plus) : SIGNAL_CHLD;
}

/* "5ms/10ms": value and interval. */
void put_timer(struct op_operands *operands, char *word)
{
	char *slash = strchr(word, '/');
	const char *why;

	if (slash)
		*slash++ = 0;
	cr_assert(parse_duration(word, strlen(word), 1, &operands->timer.value, &why));
	if (slash)
		cr_assert(parse_duration(slash, strlen(slash), 1, &operands->timer.interval, &why));
}

/* "t=USR1" */
void put_own_timer(struct op_operands *operands, char *word)
{
	char *sign = strchr(word, '=');

	*sign++ = 0;
	operands->resource = word;
	operands->to_thread = sign[strlen(sign) - 1] == '!';
	sign[strlen(sign) - operands->to_thread] = 0;
	operands->signal = signal_find(sign);
}

/* "freeze", "thaw"; of cgroup v1: "FROZEN", "THAWED". */
void put_freeze(struct op_operands *operands, const char *word)
{
	bool v1 = *word == 'F' || *word == 'T';

	operands->change = (struct group_change){
		.what = v1 ? GROUP_SETS_FREEZER : GROUP_SETS_FREEZE,
		.freeze = !strcmp(word, "freeze"),
		.freezer = !strcmp(word, "FROZEN"),
	};
}

/* "USR1!": to the thread, % to the group, * to all; ^ by sigqueue, perhaps before another. */
void put_signal(struct op_operands *operands, char *word)
{
	for (char *last = word + strlen(word) - 1; strchr("!%*^", *last); *last-- = 0) {
		operands->to_thread |= *last == '!';
		operands->to_group |= *last == '%';
		operands->to_all |= *last == '*';
		operands->queued |= *last == '^';
	}
	operands->signal = signal_find(word);
}

/* "c+S+5ms", "c+killable" */
void put_kernel_wait(struct op_operands *operands, char *word)
{
	char *save = NULL;
	const char *why;

	operands->resource = strtok_r(word, "+", &save);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		if (!strcmp(flag, "S"))
			operands->kernel_sleep = KERNEL_SLEEP_S;
		else if (!strcmp(flag, "killable"))
			operands->kernel_sleep = KERNEL_SLEEP_KILLABLE;
		else
			cr_assert(
				parse_duration(flag, strlen(flag), 1, &operands->timeout_ns, &why));
}
