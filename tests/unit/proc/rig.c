/* SPDX-License-Identifier: MIT */
/* Programs in a line, records as text. */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/clone.h"
#include "run/sim.h"

static const struct loc nowhere;

void rig_init(struct rig *rig, u32 nr_cpus, const char *kernel)
{
	struct platform *platform;

	*rig = (struct rig){0};
	arena_init(&rig->arena);
	rig->diag = diag_new();
	rig->builder = builder_new(&rig->arena, rig->diag);
	platform = builder_platform(rig->builder);
	platform->nr_cpus = nr_cpus;
	cr_assert(costs_preset("zero", &platform->costs));
	if (strcmp(kernel, "xv6") == 0)
		cr_assert(builder_model(rig->builder, nowhere, kernel));
	else
		cr_assert(builder_kernel(rig->builder, nowhere, kernel));
	cr_assert(builder_machine_done(rig->builder, nowhere));
	builder_duration(rig->builder, NEVER);
}

void rig_fini(struct rig *rig)
{
	builder_free(rig->builder);
	diag_free(rig->diag);
	text_fini(&rig->lines);
	free(rig->failure);
	arena_fini(&rig->arena);
}

/* ---- Programs ---- */

static struct sched_attr policy_of(const char *word)
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
static void put_trace_events(struct op_operands *operands, char *word)
{
	char *save = NULL;

	for (char *event = strtok_r(word, "+", &save); event; event = strtok_r(NULL, "+", &save))
		for (u32 i = 0; i < NR_TRACE_EVENTS; i++)
			if (!strcmp(event, trace_event_names[i]))
				operands->trace_events |= 1U << i;
}

/* "USR1,USR2/5ms" */
static void put_sigset(struct op_operands *operands, char *word)
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
static void put_action(struct op_operands *operands, char *word)
{
	static const char *const flags[] = {"restart", "nodefer", "reset", "nocldstop", "nocldwait"};
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
static void put_wait(struct op_operands *operands, char *word)
{
	static const char *const flags[] = {"stopped", "continued", "nohang", "clones",
					   "all", "group", "nothread", "nowait", "of"};
	char *save = NULL, *who = strtok_r(word, "+", &save);

	operands->task = strcmp(who, "any") ? who : NULL;
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
			operands->wait_for |= (u32)!strcmp(flag, flags[i]) << i;
}

/* "q+excl+D+keep+5ms" */
static void put_queue(struct op_operands *operands, char *word)
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
			cr_assert(parse_duration(flag, strlen(flag), 1, &operands->timeout_ns, &why));
}

/* "q", "q+all", "q+2"; then "+0ev" for no event at all. */
static void put_wake(struct op_operands *operands, char *word)
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

/* "vm,sighand", "none": no flag; "vm+USR1", "vm+0": with another signal than CHLD; "newpid,1,400": numbers. */
static void put_clone(struct rig *rig, struct op_operands *operands, char *word)
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

static void put_time(u64 *out, const char *word)
{
	const char *why;

	if (word)
		cr_assert(parse_duration(word, strlen(word), 1, out, &why));
}

/* The words that follow the name. */
static void put_message(struct rig *rig, struct op_operands *operands, char letter, char **save)
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

/* "5ms/10ms": value and interval. */
static void put_timer(struct op_operands *operands, char *word)
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
static void put_own_timer(struct op_operands *operands, char *word)
{
	char *sign = strchr(word, '=');

	*sign++ = 0;
	operands->resource = word;
	operands->to_thread = sign[strlen(sign) - 1] == '!';
	sign[strlen(sign) - operands->to_thread] = 0;
	operands->signal = signal_find(sign);
}

/* "freeze", "thaw"; of cgroup v1: "FROZEN", "THAWED". */
static void put_freeze(struct op_operands *operands, const char *word)
{
	bool v1 = *word == 'F' || *word == 'T';

	operands->change = (struct group_change){
		.what = v1 ? GROUP_SETS_FREEZER : GROUP_SETS_FREEZE,
		.freeze = !strcmp(word, "freeze"),
		.freezer = !strcmp(word, "FROZEN"),
	};
}

/* "USR1!": to the thread, % to the group, * to all; ^ by sigqueue, perhaps before another. */
static void put_signal(struct op_operands *operands, char *word)
{
	for (char *last = word + strlen(word) - 1; strchr("!%*^", *last); *last-- = 0) {
		operands->to_thread |= *last == '!';
		operands->to_group |= *last == '%';
		operands->to_all |= *last == '*';
		operands->queued |= *last == '^';
	}
	operands->signal = signal_find(word);
}

/* "s.1": the name is cut, the end is returned. */
static u32 end_of(char *word)
{
	char *dot = strchr(word, '.');

	*dot = 0;
	return (u32)atoi(dot + 1);
}

/* "c+S+5ms", "c+killable" */
static void put_kernel_wait(struct op_operands *operands, char *word)
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
			cr_assert(parse_duration(flag, strlen(flag), 1, &operands->timeout_ns, &why));
}

/* "s.1", "@web", then "+in" or "+out". */
static void put_socket(struct op_operands *operands, char *word)
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
static void put_watch(struct op_operands *operands, char *word)
{
	static const char *const kinds[NR_WATCH_KINDS] = {"pipe", "eventfd", "timerfd", "socket", "mqueue", "listener", "epoll",
							 "signalfd", "connection"};
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
static void put_files(struct rig *rig, struct op_operands *operands, char *word, const char *time)
{
	struct watched *files = arena_array(&rig->arena, struct watched, 8);
	char *save = NULL;
	const char *why;

	for (char *one = strtok_r(word, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		struct op_operands each = {0};

		put_watch(&each, one);
		files[operands->nr_files++] = (struct watched){.name = each.watched, .watch = each.watch};
	}
	operands->files = files;
	if (time)
		cr_assert(parse_duration(time, strlen(time), 1, &operands->timeout_ns, &why));
}

/* "ep+1+5ms": how many events at most, how long. */
static void put_epoll(struct op_operands *operands, char *word)
{
	char *save = NULL;
	const char *why;

	operands->resource = strtok_r(word, "+", &save);
	for (char *flag; (flag = strtok_r(NULL, "+", &save));)
		if (strstr(flag, "s"))
			cr_assert(parse_duration(flag, strlen(flag), 1, &operands->timeout_ns, &why));
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
static void put_words(struct rig *rig, struct op_operands *operands, char *word)
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
		words[operands->nr_words++] = (struct futex_word){.name = one, .value = (u32)atoi(value)};
	}
	operands->words = words;
}

/* "w", then with '+': =VALUE, a timeout, #WAKE, >TO, %REQUEUE, &BITS, @CHANGE, ?RELATION. */
static void put_futex(struct op_operands *operands, char *word)
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

static enum op_mask_how how_of(const char *word)
{
	return !strcmp(word, "block") ? MASK_BLOCK : !strcmp(word, "set") ? MASK_SET : MASK_UNBLOCK;
}

static void put_operand(struct op_operands *operands, char letter, char *word)
{
	const char *error = NULL;
	u64 *value = &operands->quantity.value;
	char *save = NULL;

	switch (letter) {
	case 'd':
		cr_assert(parse_duration(word, strlen(word), 1, value, &error), "%s: %s", word,
			  error);
		break;
	case 'z':
		cr_assert(parse_size(word, strlen(word), value, &error), "%s: %s", word, error);
		break;
	case 'n':
		cr_assert(parse_u64(word, strlen(word), value, &error), "%s: %s", word, error);
		break;
	case 'i':
		cr_assert(parse_s64(word, strlen(word), &operands->integer, &error));
		break;
	case 'u':
		put_futex(operands, word);
		break;
	case '=':
		operands->more = !strcmp(word, "more");
		break;
	case '!':
		operands->irqsave = !strcmp(word, "irqsave");
		break;
	case 'o':
		operands->nonblock = !strcmp(word, "try");
		cr_assert(operands->nonblock || parse_duration(word, strlen(word), 1,
							  &operands->timeout_ns, &error));
		break;
	case 'M':
		operands->mutex = word;
		break;
	case 't':
	case 'T':
		operands->task = word;
		break;
	case 'C':
		operands->cpus = word;
		break;
	case 'P':
		operands->attr = policy_of(word);
		break;
	case 'O':
		operands->group = strtok_r(word, "+", &save);
		put_freeze(operands, strtok_r(NULL, "+", &save));
		break;
	case '?':
		operands->of_child = true;
		operands->group = strcmp(word, "own") ? word : NULL;
		break;
	case 'k':
		operands->group = word;
		break;
	case 'x':
		operands->text = word;
		break;
	case 'g':
		put_signal(operands, word);
		break;
	case 'G':
		put_sigset(operands, word);
		break;
	case 'q':
		put_queue(operands, word);
		break;
	case 'Q':
		put_wake(operands, word);
		break;
	case 'w':
		put_wait(operands, word);
		break;
	case 'W':
		put_watch(operands, word);
		break;
	case 'K':
	case 'b':
	case 'D':
		put_kernel_wait(operands, word);
		break;
	case 'U':
		put_socket(operands, word);
		break;
	case 'V':
		put_timer(operands, word);
		break;
	case 'Y':
		put_own_timer(operands, word);
		break;
	case 'I':
		for (u32 i = 0; i < NR_ITIMERS; i++)
			if (!strcmp(word, itimer_names[i]))
				operands->itimer = (enum itimer)i;
		break;
	case 'E':
		put_epoll(operands, word);
		break;
	case 'h':
		operands->how = how_of(word);
		break;
	case '%':
		put_trace_events(operands, word);
		break;
	case 'S':
		operands->signal = strcmp(word, "same") ? signal_find(word) : OP_SIGNAL_SAME;
		break;
	case 'H':
		put_action(operands, word);
		break;
	default:
		operands->resource = word;
	}
}

/* "USR1", or nothing. */
static void put_notify(struct op_operands *operands, const char *word)
{
	operands->signal = word ? signal_find(word) : 0;
}

static void add_statement(struct rig *rig, char *statement)
{
	struct op_operands operands = {0};
	char *save = NULL, *key = strtok_r(statement, " ", &save);

	if (!key)
		return;
	if (!strcmp(key, "io!")) {
		key[2] = 0;
		operands.killable = true;
	}
	if (key[strlen(key) - 1] == '~') {
		key[strlen(key) - 1] = 0;
		operands.nonblock = true;
	}
	if (!strcmp(key, "end")) {
		builder_end_loop(rig->builder, nowhere);
		return;
	}
	for (u32 code = 0; code < NR_OPS; code++) {
		if (strcmp(op_infos[code].key, key))
			continue;
		for (const char *letter = op_infos[code].operands; *letter; letter++) {
			char *word = *letter == 'j' ? NULL : strtok_r(NULL, " ", &save);

			if (word && *letter == OPERAND_FUTEX_VECTOR)
				put_words(rig, &operands, word);
			else if (word && *letter == OPERAND_POLL)
				put_files(rig, &operands, word, strtok_r(NULL, " ", &save));
			else if (word && *letter == OPERAND_CLONE_FLAGS)
				put_clone(rig, &operands, word);
			else if (word)
				put_operand(&operands, *letter, word);
			if (code == OP_MQ_NOTIFY)
				put_notify(&operands, strtok_r(NULL, " ", &save));
			else if (strchr("ABJ", *letter))
				put_message(rig, &operands, *letter, &save);
		}
		builder_op(rig->builder, nowhere, (enum op_code)code, &operands);
		return;
	}
	cr_assert_fail("no op '%s'", key);
}

static void add_task(struct rig *rig, const char *name, struct rig_attr attr, bool is_template,
		     const char *program)
{
	struct task_spec *spec = builder_task_begin(rig->builder, nowhere, name);
	char *text = arena_strdup(&rig->arena, program), *save = NULL;

	spec->is_template = is_template;
	if (attr.fifo) {
		spec->attr.policy = POLICY_FIFO;
		spec->attr.rt_priority = (u8)attr.fifo;
	}
	spec->attr.nice = (s8)attr.nice;
	spec->start_ns = attr.start_ns;
	spec->timer_slack_ns = 0;
	if (attr.count)
		spec->count = attr.count;
	if (attr.woken)
		spec->birth = BIRTH_WOKEN;
	if (attr.slept_on)
		spec->cpu = attr.slept_on;
	spec->memory = (struct memory_spec){
		.pages = attr.pages,
		.resident = attr.pages,
		.vmas = attr.pages ? 1 : 0,
	};
	spec->limit_rttime = attr.rttime;
	spec->limit_cpu = attr.cpu;
	spec->kthread = attr.kthread;
	spec->is_template |= attr.is_template;
	spec->limit_nproc = attr.nproc;
	spec->limit_sigpending = attr.sigpending;
	if (attr.user)
		builder_task_user(rig->builder, attr.user);
	if (attr.group)
		builder_task_group(rig->builder, nowhere, attr.group);
	if (attr.cpus)
		spec->affinity = builder_cpus(rig->builder, nowhere, attr.cpus);
	if (attr.thread_of)
		builder_thread_of(rig->builder, nowhere, attr.thread_of);
	for (char *s = strtok_r(text, ";", &save); s; s = strtok_r(NULL, ";", &save))
		add_statement(rig, s);
	builder_task_end(rig->builder);
}

void rig_task_attr(struct rig *rig, const char *name, struct rig_attr attr, const char *program)
{
	add_task(rig, name, attr, false, program);
}

void rig_task(struct rig *rig, const char *name, const char *program)
{
	add_task(rig, name, (struct rig_attr){0}, false, program);
}

void rig_template(struct rig *rig, const char *name, const char *program)
{
	add_task(rig, name, (struct rig_attr){0}, true, program);
}

/* ---- What happened ---- */

static const char *comm(const struct rig *rig, u32 task)
{
	const struct roster_entry *entry = roster_get(&rig->roster, task);

	return entry ? names_text(&rig->names, entry->comm) : "-";
}

static bool is_ours(const struct rig *rig, u32 task)
{
	const struct roster_entry *entry = roster_get(&rig->roster, task);

	return entry && entry->flags & RECORD_FLAG_WORKLOAD;
}

/* "signal_generate p CHLD group ignored code=1": to a process or to a thread. */
static void add_signal(struct text *out, const struct record *r)
{
	static const char *const results[] = {"delivered", "ignored", "pending", "overflow", "lost"};
	char name[SIGNAL_NAME_MAX];

	text_printf(out, " %s", signal_name(r->arg & 0xff, name));
	if (r->kind == RECORD_SIGNAL_GENERATE)
		text_printf(out, " %s %s code=%d", r->arg >> 8 ? "group" : "thread",
			    results[r->value], (s32)r->other);
	else
		text_printf(out, " %s", r->value >> 32 > 1	  ? "handler"
					: r->value >> 32 == 1 ? "ignored"
							      : "default");
}

static void add_details(struct rig *rig, const struct record *r)
{
	struct text *out = &rig->lines;
	char state[16];

	switch ((enum record_kind)r->kind) {
	case RECORD_SWITCH:
		text_printf(out, " %s > %s", record_state_text(record_prev_state(r), state),
			    comm(rig, r->other));
		break;
	case RECORD_TID:
		text_printf(out, " %u", r->arg);
		break;
	case RECORD_FORK:
		text_printf(out, " by %s", comm(rig, r->other));
		break;
	case RECORD_EXIT:
		text_printf(out, " 0x%x", (u32)(r->value >> 32));
		break;
	case RECORD_KTHREAD_STOP_RET:
		text_printf(out, " %d", (s32)r->value);
		break;
	case RECORD_PI_SETPRIO:
		text_printf(out, " %d>%d", (s16)(r->arg >> 16), (s16)r->arg);
		break;
	case RECORD_ATTR:
		text_printf(out, " %s %d", policy_name(r->arg >> 8), (s32)r->value);
		break;
	case RECORD_MIGRATE:
		text_printf(out, " %u>%u", r->arg & 0xffff, r->arg >> 16);
		break;
	case RECORD_SIGNAL_GENERATE:
	case RECORD_SIGNAL_DELIVER:
		add_signal(out, r);
		break;
	case RECORD_FAILED:
		text_printf(out, " %s %s", strerrorname_np((int)r->arg),
			    names_text(&rig->names, (u32)r->value));
		break;
	case RECORD_FAULT:
		text_printf(out, " %s %u", (const char *[]){"anonymous", "reused", "copied", "found"}[r->arg],
			    (u32)r->value);
		break;
	case RECORD_MARK:
	case RECORD_RENAME:
	case RECORD_EXEC:
		text_printf(out, " %s", names_text(&rig->names, (u32)r->value));
		break;
	default:
		break;
	}
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct rig *rig = self;
	char when[16];

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		roster_take(&rig->roster, r);
		if (r->kind == RECORD_FORK && r->arg < ARRAY_SIZE(rig->given))
			rig->given[r->arg]++;
		if (!(rig->kinds >> r->kind & 1) ||
		    !(is_ours(rig, r->task) ||
		      (r->kind == RECORD_SWITCH && is_ours(rig, r->other))))
			continue;
		format_duration(r->when, when);
		text_printf(&rig->lines, "%s %s %s", when, record_kind_names[r->kind],
			    comm(rig, r->task));
		add_details(rig, r);
		text_add_char(&rig->lines, '\n');
	}
}

const char *rig_run(struct rig *rig, u64 kinds)
{
	const struct workload *workload = builder_finish(rig->builder);
	struct text messages = {0};
	struct sim *sim;

	diag_to_text(rig->diag, &messages);
	cr_assert(workload, "%s", messages.at);
	text_fini(&messages);
	rig->kinds = kinds;
	names_init(&rig->names);
	stream_init(&rig->stream, &rig->names, workload->platform.nr_cpus);
	roster_init(&rig->roster);
	stream_add_sink(&rig->stream,
			(struct sink){.self = rig, .wants = kinds | ROSTER_WANTS, .take = take});
	sim = sim_new(workload, &rig->stream, &rig->names);
	if (!sim_run(sim))
		rig->failure = strdup(sim_failure(sim));
	rig->end = sim_now(sim);
	sim_free(sim);
	roster_fini(&rig->roster);
	stream_fini(&rig->stream);
	names_fini(&rig->names);
	text_add(&rig->lines, "");
	return rig->lines.at;
}

void rig_expect(struct rig *rig, u64 kinds, const char *lines)
{
	const char *got = rig_run(rig, kinds);

	cr_expect(!rig->failure, "%s", rig->failure);
	cr_expect_str_eq(got, lines, "expected\n%sgot\n%s", lines, got);
	rig_fini(rig);
}

void rig_expect_failure(struct rig *rig, const char *text)
{
	rig_run(rig, 0);
	cr_expect(rig->failure && strstr(rig->failure, text), "expected '%s', got '%s'", text,
		  rig->failure ? rig->failure : "no failure");
	rig_fini(rig);
}

struct costs *rig_init_costs(struct rig *rig)
{
	rig_init(rig, 1, "v6.12");
	builder_platform(rig->builder)->kernel_threads = false;
	return &builder_platform(rig->builder)->costs;
}

void rig_expect_switch(struct rig *rig, const char *line)
{
	const char *lines = rig_run(rig, RECORD_BIT(SWITCH));

	cr_expect(strstr(lines, line), "no '%s' in\n%s", line, lines);
	rig_fini(rig);
}
