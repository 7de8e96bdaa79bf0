/* SPDX-License-Identifier: MIT */
/* Programs in a line. */
#include "rig_words.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct loc nowhere;

/* ---- Operands of one word ---- */

static void put_duration(struct op_operands *operands, char *word)
{
	const char *why;

	cr_assert(parse_duration(word, strlen(word), 1, &operands->quantity.value, &why), "%s: %s",
		  word, why);
}

static void put_size(struct op_operands *operands, char *word)
{
	const char *why;

	cr_assert(parse_size(word, strlen(word), &operands->quantity.value, &why), "%s: %s", word,
		  why);
}

static void put_number(struct op_operands *operands, char *word)
{
	const char *why;

	cr_assert(parse_u64(word, strlen(word), &operands->quantity.value, &why), "%s: %s", word,
		  why);
}

static void put_integer(struct op_operands *operands, char *word)
{
	const char *why;

	cr_assert(parse_s64(word, strlen(word), &operands->integer, &why), "%s: %s", word, why);
}

static void put_more(struct op_operands *operands, char *word)
{
	operands->more = !strcmp(word, "more");
}

static void put_irqsave(struct op_operands *operands, char *word)
{
	operands->irqsave = !strcmp(word, "irqsave");
}

/* "try", "5ms" */
static void put_patience(struct op_operands *operands, char *word)
{
	const char *why;

	operands->nonblock = !strcmp(word, "try");
	cr_assert(operands->nonblock ||
		  parse_duration(word, strlen(word), 1, &operands->timeout_ns, &why));
}

static void put_policy(struct op_operands *operands, char *word)
{
	operands->attr = policy_of(word);
}

/* "g+freeze" */
static void put_frozen(struct op_operands *operands, char *word)
{
	char *save = NULL;

	operands->group = strtok_r(word, "+", &save);
	put_freeze(operands, strtok_r(NULL, "+", &save));
}

static void put_childs_group(struct op_operands *operands, char *word)
{
	operands->of_child = true;
	operands->group = strcmp(word, "own") ? word : NULL;
}

static void put_itimer(struct op_operands *operands, char *word)
{
	for (u32 i = 0; i < NR_ITIMERS; i++)
		if (!strcmp(word, itimer_names[i]))
			operands->itimer = (enum itimer)i;
}

static void put_how(struct op_operands *operands, char *word)
{
	operands->how = !strcmp(word, "block") ? MASK_BLOCK
			: !strcmp(word, "set") ? MASK_SET
					       : MASK_UNBLOCK;
}

static void put_signal_or_same(struct op_operands *operands, char *word)
{
	operands->signal = strcmp(word, "same") ? signal_find(word) : OP_SIGNAL_SAME;
}

/* What reads the word of a letter of ops.h. */
static const struct {
	char letter;
	void (*put)(struct op_operands *operands, char *word);
} readers[] = {
	{'d', put_duration},       {'z', put_size},         {'n', put_number},
	{'i', put_integer},        {'u', put_futex},        {'=', put_more},
	{'!', put_irqsave},        {'o', put_patience},     {'P', put_policy},
	{'O', put_frozen},         {'?', put_childs_group}, {'g', put_signal},
	{'G', put_sigset},         {'q', put_queue},        {'Q', put_wake},
	{'w', put_wait},           {'W', put_watch},        {'K', put_kernel_wait},
	{'b', put_kernel_wait},    {'D', put_kernel_wait},  {'U', put_socket},
	{'V', put_timer},          {'Y', put_own_timer},    {'I', put_itimer},
	{'E', put_epoll},          {'h', put_how},          {'%', put_trace_events},
	{'S', put_signal_or_same}, {'H', put_action},
};

/* Where the word of a letter stands that is a name. */
static const struct {
	char letter;
	size_t offset;
} names[] = {
	{'M', offsetof(struct op_operands, mutex)}, {'t', offsetof(struct op_operands, task)},
	{'T', offsetof(struct op_operands, task)},  {'C', offsetof(struct op_operands, cpus)},
	{'k', offsetof(struct op_operands, group)}, {'x', offsetof(struct op_operands, text)},
};

static void put_operand(struct op_operands *operands, char letter, char *word)
{
	for (u32 i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i].letter == letter) {
			readers[i].put(operands, word);
			return;
		}
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].letter == letter) {
			*(const char **)((char *)operands + names[i].offset) = word;
			return;
		}
	operands->resource = word;
}

/* ---- Statements ---- */

/* What @letter stands for; the words that follow are in @save. */
static void put_words_of(struct rig *rig, struct op_operands *operands, enum op_code code,
			 char letter, char **save)
{
	char *word = letter == 'j' ? NULL : strtok_r(NULL, " ", save);

	if (word && letter == OPERAND_FUTEX_VECTOR)
		put_words(rig, operands, word);
	else if (word && letter == OPERAND_POLL)
		put_files(rig, operands, word, strtok_r(NULL, " ", save));
	else if (word && letter == OPERAND_CLONE_FLAGS)
		put_clone(rig, operands, word);
	else if (word)
		put_operand(operands, letter, word);
	if (code == OP_MQ_NOTIFY) {
		char *signal = strtok_r(NULL, " ", save);

		operands->signal = signal ? signal_find(signal) : 0;
	} else if (strchr("ABJ", letter)) {
		put_message(rig, operands, letter, save);
	}
}

static enum op_code code_of(const char *key)
{
	for (u32 code = 0; code < NR_OPS; code++)
		if (!strcmp(op_infos[code].key, key))
			return (enum op_code)code;
	cr_assert_fail("no op '%s'", key);
	return NR_OPS;
}

/* "io!" is killable, "pipe_read~" does not sleep. */
static void put_sign(struct op_operands *operands, char *key)
{
	char *last = key + strlen(key) - 1;

	operands->killable = !strcmp(key, "io!");
	operands->nonblock = *last == '~';
	if (operands->killable || operands->nonblock)
		*last = 0;
}

void rig_statement(struct rig *rig, char *statement)
{
	struct op_operands operands = {0};
	char *save = NULL, *key = strtok_r(statement, " ", &save);
	enum op_code code;

	if (!key)
		return;
	if (!strcmp(key, "end")) {
		builder_end_loop(rig->builder, nowhere);
		return;
	}
	put_sign(&operands, key);
	code = code_of(key);
	for (const char *letter = op_infos[code].operands; *letter; letter++)
		put_words_of(rig, &operands, code, *letter, &save);
	builder_op(rig->builder, nowhere, code, &operands);
}
