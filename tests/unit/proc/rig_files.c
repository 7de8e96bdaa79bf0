/* SPDX-License-Identifier: MIT */
/* Operands in a word each: of files, messages and futexes. */
#include "rig_words.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void put_time(u64 *out, const char *word)
{
	const char *why;

	if (word)
		cr_assert(parse_duration(word, strlen(word), 1, out, &why));
}

/* "0-1u,1+2" */
static void put_sem_ops(struct rig *rig, struct op_operands *operands, char *word)
{
	struct sem_op *ops = arena_array(&rig->arena, struct sem_op, 16);
	char *save = NULL;

	for (char *s = strtok_r(word, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		char *add;

		ops[operands->nr_sem_ops].sem = (u16)strtol(s, &add, 10);
		ops[operands->nr_sem_ops].add = (s32)strtol(add, &add, 10);
		ops[operands->nr_sem_ops++].undo = *add == 'u';
	}
	operands->sem_ops = ops;
}

/* The words that follow the name. */
void put_message(struct rig *rig, struct op_operands *operands, char letter, char **save)
{
	char *word = strtok_r(NULL, " ", save);

	if (letter == 'A') {
		if (word)
			put_sem_ops(rig, operands, word);
		if (word)
			put_time(&operands->timeout_ns, strtok_r(NULL, " ", save));
	} else if (letter == 'B') {
		operands->type = word ? atoi(word) : 1;
		word = word ? strtok_r(NULL, " ", save) : NULL;
		operands->message_bytes = word ? (u32)atoi(word) : 1;
		for (char *flag; (flag = strtok_r(NULL, " ", save));) {
			operands->except |= !strcmp(flag, "except");
			operands->truncated |= !strcmp(flag, "truncate");
			operands->remove |= !strcmp(flag, "remove");
		}
	} else {
		operands->priority = word ? (u32)atoi(word) : 0;
		put_time(&operands->timeout_ns, word ? strtok_r(NULL, " ", save) : NULL);
	}
}

/* "s.1": the name is cut, the end is returned. */
static u32 end_of(char *word)
{
	char *dot = strchr(word, '.');

	*dot = 0;
	return (u32)atoi(dot + 1);
}

/* "s.1", "@web", then "+in" or "+out". */
void put_socket(struct op_operands *operands, char *word)
{
	char *how = strchr(word, '+');

	operands->shutdown = SHUTDOWN_IN | SHUTDOWN_OUT;
	if (how) {
		*how++ = 0;
		operands->shutdown = strcmp(how, "in") ? SHUTDOWN_OUT : SHUTDOWN_IN;
	}
	operands->connection = *word == '@';
	operands->resource = word + operands->connection;
	if (!operands->connection)
		operands->end = end_of(word);
}

/* "pipe=p+out+edge+excl+oneshot" */
void put_watch(struct op_operands *operands, char *word)
{
	static const char *const kinds[NR_WATCH_KINDS] = {"pipe",   "eventfd",  "timerfd",
							  "socket", "mqueue",   "listener",
							  "epoll",  "signalfd", "connection"};
	static const char *const hows[] = {"edge", "excl", "oneshot"};
	char *save = NULL, *name = strchr(word, '=');

	*name++ = 0;
	for (u32 i = 0; i < NR_WATCH_KINDS; i++)
		if (!strcmp(word, kinds[i]))
			operands->watch.kind = (u8)i;
	operands->watched = strtok_r(name, "+", &save);
	if (operands->watch.kind == WATCH_SOCKET)
		operands->watch.end = (u8)end_of(name);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));) {
		if (!strcmp(flag, "in") || !strcmp(flag, "out"))
			operands->watch.events |= *flag == 'i' ? WATCH_IN : WATCH_OUT;
		for (u32 i = 0; i < ARRAY_SIZE(hows); i++)
			operands->watch.how |= (u8)(!strcmp(flag, hows[i]) << i);
	}
	if (!operands->watch.events)
		operands->watch.events = WATCH_IN;
}

/* "pipe=p+out,eventfd=e", "5ms". */
void put_files(struct rig *rig, struct op_operands *operands, char *word, const char *time)
{
	struct watched *files = arena_array(&rig->arena, struct watched, 8);
	char *save = NULL;
	const char *why;

	for (char *one = strtok_r(word, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		struct op_operands each = {0};

		put_watch(&each, one);
		files[operands->nr_files++] =
			(struct watched){.name = each.watched, .watch = each.watch};
	}
	operands->files = files;
	if (time)
		cr_assert(parse_duration(time, strlen(time), 1, &operands->timeout_ns, &why));
}

/* "ep+1+5ms": how many events at most, how long. */
void put_epoll(struct op_operands *operands, char *word)
{
	char *save = NULL;
	const char *why;

	operands->resource = strtok_r(word, "+", &save);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		if (strstr(flag, "s"))
			cr_assert(
				parse_duration(flag, strlen(flag), 1, &operands->timeout_ns, &why));
		else
			operands->most = (u32)atoi(flag);
}

/* "add1" */
static void put_change(struct futex_call *call, const char *word)
{
	for (u32 i = 0; i < NR_FUTEX_CHANGES; i++) {
		size_t len = strlen(futex_change_names[i]);

		if (strncmp(word, futex_change_names[i], len))
			continue;
		call->change = (u8)i;
		call->value = (u32)strtoul(word + len, NULL, 10);
		return;
	}
}

/* "gt0" */
static void put_relation(struct futex_call *call, const char *word)
{
	for (u32 i = 0; i < NR_FUTEX_RELATIONS; i++)
		if (!strncmp(word, futex_relation_names[i], 2))
			call->relation = (u8)i;
	call->with = (s32)strtol(word + 2, NULL, 10);
}

/* "w=0,v=1+5ms" */
void put_words(struct rig *rig, struct op_operands *operands, char *word)
{
	struct futex_word *words = arena_array(&rig->arena, struct futex_word, 128);
	char *save = NULL, *time = strchr(word, '+');
	const char *why;

	if (time) {
		*time++ = 0;
		cr_assert(parse_duration(time, strlen(time), 1, &operands->timeout_ns, &why));
	}
	for (char *one = strtok_r(word, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		char *value = strchr(one, '=');

		*value++ = 0;
		words[operands->nr_words++] =
			(struct futex_word){.name = one, .value = (u32)atoi(value)};
	}
	operands->words = words;
}

/* "w", then with '+': =VALUE, a timeout, #WAKE, >TO, %REQUEUE, &BITS, @CHANGE, ?RELATION. */
void put_futex(struct op_operands *operands, char *word)
{
	struct futex_call *call = &operands->futex;
	char *save = NULL;
	const char *why;

	*call = (struct futex_call){.wake = 1, .requeue = UINT32_MAX, .bitset = UINT32_MAX};
	operands->resource = strtok_r(word, "+", &save);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));) {
		u32 number = (u32)strtoul(flag + 1, NULL, 10);

		if (*flag == '=') {
			call->value = number;
			call->compare = true;
		} else if (*flag == '#')
			call->wake = number;
		else if (*flag == '%')
			call->requeue = number;
		else if (*flag == '&')
			call->bitset = number;
		else if (*flag == '>')
			operands->futex_to = flag + 1;
		else if (*flag == '@')
			put_change(call, flag + 1);
		else if (*flag == '?')
			put_relation(call, flag + 1);
		else
			cr_assert(parse_duration(flag, strlen(flag), 1, &call->timeout_ns, &why));
	}
}
