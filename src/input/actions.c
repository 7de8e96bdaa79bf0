/* SPDX-License-Identifier: MIT */
/*
 * A task's list of actions.
 *
 * What an action takes is not written here but in the operand letters of ops.h: each letter is a
 * way to read a value and the key it has when several are given in a map. The short form of an
 * action gives the first operand alone (`pipe_write: p`), the long form all by key
 * (`pipe_write: {pipe: p, bytes: 4KiB}`). Only loops are read by their own function.
 */
#include "input/quantity.h"
#include "input/scenario.h"

#include "model/nice.h"

#include "base/ensure.h"
#include "base/text.h"

#include <string.h>

enum { EXIT_CODE_MAX = 255 };

/* One operand: where its value is put, and by which reader. */
struct operand {
	char letter;
	const char *key;
	bool optional; /* in the long form */
	bool (*read)(struct reader *r, const struct doc_node *node, struct op_operands *out);
};

static bool operand_duration(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_quantity(r, node, QUANTITY_DURATION, &out->quantity);
}

static bool operand_size(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_quantity(r, node, QUANTITY_SIZE, &out->quantity);
}

static bool operand_count(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_quantity(r, node, QUANTITY_COUNT, &out->quantity);
}

static bool operand_mutex(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_name(r, node, &out->mutex);
}

static bool operand_resource(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_name(r, node, &out->resource);
}

/* `self` is oneself. */
static bool operand_task(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	if (!read_name(r, node, &out->task))
		return false;
	if (strcmp(out->task, "self") == 0)
		out->task = NULL;
	return true;
}

static bool operand_template(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_name(r, node, &out->task);
}

static bool operand_cpus(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_cpus(r, node, &out->cpus);
}

static bool operand_text(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_text(r, node, &out->text);
}

static bool operand_timeout(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_duration(r, node, 1, NEVER - 1, &out->timeout_ns);
}

static bool operand_irqsave(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_bool(r, node, &out->irqsave);
}

static bool operand_more(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_bool(r, node, &out->more);
}

static bool operand_try(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_bool(r, node, &out->nonblock);
}

static const struct operand operands[] = {
	{OPERAND_DURATION, "value", false, operand_duration},
	{OPERAND_SIZE, "bytes", true, operand_size},
	{OPERAND_COUNT, "count", false, operand_count},
	{OPERAND_MUTEX, "mutex", false, operand_resource},
	{OPERAND_COND, "cond", false, operand_resource},
	{OPERAND_BARRIER, "barrier", false, operand_resource},
	{OPERAND_SEMAPHORE, "semaphore", false, operand_resource},
	{OPERAND_PIPE, "pipe", false, operand_resource},
	{OPERAND_DEVICE, "device", false, operand_resource},
	{OPERAND_RWLOCK, "rwlock", false, operand_resource},
	{OPERAND_EVENTFD, "eventfd", false, operand_resource},
	{OPERAND_SECOND_MUTEX, "mutex", false, operand_mutex},
	{OPERAND_TIMEOUT, "timeout", true, operand_timeout},
	{OPERAND_TRY, "try", true, operand_try},
	{OPERAND_IRQSAVE, "irqsave", true, operand_irqsave},
	{OPERAND_MORE, "more", true, operand_more},
	{OPERAND_KERNEL_MUTEX, "mutex", false, operand_resource},
	{OPERAND_SPINLOCK, "spinlock", false, operand_resource},
	{OPERAND_SHM, "shm", false, operand_resource},
	{OPERAND_TTY, "tty", false, operand_resource},
	{OPERAND_COMPLETION, "completion", false, operand_resource},
	{OPERAND_KERNEL_SEMAPHORE, "semaphore", false, operand_resource},
	{OPERAND_RWSEM, "rwsem", false, operand_resource},
	{OPERAND_TASKS, "task", true, operand_task},
	{OPERAND_TEMPLATE, "program", true, operand_template},
	{OPERAND_CPUS, "cpus", false, operand_cpus},
	{OPERAND_TEXT, "comm", true, operand_text},
};

/* Integers differ in their range by action. */
static bool operand_integer(struct reader *r, enum op_code code, const struct doc_node *node,
			    struct op_operands *out)
{
	if (code == OP_NICE || code == OP_AUTOGROUP_NICE)
		return read_int(r, node, NICE_MIN, NICE_MAX, &out->integer);
	return read_int(r, node, 0, EXIT_CODE_MAX, &out->integer);
}

static const struct operand *find_operand(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(operands); i++)
		if (operands[i].letter == letter)
			return &operands[i];
	return NULL;
}

static const char *operand_key(char letter)
{
	return letter == OPERAND_INTEGER ? "value" : find_operand(letter)->key;
}

static bool read_operand(struct reader *r, enum op_code code, char letter,
			 const struct doc_node *node, struct op_operands *out)
{
	if (letter == OPERAND_INTEGER)
		return operand_integer(r, code, node, out);
	return find_operand(letter)->read(r, node, out);
}

/* {key: value, ...}: each key is the word of one of the letters. */
static bool read_long_form(struct reader *r, enum op_code code, const struct doc_node *node,
			   struct op_operands *out)
{
	const char *letters = op_infos[code].operands;
	const char *where = arena_printf(r->scratch, "action '%s'", op_infos[code].key);
	const char *keys[8];
	size_t nr = strlen(letters);
	bool good = true;

	for (size_t i = 0; i < nr; i++)
		keys[i] = operand_key(letters[i]);
	doc_for_each (value, node) {
		size_t i = 0;

		while (i < nr && strcmp(keys[i], value->key) != 0)
			i++;
		if (i == nr)
			good = fields_unknown_key(r, value, where, keys, nr);
		else if (!read_operand(r, code, letters[i], value, out))
			good = false;
	}
	for (size_t i = 0; i < nr; i++) {
		bool optional = letters[i] != OPERAND_INTEGER && find_operand(letters[i])->optional;

		if (!optional && !doc_get(node, keys[i]))
			good = diag_error(r->diag, node->loc, "%s has no '%s'", where, keys[i]);
	}
	return good;
}

/* The short form is enough if all operands but the first have a default. */
static bool needs_long_form(const char *letters)
{
	for (const char *s = letters + 1; *s; s++)
		if (*s == OPERAND_INTEGER || !find_operand(*s)->optional)
			return true;
	return false;
}

static bool read_operands(struct reader *r, enum op_code code, const struct doc_node *node,
			  struct op_operands *out)
{
	const char *letters = op_infos[code].operands;

	if (!*letters) {
		if (node->kind == DOC_NULL)
			return true;
		return diag_error(r->diag, node->loc, "action '%s' takes no value",
				  op_infos[code].key);
	}
	if (node->kind == DOC_MAP && letters[1] && !is_distribution(node))
		return read_long_form(r, code, node, out);
	if (needs_long_form(letters))
		return diag_error(r->diag, node->loc, "action '%s' takes a map: {%s: ..., %s: ...}",
				  op_infos[code].key, operand_key(letters[0]),
				  operand_key(letters[1]));
	return read_operand(r, code, letters[0], node, out);
}

/* policy: fifo needs a priority, so it is nearly always a map. */
static bool read_policy_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out)
{
	struct policy_map {
		const struct doc_node *policy, *task;
		struct policy_words words;
	} m = {.words.policy = POLICY_NOT_SAID};
	static const struct field table[] = {
		FIELD("policy", FIELD_NODE, struct policy_map, policy, .required = true),
		FIELD("task", FIELD_NODE, struct policy_map, task),
		FIELD("priority", FIELD_NODE, struct policy_map, words.priority),
		FIELD("nice", FIELD_NODE, struct policy_map, words.nice),
		FIELD("slice", FIELD_NODE, struct policy_map, words.slice),
		FIELD("runtime", FIELD_NODE, struct policy_map, words.runtime),
		FIELD("deadline", FIELD_NODE, struct policy_map, words.deadline),
		FIELD("period", FIELD_NODE, struct policy_map, words.period),
		FIELD("flags", FIELD_NODE, struct policy_map, words.flags),
		FIELD("reset_on_fork", FIELD_BOOL, struct policy_map, words.reset_on_fork),
	};

	if (node->kind != DOC_MAP)
		m.policy = node;
	else if (!fields_read(r, node, "action 'policy'", table, ARRAY_SIZE(table), &m))
		return false;
	return read_policy_name(r, m.policy, &m.words.policy) &&
	       (!m.task || operand_task(r, m.task, out)) &&
	       read_attr(r, m.policy, &m.words, &out->attr);
}

/* group: web, or a map that says whom and how. */
static bool read_group_action(struct reader *r, const struct doc_node *node,
			      struct op_operands *out)
{
	struct group_map {
		const struct doc_node *group, *task;
		bool thread;
	} m = {0};
	static const struct field table[] = {
		FIELD("group", FIELD_NODE, struct group_map, group, .required = true),
		FIELD("task", FIELD_NODE, struct group_map, task),
		FIELD("thread", FIELD_BOOL, struct group_map, thread),
	};

	if (node->kind != DOC_MAP)
		m.group = node;
	else if (!fields_read(r, node, "action 'group'", table, ARRAY_SIZE(table), &m))
		return false;
	out->to_thread = m.thread;
	return read_name(r, m.group, &out->group) && (!m.task || operand_task(r, m.task, out));
}

/*
 * In the place of an action with a mistake stands something that takes time: else its loop would be
 * reported as well, for spinning.
 */
static void add_placeholder(struct reader *r, struct loc loc)
{
	struct op_operands op = {.quantity.value = MSEC};

	builder_op(r->builder, loc, OP_RUN, &op);
}

static u64 least_of(const struct quantity *quantity)
{
	return quantity->is_dist ? dist_min(&quantity->dist) : quantity->value;
}

static bool read_count(struct reader *r, const struct doc_node *node, struct quantity *out)
{
	if (!read_quantity(r, node, QUANTITY_COUNT, out))
		return false;
	return least_of(out) ||
	       diag_error(r->diag, node->loc,
			  "'count' must be at least 1; without it a loop goes on for ever");
}

/* loop: {count: 10, do: [...]}; loop: [...] and do: [...] go on for ever. */
static void read_loop(struct reader *r, const struct doc_node *node, struct loc loc)
{
	struct loop_map {
		const struct doc_node *count, *body;
	} m = {0};
	static const struct field table[] = {
		FIELD("count", FIELD_NODE, struct loop_map, count),
		FIELD("do", FIELD_NODE, struct loop_map, body, .required = true),
	};
	struct op_operands count = {0};

	if (node->kind == DOC_LIST)
		m.body = node;
	else if (!fields_read(r, node, "action 'loop'", table, ARRAY_SIZE(table), &m) && !m.body) {
		add_placeholder(r, loc);
		return;
	}
	if (m.count && !read_count(r, m.count, &count.quantity))
		/* so that it is no loop for ever besides */
		count.quantity = (struct quantity){.value = 1};
	builder_op(r->builder, loc, OP_LOOP, &count);
	read_program(r, m.body);
	builder_end_loop(r->builder, loc);
}

/* ready: {pipe: p, do: [...]} */
static void read_ready(struct reader *r, const struct doc_node *node, struct loc loc)
{
	struct op_operands op = {0};
	const struct doc_node *body;

	if (!read_ready_action(r, node, &op, &body)) {
		add_placeholder(r, loc);
		return;
	}
	builder_op(r->builder, loc, OP_READY, &op);
	read_program(r, body);
	builder_end_loop(r->builder, loc);
}

/* The code of a word that users write; NR_OPS if there is none (END is the builder's own). */
static enum op_code find_action(const char *key)
{
	for (u32 i = 0; i < NR_OPS; i++)
		if (!op_is_made(i) && strcmp(op_infos[i].key, key) == 0)
			return (enum op_code)i;
	return NR_OPS;
}

/* "run 1ms": there should be a colon. NULL: that is not it. */
static const char *with_colon(struct reader *r, const char *word)
{
	size_t len = strcspn(word, " ");
	const char *key = arena_strndup(r->scratch, word, len);
	enum op_code code = find_action(key);

	if (!word[len] || code == NR_OPS || code == OP_LOOP)
		return NULL;
	return arena_printf(r->scratch, " (did you mean '%s:%s'?)", key, clip_text(r, word + len));
}

static void unknown_action(struct reader *r, struct loc loc, const char *word)
{
	const char *keys[NR_OPS + 1], *meant = with_colon(r, word);
	u32 nr = 0;

	for (u32 i = 0; i < NR_OPS; i++)
		if (!op_is_made(i))
			keys[nr++] = op_infos[i].key;
	keys[nr++] = "do";
	diag_error(r->diag, loc, "unknown action '%s'%s", clip_text(r, word),
		   meant ? meant : did_you_mean(r, word, keys, nr));
}

typedef bool (*read_action_fn)(struct reader *r, const struct doc_node *node,
			       struct op_operands *out);

/* Actions with a reader of their own; NULL: by the letters of its operands. */
static read_action_fn own_reader(enum op_code code)
{
	static const struct {
		enum op_code code;
		read_action_fn read;
	} own[] = {
		{OP_POLICY, read_policy_action},
		{OP_SIGNAL, read_signal_action},
		{OP_SIGMASK, read_sigmask_action},
		{OP_SIGACTION, read_sigaction_action},
		{OP_SIGWAIT, read_sigwait_action},
		{OP_PDEATH_SIGNAL, read_pdeath_action},
		{OP_SIGSUSPEND, read_sigset_action},
		{OP_WAITPID, read_waitpid_action},
		{OP_IO, read_io_action},
		{OP_SYSCALL, read_syscall_action},
		{OP_CORE_SCHED, read_core_sched_action},
		{OP_WAIT_EVENT, read_wait_event_action},
		{OP_SLEEP_ON, read_wait_event_action},
		{OP_WAKE_UP, read_wake_up_action},
		{OP_GROUP, read_group_action},
		{OP_SET_GROUP, read_set_group_action},
		{OP_CLONE, read_clone_action},
		{OP_UNSHARE, read_unshare_action},
		{OP_SETPGID, read_setpgid_action},
		{OP_TRACE_CONT, read_trace_cont_action},
		{OP_UNTRACE, read_trace_cont_action},
		{OP_TRACE_SYSCALL, read_trace_cont_action},
		{OP_TRACE_SEIZE, read_trace_events_action},
		{OP_TRACE_OPTIONS, read_trace_events_action},
		{OP_EVENT_WRITE, read_event_write_action},
		{OP_EVENT_READ, read_event_read_action},
		{OP_PIPE_READ, read_pipe_action},
		{OP_PIPE_WRITE, read_pipe_action},
		{OP_EPOLL_ADD, read_epoll_action},
		{OP_EPOLL_MOD, read_epoll_action},
		{OP_EPOLL_DEL, read_epoll_action},
		{OP_EPOLL_WAIT, read_epoll_wait_action},
		{OP_POLL, read_poll_action},
		{OP_SELECT, read_poll_action},
		{OP_SIGNALFD_READ, read_signalfd_read_action},
		{OP_TIMERFD_SET, read_timer_action},
		{OP_TIMERFD_READ, read_timerfd_read_action},
		{OP_SEMOP, read_semop_action},
		{OP_MSGSND, read_message_action},
		{OP_MSGRCV, read_message_action},
		{OP_MQ_SEND, read_mqueue_action},
		{OP_MQ_RECEIVE, read_mqueue_action},
		{OP_MQ_NOTIFY, read_mq_notify_action},
		{OP_MQ_UNLINK, read_mq_unlink_action},
		{OP_SEMCTL, read_semctl_action},
		{OP_MSGCTL, read_msgctl_action},
		{OP_WAIT_COMPLETION, read_kernel_wait_action},
		{OP_DOWN, read_kernel_wait_action},
		{OP_KERNEL_LOCK, read_kernel_wait_action},
		{OP_SHMCTL, read_shmctl_action},
		{OP_SEND, read_socket_action},
		{OP_RECV, read_socket_action},
		{OP_CLOSE, read_socket_action},
		{OP_SHUTDOWN, read_socket_action},
		{OP_CONNECT, read_meet_action},
		{OP_ACCEPT, read_meet_action},
		{OP_OPEN_READ, read_open_action},
		{OP_OPEN_WRITE, read_open_action},
		{OP_SETITIMER, read_timer_action},
		{OP_TIMER_SET, read_timer_action},
		{OP_FUTEX_WAIT, read_futex_wait_action},
		{OP_FUTEX_WAKE, read_futex_action},
		{OP_FUTEX_REQUEUE, read_futex_requeue_action},
		{OP_FUTEX_SET, read_futex_set_action},
		{OP_FUTEX_WAKE_OP, read_futex_wake_op_action},
		{OP_FUTEX_WAITV, read_futex_waitv_action},
		{OP_FUTEX_WAIT_PI, read_futex_pi_action},
		{OP_FUTEX_REQUEUE_PI, read_futex_pi_action},
		{OP_NET_RECV, read_net_action},
		{OP_NET_SEND, read_net_action},
	};

	for (u32 i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i].code == code)
			return own[i].read;
	return NULL;
}

/* May an action that takes an operand go without: exit with 0, a group of one's own? */
static bool stands_alone(enum op_code code)
{
	return code == OP_EXIT || code == OP_EXIT_GROUP || code == OP_SETPGID ||
	       code == OP_TCSETPGRP;
}

/* @value is what stands behind @word; empty for an action written as a word alone. */
static void read_action(struct reader *r, const char *word, const struct doc_node *value,
			struct loc loc)
{
	struct op_operands op = {0};
	enum op_code code = find_action(word);
	bool good;

	op.quantity.value = 1; /* bytes of a pipe operation that does not say */
	if (strcmp(word, "do") == 0 && value->kind == DOC_LIST) {
		read_loop(r, value, loc);
		return;
	}
	if (code == NR_OPS) {
		unknown_action(r, loc, word);
		add_placeholder(r, loc);
		return;
	}
	if (code == OP_LOOP) {
		read_loop(r, value, loc);
		return;
	}
	if (code == OP_READY) {
		read_ready(r, value, loc);
		return;
	}
	if (value->kind == DOC_NULL && stands_alone(code))
		good = true;
	else if (own_reader(code))
		good = own_reader(code)(r, value, &op);
	else
		good = read_operands(r, code, value, &op);
	if (good && code == OP_EXEC && !op.text)
		op.text = op.task;
	if (good && code == OP_EXEC && !op.text)
		good = diag_error(r->diag, value->loc, "action 'exec' has no 'comm'");
	if (good)
		builder_op(r->builder, loc, code, &op);
	else
		add_placeholder(r, loc);
}

/* "{run: normal(1ms, 2ms)}" is a map of two, as YAML has no calls. */
static bool is_split_call(const struct doc_node *node)
{
	return node->kind == DOC_SCALAR && strchr(node->text, '(') && !strchr(node->text, ')');
}

static void read_item(struct reader *r, const struct doc_node *item)
{
	struct doc_node nothing = {.kind = DOC_NULL, .loc = item->loc};

	switch (item->kind) {
	case DOC_SCALAR:
		nothing.key = item->text;
		nothing.key_loc = item->loc;
		read_action(r, item->text, &nothing, item->loc);
		break;
	case DOC_MAP:
		if (item->nr == 1)
			read_action(r, item->first->key, item->first, item->first->key_loc);
		else if (item->nr == 0)
			diag_error(r->diag, item->loc, "an action is missing");
		else if (is_split_call(item->first))
			diag_error(
				r->diag, item->first->loc,
				"'%s' ends at the comma: a distribution is a map, such as {uniform: [1ms, 2ms]}",
				clip_text(r, item->first->text));
		else
			diag_error(r->diag, item->first->next->key_loc,
				   "'%s' and '%s' in one item: each action is an item of its own, "
				   "with its own '-'",
				   clip_text(r, item->first->key),
				   clip_text(r, item->first->next->key));
		break;
	case DOC_LIST: /* a list within a list: what an alias stands for */
		read_program(r, item);
		break;
	default:
		diag_error(r->diag, item->loc, "an action is missing");
	}
}

void read_program(struct reader *r, const struct doc_node *program)
{
	if (program->kind != DOC_LIST) {
		read_item(r, program);
		return;
	}
	doc_for_each (item, program) {
		read_item(r, item);
	}
}
