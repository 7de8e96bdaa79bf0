/* SPDX-License-Identifier: MIT */
/*
 * What tasks send each other messages by, declared: sockets, listeners, epolls, sets, shared
 * memory, queues.
 */
#include "input/scenario.h"

#define SHM_PAGES_MOST (1ULL << 36)

enum { BACKLOG_MOST = 65535 };
enum { SEMS_MOST = 32000, SEM_VALUE_MOST = 32767 };

/* s: {sndbuf: 64KiB, eof: true}. */
static void read_socket(struct reader *r, const struct doc_node *node, const char *name)
{
	struct socket_map {
		u64 sndbuf;
		bool eof;
		u32 type;
	} m = {0};
	static const char *const types[] = {"stream", "datagram", "mailbox"};
	static const struct field table[] = {
		FIELD("sndbuf", FIELD_SIZE, struct socket_map, sndbuf, .lowest = 4608,
		      .highest = 1 << 30),
		FIELD("eof", FIELD_BOOL, struct socket_map, eof),
		FIELD("type", FIELD_WORD, struct socket_map, type, .words = types,
		      .nr_words = ARRAY_SIZE(types)),
	};
	const char *where = arena_printf(r->scratch, "socket '%s'", clip_text(r, name));

	if (node->key && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	if (m.type && m.eof)
		diag_error(r->diag, node->loc,
			   "%s is for datagrams: nobody is told of the end of those ('eof')",
			   where);
	else if (m.type)
		builder_socket_kind(r->builder, node->key_loc, name, m.sndbuf,
				    (enum socket_kind)m.type);
	else
		builder_socket(r->builder, node->key ? node->key_loc : node->loc, name, m.sndbuf,
			       m.eof);
}

/* web: 16, or web: {backlog: 16, sndbuf: 64KiB, reuseport: 4}. */
static void read_listener(struct reader *r, const struct doc_node *node, const char *name)
{
	struct listener_map {
		u64 backlog, sndbuf, reuseport;
	} m = {.backlog = LISTENER_BACKLOG_DEFAULT, .reuseport = 1};
	static const struct field table[] = {
		FIELD("backlog", FIELD_UINT, struct listener_map, backlog, .lowest = 0,
		      .highest = BACKLOG_MOST),
		FIELD("reuseport", FIELD_UINT, struct listener_map, reuseport, .lowest = 1,
		      .highest = LISTENER_SOCKETS_MOST),
		FIELD("sndbuf", FIELD_SIZE, struct listener_map, sndbuf, .lowest = 4608,
		      .highest = 1 << 30),
	};
	const char *where = arena_printf(r->scratch, "listener '%s'", clip_text(r, name));

	if (node->key && node->kind == DOC_SCALAR &&
	    !read_uint(r, node, 0, BACKLOG_MOST, &m.backlog))
		return;
	if (node->key && node->kind != DOC_SCALAR && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	builder_listener_sockets(r->builder,
				 builder_listener(r->builder, node->key ? node->key_loc : node->loc,
						  name, (u32)m.backlog, m.sndbuf),
				 (u32)m.reuseport);
}

/* ep: {private: true}. */
static void read_epoll(struct reader *r, const struct doc_node *node, const char *name)
{
	struct epoll_map {
		bool private;
	} m = {0};
	static const struct field table[] = {
		FIELD("private", FIELD_BOOL, struct epoll_map, private)};
	const char *where = arena_printf(r->scratch, "epoll '%s'", clip_text(r, name));

	if (node->key && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	builder_epoll(r->builder, node->key ? node->key_loc : node->loc, name, m.private);
}

static bool read_sem_value(struct reader *r, const struct doc_node *node, s32 *out)
{
	u64 value;

	if (!read_uint(r, node, 0, SEM_VALUE_MOST, &value))
		return false;
	*out = (s32)value;
	return true;
}

/* s: [1, 0, 2], or s: 1 for a set of one. */
static void read_sem_set(struct reader *r, const struct doc_node *node, const char *name)
{
	s32 *values, one;
	u32 nr = 0;

	if (node->kind != DOC_LIST) {
		if (read_sem_value(r, node, &one))
			builder_sem_set(r->builder, node->key_loc, name, &one, 1);
		return;
	}
	if (!node->nr || node->nr > SEMS_MOST) {
		diag_error(r->diag, node->loc, "semaphore set '%s' has 1 to %d values",
			   clip_text(r, name), SEMS_MOST);
		return;
	}
	values = arena_array(r->scratch, s32, node->nr);
	doc_for_each (item, node) {
		if (!read_sem_value(r, item, &values[nr++]))
			return;
	}
	builder_sem_set(r->builder, node->key_loc, name, values, nr);
}

/* m: 1000, in pages. */
static void read_shm(struct reader *r, const struct doc_node *node, const char *name)
{
	u64 pages;

	if (read_uint(r, node, 1, SHM_PAGES_MOST, &pages))
		builder_shm(r->builder, node->key_loc, name, pages);
}

/* q: 16KiB, or q: {bytes: 16KiB}. */
static void read_msg_queue(struct reader *r, const struct doc_node *node, const char *name)
{
	struct queue_map {
		u64 bytes;
	} m = {0};
	static const struct field table[] = {FIELD("bytes", FIELD_SIZE, struct queue_map, bytes,
						   .lowest = 1, .highest = 1 << 30)};
	const char *where = arena_printf(r->scratch, "message queue '%s'", clip_text(r, name));

	if (node->key && node->kind == DOC_SCALAR && !read_size(r, node, 1, 1 << 30, &m.bytes))
		return;
	if (node->key && node->kind != DOC_SCALAR && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	builder_msg_queue(r->builder, node->key ? node->key_loc : node->loc, name, m.bytes);
}

/* q: 10, or q: {max: 10}. */
static void read_mqueue(struct reader *r, const struct doc_node *node, const char *name)
{
	struct queue_map {
		u64 max;
	} m = {0};
	static const struct field table[] = {
		FIELD("max", FIELD_UINT, struct queue_map, max, .lowest = 1, .highest = 65536)};
	const char *where =
		arena_printf(r->scratch, "POSIX message queue '%s'", clip_text(r, name));

	if (node->key && node->kind == DOC_SCALAR && !read_uint(r, node, 1, 65536, &m.max))
		return;
	if (node->key && node->kind != DOC_SCALAR && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	builder_mqueue(r->builder, node->key ? node->key_loc : node->loc, name, (u32)m.max);
}

/* s: TERM, s: [TERM, USR1]. */
static void read_signalfd(struct reader *r, const struct doc_node *node, const char *name)
{
	u64 signals;

	if (read_sigset(r, node, &signals))
		builder_signalfd(r->builder, node->key_loc, name, signals);
}

void scenario_messages(struct reader *r, const struct resource_sections *sections)
{
	read_section(r, sections->sockets, true, read_socket);
	read_section(r, sections->listeners, true, read_listener);
	scenario_ttys(r, sections->ttys);
	read_section(r, sections->signalfds, false, read_signalfd);
	read_section(r, sections->epolls, true, read_epoll);
	read_section(r, sections->sem_sets, false, read_sem_set);
	read_section(r, sections->shms, false, read_shm);
	read_section(r, sections->msg_queues, true, read_msg_queue);
	read_section(r, sections->mqueues, true, read_mqueue);
}
