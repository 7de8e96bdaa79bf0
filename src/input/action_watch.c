/* SPDX-License-Identifier: MIT */
/*
 * Actions that watch several things at once: poll, select, epolls; and what is done when something
 * is ready.
 */
#include "input/quantity.h"
#include "input/scenario.h"

#include <string.h>

static const char *about(struct reader *r, const struct doc_node *node)
{
	return arena_printf(r->scratch, "action '%s'", node->key);
}

/* What an epoll watches; one of the names, and how. */
struct watch_map {
	const struct doc_node *epoll, *target[NR_WATCH_KINDS], *body;
	const struct doc_node *events, *end;
	bool edge, exclusive, oneshot;
};

static const char *const watch_keys[NR_WATCH_KINDS] = {
	[WATCH_PIPE] = "pipe",     [WATCH_EVENTFD] = "eventfd",   [WATCH_TIMERFD] = "timerfd",
	[WATCH_SOCKET] = "socket", [WATCH_MQUEUE] = "mqueue",     [WATCH_LISTENER] = "listener",
	[WATCH_EPOLL] = "inner",   [WATCH_SIGNALFD] = "signalfd", [WATCH_CONNECTION] = "connection",
};

#define WATCH_TARGETS                                                                        \
	FIELD("pipe", FIELD_NODE, struct watch_map, target[WATCH_PIPE]),                     \
		FIELD("eventfd", FIELD_NODE, struct watch_map, target[WATCH_EVENTFD]),       \
		FIELD("timerfd", FIELD_NODE, struct watch_map, target[WATCH_TIMERFD]),       \
		FIELD("socket", FIELD_NODE, struct watch_map, target[WATCH_SOCKET]),         \
		FIELD("mqueue", FIELD_NODE, struct watch_map, target[WATCH_MQUEUE]),         \
		FIELD("listener", FIELD_NODE, struct watch_map, target[WATCH_LISTENER]),     \
		FIELD("inner", FIELD_NODE, struct watch_map, target[WATCH_EPOLL]),           \
		FIELD("signalfd", FIELD_NODE, struct watch_map, target[WATCH_SIGNALFD]),     \
		FIELD("connection", FIELD_NODE, struct watch_map, target[WATCH_CONNECTION]), \
		FIELD("end", FIELD_NODE, struct watch_map, end),                             \
		FIELD("events", FIELD_NODE, struct watch_map, events)

static bool read_events(struct reader *r, const struct doc_node *node, u8 *out)
{
	static const char *const words[] = {"in", "out"};
	u32 word;

	*out = 0;
	if (node && node->kind != DOC_LIST) {
		if (!read_word(r, node, words, ARRAY_SIZE(words), &word))
			return false;
		*out = (u8)(1 << word);
	} else if (node) {
		doc_for_each (item, node) {
			if (!read_word(r, item, words, ARRAY_SIZE(words), &word))
				return false;
			*out |= (u8)(1 << word);
		}
	}
	if (!*out)
		*out = WATCH_IN;
	return true;
}

static bool read_end(struct reader *r, const struct doc_node *node, u64 *out)
{
	return read_uint(r, node, 0, 1, out);
}

/* Exactly one thing is named. */
static bool read_target(struct reader *r, const struct doc_node *node, const char *where,
			const struct watch_map *m, const char **name, struct op_watch *watch)
{
	const struct doc_node *found = NULL;
	u64 end = 0;

	for (u32 i = 0; i < NR_WATCH_KINDS; i++) {
		if (!m->target[i])
			continue;
		if (found)
			return diag_error(r->diag, m->target[i]->key_loc,
					  "%s is about one thing, not about '%s' and '%s'", where,
					  found->key, watch_keys[i]);
		found = m->target[i];
		watch->kind = (u8)i;
	}
	if (!found)
		return diag_error(
			r->diag, node->loc,
			"%s does not say what: 'pipe', 'eventfd', 'timerfd', 'socket', 'mqueue', 'listener', "
			"'connection', 'signalfd', or 'inner', an epoll",
			where);
	if ((watch->kind == WATCH_SOCKET) != !!m->end)
		return diag_error(r->diag, m->end ? m->end->key_loc : node->loc,
				  m->end ? "%s: only a socket has an 'end'"
					 : "%s has no 'end': 0 or 1, which of the socket pair",
				  where);
	if (m->end && !read_end(r, m->end, &end))
		return false;
	watch->end = (u8)end;
	return read_name(r, found, name) && read_events(r, m->events, &watch->events);
}

/* epoll_add: {epoll: ep, pipe: p, events: in, edge: true}; epoll_mod likewise; epoll_del. */
bool read_epoll_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct watch_map m = {0};
	static const struct field table[] = {
		FIELD("epoll", FIELD_NODE, struct watch_map, epoll, .required = true),
		WATCH_TARGETS,
		FIELD("edge", FIELD_BOOL, struct watch_map, edge),
		FIELD("exclusive", FIELD_BOOL, struct watch_map, exclusive),
		FIELD("oneshot", FIELD_BOOL, struct watch_map, oneshot),
	};
	const char *where = about(r, node);

	if (!fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return false;
	out->watch.how = (u8)((m.edge ? WATCH_EDGE : 0) | (m.exclusive ? WATCH_EXCLUSIVE : 0) |
			      (m.oneshot ? WATCH_ONESHOT : 0));
	return read_name(r, m.epoll, &out->resource) &&
	       read_target(r, node, where, &m, &out->watched, &out->watch);
}

static bool read_file(struct reader *r, const struct doc_node *node, const char *where,
		      struct watched *out)
{
	static const struct field table[] = {WATCH_TARGETS};
	struct watch_map m = {0};

	return fields_read(r, node, where, table, ARRAY_SIZE(table), &m) &&
	       read_target(r, node, where, &m, &out->name, &out->watch);
}

/*
 * poll: {files: [{pipe: p}, {socket: s, end: 0, events: [in, out]}], timeout: 5ms, nonblock: true};
 * select likewise.
 */
bool read_poll_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct poll_map {
		const struct doc_node *files;
		u64 timeout;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("files", FIELD_NODE, struct poll_map, files, .required = true),
		FIELD("timeout", FIELD_DURATION, struct poll_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
		FIELD("nonblock", FIELD_BOOL, struct poll_map, nonblock),
	};
	const char *where = about(r, node), *each = arena_printf(r->scratch, "a file of %s", where);
	struct watched *files;

	if (!fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return false;
	if (m.files->kind != DOC_LIST)
		return node_mismatch(r, m.files, "a list of what to look at");
	if (!m.files->nr)
		return diag_error(r->diag, m.files->loc,
				  "%s has nothing to look at: 'files' is empty", where);
	out->files = files = arena_array(r->scratch, struct watched, m.files->nr);
	doc_for_each (item, m.files) {
		if (!read_file(r, item, each, &files[out->nr_files++]))
			return false;
	}
	out->timeout_ns = m.timeout;
	out->nonblock = m.nonblock;
	return true;
}

/* ready: {pipe: p, do: [...]}; the body is the caller's. */
bool read_ready_action(struct reader *r, const struct doc_node *node, struct op_operands *out,
		       const struct doc_node **body)
{
	struct watch_map m = {0};
	static const struct field table[] = {
		WATCH_TARGETS,
		FIELD("do", FIELD_NODE, struct watch_map, body, .required = true),
	};
	const char *where = about(r, node);

	if (!fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return false;
	*body = m.body;
	return read_target(r, node, where, &m, &out->watched, &out->watch);
}

/* epoll_wait: ep, or {epoll: ep, max: 1, timeout: 10ms, nonblock: true}. */
bool read_epoll_wait_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct wait_map {
		const struct doc_node *epoll;
		u32 max;
		u64 timeout;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("epoll", FIELD_NODE, struct wait_map, epoll, .required = true),
		FIELD("max", FIELD_UINT, struct wait_map, max, .lowest = 1, .highest = 1024),
		FIELD("timeout", FIELD_DURATION, struct wait_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
		FIELD("nonblock", FIELD_BOOL, struct wait_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'epoll_wait'", table, ARRAY_SIZE(table), &m))
		return false;
	out->most = m.max;
	out->timeout_ns = m.timeout;
	out->nonblock = m.nonblock;
	return read_name(r, m.epoll, &out->resource);
}
