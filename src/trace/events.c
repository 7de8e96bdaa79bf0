/* SPDX-License-Identifier: MIT */
/*
 * The events of a kernel trace that we know.
 *
 * Names, order and notation of the fields are those that kernels 6.1 to 6.18 print; what came or
 * went with a version is optional. A text value may hold blanks and anything else: it ends at the
 * first place where the next key begins and all that follows fits.
 */
#include "trace/events.h"

#define KEY(literal) .key = literal, .key_len = sizeof(literal) - 1
#define RAW(literal) .raw_key = literal, .raw_key_len = sizeof(literal) - 1

#define TEXT_FIELD(literal, where, ...)                                      \
	{                                                                    \
		KEY(literal), .type = FIELD_TEXT, .slot = where, __VA_ARGS__ \
	}
#define FIELD(literal, kind, where, ...)                               \
	{                                                              \
		KEY(literal), .type = kind, .slot = where, __VA_ARGS__ \
	}
#define OPTIONAL .optional = true

/* The fields option of some kernels leaves the comm out: then the pid comes first. */
#define COMM          TEXT_FIELD("comm=", EVENT_COMM, OPTIONAL)
#define PID           FIELD(" pid=", FIELD_DECIMAL, EVENT_PID, RAW("pid="))
#define PRIO          FIELD(" prio=", FIELD_DECIMAL, EVENT_PRIO)

#define NAME(literal) .name = literal, .name_len = sizeof(literal) - 1
#define EVENT(literal, what, count, ...)                                                       \
	{                                                                                      \
		NAME(literal), .role = ROLE_RECORD, .kind = RECORD_##what, .nr_fields = count, \
			       .fields = {                                                     \
				       __VA_ARGS__                                             \
			       }                                                               \
	}
#define WAKE(literal, what)                                               \
	EVENT(literal, what, 5, COMM, PID, PRIO,                          \
	      FIELD(" success=", FIELD_DECIMAL, EVENT_IGNORED, OPTIONAL), \
	      FIELD(" target_cpu=", FIELD_CPU, EVENT_CPU))
#define STAT(literal, what) \
	EVENT(literal, what, 3, COMM, PID, FIELD(" delay=", FIELD_NS, EVENT_VALUE))
#define MARK(literal)                                                 \
	{                                                             \
		NAME(literal), .role = ROLE_MARK, .kind = RECORD_MARK \
	}
#define OTHER(literal, what)                                    \
	{                                                       \
		NAME(literal), .role = what, .kind = RECORD_IRQ \
	}

const struct event_desc event_descs[] = {
	EVENT("sched_switch", SWITCH, 7, TEXT_FIELD("prev_comm=", EVENT_COMM),
	      FIELD(" prev_pid=", FIELD_DECIMAL, EVENT_PID),
	      FIELD(" prev_prio=", FIELD_DECIMAL, EVENT_PRIO),
	      FIELD(" prev_state=", FIELD_STATE, EVENT_VALUE),
	      TEXT_FIELD(" ==> next_comm=", EVENT_OTHER_COMM, RAW(" next_comm=")),
	      FIELD(" next_pid=", FIELD_DECIMAL, EVENT_OTHER_PID),
	      FIELD(" next_prio=", FIELD_DECIMAL, EVENT_OTHER_PRIO)),
	WAKE("sched_waking", WAKING),
	WAKE("sched_wakeup", WAKEUP),
	WAKE("sched_wakeup_new", WAKEUP_NEW),
	EVENT("sched_stat_runtime", RUNTIME, 4, COMM, PID,
	      FIELD(" runtime=", FIELD_NS, EVENT_VALUE),
	      FIELD(" vruntime=", FIELD_NS, EVENT_VRUNTIME, OPTIONAL)),
	STAT("sched_stat_wait", STAT_WAIT),
	STAT("sched_stat_sleep", STAT_SLEEP),
	STAT("sched_stat_iowait", STAT_IOWAIT),
	STAT("sched_stat_blocked", STAT_BLOCKED),
	EVENT("sched_migrate_task", MIGRATE, 5, COMM, PID, PRIO,
	      FIELD(" orig_cpu=", FIELD_DECIMAL, EVENT_OTHER_CPU),
	      FIELD(" dest_cpu=", FIELD_DECIMAL, EVENT_CPU)),
	EVENT("sched_process_fork", FORK, 4, TEXT_FIELD("comm=", EVENT_COMM, RAW("parent_comm=")),
	      FIELD(" pid=", FIELD_DECIMAL, EVENT_PID, RAW(" parent_pid=")),
	      TEXT_FIELD(" child_comm=", EVENT_OTHER_COMM),
	      FIELD(" child_pid=", FIELD_DECIMAL, EVENT_OTHER_PID)),
	EVENT("task_newtask", NEWTASK, 4, FIELD("pid=", FIELD_DECIMAL, EVENT_PID),
	      TEXT_FIELD(" comm=", EVENT_COMM),
	      FIELD(" clone_flags=", FIELD_HEX, EVENT_VALUE, OPTIONAL),
	      FIELD(" oom_score_adj=", FIELD_DECIMAL, EVENT_IGNORED)),
	EVENT("task_rename", RENAME, 4, FIELD("pid=", FIELD_DECIMAL, EVENT_PID),
	      TEXT_FIELD(" oldcomm=", EVENT_COMM), TEXT_FIELD(" newcomm=", EVENT_OTHER_COMM),
	      FIELD(" oom_score_adj=", FIELD_DECIMAL, EVENT_IGNORED)),
	EVENT("sched_prepare_exec", PREPARE_EXEC, 4, TEXT_FIELD("interp=", EVENT_OTHER_COMM),
	      TEXT_FIELD(" filename=", EVENT_OTHER_COMM), PID, TEXT_FIELD(" comm=", EVENT_COMM)),
	EVENT("sched_process_exec", EXEC, 3, TEXT_FIELD("filename=", EVENT_OTHER_COMM), PID,
	      FIELD(" old_pid=", FIELD_DECIMAL, EVENT_OTHER_PID)),
	EVENT("sched_process_exit", EXIT, 4, COMM, PID, PRIO,
	      FIELD(" group_dead=", FIELD_TRUTH, EVENT_VALUE, OPTIONAL)),
	EVENT("sched_process_wait", WAIT, 3, COMM, PID, PRIO),
	EVENT("sched_process_free", FREE, 3, COMM, PID, PRIO),
	EVENT("sched_kthread_stop", KTHREAD_STOP, 2, COMM, PID),
	EVENT("sched_kthread_stop_ret", KTHREAD_STOP_RET, 1,
	      FIELD("ret=", FIELD_DECIMAL, EVENT_VALUE)),
	EVENT("sched_pi_setprio", PI_SETPRIO, 4, COMM, PID,
	      FIELD(" oldprio=", FIELD_DECIMAL, EVENT_PRIO),
	      FIELD(" newprio=", FIELD_DECIMAL, EVENT_OTHER_PRIO)),
	EVENT("signal_generate", SIGNAL_GENERATE, 7, FIELD("sig=", FIELD_DECIMAL, EVENT_SIGNAL),
	      FIELD(" errno=", FIELD_DECIMAL, EVENT_IGNORED),
	      FIELD(" code=", FIELD_DECIMAL, EVENT_OTHER_PRIO), TEXT_FIELD(" comm=", EVENT_COMM),
	      PID, FIELD(" grp=", FIELD_DECIMAL, EVENT_GROUP),
	      FIELD(" res=", FIELD_DECIMAL, EVENT_VALUE)),
	EVENT("signal_deliver", SIGNAL_DELIVER, 5, FIELD("sig=", FIELD_DECIMAL, EVENT_SIGNAL),
	      FIELD(" errno=", FIELD_DECIMAL, EVENT_IGNORED),
	      FIELD(" code=", FIELD_DECIMAL, EVENT_OTHER_PRIO),
	      FIELD(" sa_handler=", FIELD_HEX, EVENT_VALUE),
	      FIELD(" sa_flags=", FIELD_HEX, EVENT_GROUP)),
	MARK("tracing_mark_write"),
	MARK("print"),
	MARK("bprint"),
	MARK("bputs"),
	OTHER("irq_handler_entry", ROLE_HARDIRQ_BEGIN),
	OTHER("irq_handler_exit", ROLE_HARDIRQ_END),
	OTHER("softirq_entry", ROLE_SOFTIRQ_BEGIN),
	OTHER("softirq_exit", ROLE_SOFTIRQ_END),
};

const u32 nr_event_descs = ARRAY_SIZE(event_descs);

const struct event_desc *event_desc_of(enum record_kind kind)
{
	for (u32 i = 0; i < nr_event_descs; i++)
		if (event_descs[i].kind == kind && event_descs[i].role <= ROLE_MARK)
			return &event_descs[i];
	return NULL;
}

/* Names: three words, masked to the length, so that no byte behind the name counts. */

static u64 name_word(const char *name, size_t len, u32 i)
{
	return len > 8 * i ? scan_word(name + 8 * i) & scan_mask((u32)len - 8 * i) : 0;
}

static inline u32 name_slot(const char *name, size_t len)
{
	u64 mixed = name_word(name, len, 0) * 31 + name_word(name, len, 1) * 7 +
		    name_word(name, len, 2) + len;

	return (u32)(mixed * 0x9e3779b97f4a7c15ULL >> 58);
}

void event_index_init(struct event_index *index)
{
	static_assert(ARRAY_SIZE(event_descs) * 2 < ARRAY_SIZE(index->slot),
		      "the index is too small");
	memset(index, 0, sizeof(*index));
	for (u32 i = 0; i < nr_event_descs; i++) {
		u32 at = name_slot(event_descs[i].name, event_descs[i].name_len);

		while (index->slot[at])
			at = (at + 1) % ARRAY_SIZE(index->slot);
		index->slot[at] = &event_descs[i];
	}
}

const struct event_desc *event_find(const struct event_index *index, const char *name, size_t len)
{
	const struct event_desc *desc;

	if (len == 0 || len > EVENT_NAME_MAX)
		return NULL;
	for (u32 at = name_slot(name, len); (desc = index->slot[at]);
	     at = (at + 1) % ARRAY_SIZE(index->slot)) {
		if (desc->name_len == len && scan_word(desc->name) == name_word(name, len, 0) &&
		    scan_word(desc->name + 8) == name_word(name, len, 1) &&
		    scan_word(desc->name + 16) == name_word(name, len, 2))
			return desc;
	}
	return NULL;
}

/* Parsing. */

static inline bool key_at(const char *at, const char *key, u32 len)
{
	return ((scan_word(at) ^ scan_word(key)) & scan_mask(len)) == 0 &&
	       (len <= 8 || ((scan_word(at + 8) ^ scan_word(key + 8)) & scan_mask(len - 8)) == 0);
}

/* The length of @field's key if it stands at @at, else 0. */
static inline u32 field_key_at(const char *at, const char *end, const struct event_field *field)
{
	if (key_at(at, field->key, field->key_len) && at + field->key_len <= end)
		return field->key_len;
	if (unlikely(field->raw_key_len) && key_at(at, field->raw_key, field->raw_key_len) &&
	    at + field->raw_key_len <= end)
		return field->raw_key_len;
	return 0;
}

/*
 * The first place in [at, end) where the key of @field stands, or of what follows it if it is
 * optional; @end if there is nothing left to follow.
 */
static inline const char *find_next_key(const char *at, const char *end,
					const struct event_field *field,
					const struct event_field *fields_end)
{
	if (field == fields_end)
		return end;
	for (; (at = scan_find(at, end, ' ')); at++) {
		if (likely(field_key_at(at, end, field)))
			return at;
		for (const struct event_field *f = field; f->optional && ++f < fields_end;)
			if (field_key_at(at, end, f))
				return at;
	}
	return NULL;
}

static const char *parse_truth(const char *at, const char *end, s64 *out)
{
	if (scan_at(at, end, "true")) {
		*out = 1;
		return at + 4;
	}
	if (scan_at(at, end, "false")) {
		*out = 0;
		return at + 5;
	}
	if (*at == '(') { /* the fields option */
		at = scan_number(at + 1, out);
		return at && *at == ')' ? at + 1 : NULL;
	}
	return scan_number(at, out);
}

/* Kernel text prints clone_flags in bare hexadecimal, raw text prints them as any other number. */
static const char *parse_hex(const char *at, bool raw, s64 *out)
{
	const char *from = at;
	u64 value;

	if (raw || (at[0] == '0' && at[1] == 'x'))
		return scan_number(at, out);
	at = scan_hex(at, &value);
	*out = (s64)value;
	return at == from ? NULL : at;
}

static inline const char *parse_number_field(const struct event_field *field, const char *at,
					     const char *end, bool raw, struct event_values *values)
{
	s64 *out = &values->number[field->slot];
	const char *from = at;

	switch ((enum event_field_type)field->type) {
	case FIELD_HEX:
		at = parse_hex(at, raw, out);
		break;
	case FIELD_TRUTH:
		at = parse_truth(at, end, out);
		break;
	case FIELD_STATE:
		while (at < end && !scan_is_blank(*at))
			at++;
		if (at + 1 < end && at[1] == '(') /* 0x100 (256) */
			at = scan_number(from, out);
		values->state = (struct span){from, at ? (u32)(at - from) : 0};
		return values->state.len ? at : NULL;
	case FIELD_NS:
		at = scan_number(at, out);
		if (at && scan_at(at, end, " [ns]"))
			at += 5;
		break;
	default:
		at = scan_number(at, out);
	}
	values->given |= 1u << field->slot;
	return at;
}

/* Reads @field at @at. Returns where the next one begins, or NULL. */
static inline const char *parse_field(const struct event_field *field,
				      const struct event_field *fields_end, const char *at,
				      const char *end, bool raw, struct event_values *values)
{
	u32 key_len = field_key_at(at, end, field);
	const char *from = at + key_len;

	if (unlikely(!key_len))
		return field->optional ? at : NULL;
	if (field->type != FIELD_TEXT)
		return parse_number_field(field, from, end, raw, values);
	at = find_next_key(from, end, field + 1, fields_end);
	values->text[field->slot] = (struct span){from, at ? (u32)(at - from) : 0};
	return at;
}

/*
 * A text may hold what looks like the next key. Then what follows does not fit, and the text is
 * taken to go on to the next such place: @last is the last text that was read.
 */
static const char *lengthen_text(const struct event_field *last,
				 const struct event_field *fields_end, const char *end,
				 struct event_values *values)
{
	struct span *text = &values->text[last->slot];
	const char *at = text->at + text->len;

	if (at >= end)
		return NULL;
	at = find_next_key(at + 1, end, last + 1, fields_end);
	text->len = at ? (u32)(at - text->at) : 0;
	return at;
}

bool event_parse(const struct event_desc *desc, const char *at, const char *end, bool raw,
		 struct event_values *values)
{
	const struct event_field *field = desc->fields, *fields_end = field + desc->nr_fields,
				 *last = NULL;

	values->given = 0;
	values->text[EVENT_COMM] = values->text[EVENT_OTHER_COMM] = (struct span){NULL, 0};
	while (field < fields_end) {
		const char *next = parse_field(field, fields_end, at, end, raw, values);

		if (unlikely(!next || next > end)) {
			if (!last || field == last)
				return false;
			next = lengthen_text(last, fields_end, end, values);
			if (!next)
				return false;
			field = last;
		}
		if (field->type == FIELD_TEXT && values->text[field->slot].at)
			last = field;
		at = next;
		field++;
	}
	return true;
}

struct span event_mark_text(const char *at, const char *end)
{
	const char *colon = scan_find(at, at + min_of(end - at, 64), ':');
	bool address = scan_at(at, end, "0x"), function, field = scan_at(at, end, "ip=");

	if (field) { /* raw text: ip=0xffffffff8149ab1a buf=... */
		const char *buf = scan_search(at, end, " buf=", 5);

		return buf ? (struct span){buf + 5, (u32)(end - buf - 5)}
			   : (struct span){at, (u32)(end - at)};
	}
	function = colon && colon - at >= 10 && memcmp(colon - 10, "mark_write", 10) == 0;
	if (colon && (address || function) && !memchr(at, ' ', (size_t)(colon - at))) {
		at = colon + 1;
		at += at < end && *at == ' ';
	}
	return (struct span){at, (u32)(end - at)};
}

/* Printing. */

char *event_put_text(char *at, struct span text)
{
	char *newline = at, *end = at + text.len;

	memcpy(at, text.at, text.len);
	while (unlikely((newline = memchr(newline, '\n', (size_t)(end - newline))) != NULL))
		*newline = ' ';
	return end;
}

static char *put_bytes(char *at, const char *from, size_t len)
{
	memcpy(at, from, len);
	return at + len;
}

static char *put_s64(char *at, s64 value)
{
	if (value < 0)
		*at++ = '-';
	return text_put_u64(at, value < 0 ? 0 - (u64)value : (u64)value);
}

static char *put_hex(char *at, u64 value)
{
	u32 digits = value ? (67 - (u32)__builtin_clzll(value)) / 4 : 1;

	while (digits--)
		*at++ = "0123456789abcdef"[value >> 4 * digits & 15];
	return at;
}

static char *put_number(char *at, const struct event_field *field, s64 value)
{
	char state[16];

	switch ((enum event_field_type)field->type) {
	case FIELD_CPU:
		return value < 100 && value >= 0 ? text_put_u64_zero(at, (u64)value, 3)
						 : put_s64(at, value);
	case FIELD_HEX:
		return put_hex(at, (u64)value);
	case FIELD_NS:
		return put_bytes(text_put_u64(at, (u64)value), " [ns]", 5);
	case FIELD_STATE:
		record_state_text((u32)value, state);
		return put_bytes(at, state, strlen(state));
	case FIELD_TRUTH:
		return value ? put_bytes(at, "true", 4) : put_bytes(at, "false", 5);
	default:
		return put_s64(at, value);
	}
}

char *event_print(const struct event_desc *desc, const struct event_values *values, char *at)
{
	for (u32 i = 0; i < desc->nr_fields; i++) {
		const struct event_field *field = &desc->fields[i];

		if (field->optional && field->type != FIELD_TEXT &&
		    !(values->given >> field->slot & 1))
			continue;
		at = put_bytes(at, field->key, field->key_len);
		if (field->type == FIELD_TEXT)
			at = event_put_text(at, values->text[field->slot]);
		else
			at = put_number(at, field, values->number[field->slot]);
	}
	return at;
}
