/* SPDX-License-Identifier: MIT */
/* Actions about what tasks send each other: pipes, eventfds, timers, sockets. */
#include "input/quantity.h"
#include "input/scenario.h"

#include <string.h>

static const char *about(struct reader *r, const struct doc_node *node)
{
	return arena_printf(r->scratch, "action '%s'", node->key);
}

/* pipe_read: p, or {pipe: p, bytes: 4KiB, nonblock: true}; pipe_write likewise. */
bool read_pipe_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct pipe_map {
		const struct doc_node *pipe, *bytes;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("pipe", FIELD_NODE, struct pipe_map, pipe, .required = true),
		FIELD("bytes", FIELD_NODE, struct pipe_map, bytes),
		FIELD("nonblock", FIELD_BOOL, struct pipe_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	out->nonblock = m.nonblock;
	return read_name(r, m.pipe, &out->resource) &&
	       (!m.bytes || read_quantity(r, m.bytes, QUANTITY_SIZE, &out->quantity));
}

/* open_read: f, or {pipe: f, nonblock: true}; open_write likewise. */
bool read_open_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct open_map {
		const struct doc_node *pipe;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("pipe", FIELD_NODE, struct open_map, pipe, .required = true),
		FIELD("nonblock", FIELD_BOOL, struct open_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	out->nonblock = m.nonblock;
	return read_name(r, m.pipe, &out->resource);
}

/* event_read: e, or {eventfd: e, nonblock: true}; timerfd_read and signalfd_read likewise. */
bool read_event_read_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct read_map {
		const struct doc_node *eventfd;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("eventfd", FIELD_NODE, struct read_map, eventfd, .required = true),
		FIELD("nonblock", FIELD_BOOL, struct read_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'event_read'", table, ARRAY_SIZE(table), &m))
		return false;
	out->nonblock = m.nonblock;
	return read_name(r, m.eventfd, &out->resource);
}

bool read_timerfd_read_action(struct reader *r, const struct doc_node *node,
			      struct op_operands *out)
{
	struct read_map {
		const struct doc_node *timerfd;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("timerfd", FIELD_NODE, struct read_map, timerfd, .required = true),
		FIELD("nonblock", FIELD_BOOL, struct read_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'timerfd_read'", table, ARRAY_SIZE(table), &m))
		return false;
	out->nonblock = m.nonblock;
	return read_name(r, m.timerfd, &out->resource);
}

bool read_signalfd_read_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out)
{
	struct read_map {
		const struct doc_node *signalfd;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("signalfd", FIELD_NODE, struct read_map, signalfd, .required = true),
		FIELD("nonblock", FIELD_BOOL, struct read_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'signalfd_read'", table, ARRAY_SIZE(table), &m))
		return false;
	out->nonblock = m.nonblock;
	return read_name(r, m.signalfd, &out->resource);
}

/* Which timer: each action has its own key for that. */
struct timer_map {
	const struct doc_node *name, *value, *signal;
	u32 which;
	u64 interval;
	bool thread;
};

#define TIMER_FIELDS                                                          \
	FIELD("value", FIELD_NODE, struct timer_map, value),                  \
		FIELD("interval", FIELD_DURATION, struct timer_map, interval, \
		      .highest = NEVER - 1)

/*
 * timerfd_settime: {timerfd: t, value: 5ms, interval: 10ms}; without value: the interval. 0
 * disarms. setitimer: {which: prof, interval: 10ms}; timer_settime: {timer: t, signal: USR1,
 * interval: 10ms}.
 */
bool read_timer_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	static const struct field timerfd_table[] = {FIELD("timerfd", FIELD_NODE, struct timer_map,
							   name, .required = true),
						     TIMER_FIELDS};
	static const struct field timer_table[] = {
		FIELD("timer", FIELD_NODE, struct timer_map, name, .required = true), TIMER_FIELDS,
		FIELD("signal", FIELD_NODE, struct timer_map, signal),
		FIELD("thread", FIELD_BOOL, struct timer_map, thread)};
	static const struct field itimer_table[] = {
		TIMER_FIELDS, FIELD("which", FIELD_WORD, struct timer_map, which,
				    .words = itimer_names, .nr_words = NR_ITIMERS)};
	struct timer_map m = {0};
	const char *where = about(r, node);
	bool good;

	if (strcmp(node->key, op_infos[OP_TIMERFD_SET].key) == 0)
		good = fields_read(r, node, where, timerfd_table, ARRAY_SIZE(timerfd_table), &m);
	else if (strcmp(node->key, op_infos[OP_TIMER_SET].key) == 0)
		good = fields_read(r, node, where, timer_table, ARRAY_SIZE(timer_table), &m);
	else
		good = fields_read(r, node, where, itimer_table, ARRAY_SIZE(itimer_table), &m);
	if (!good)
		return false;
	if (!m.value && !m.interval)
		return diag_error(r->diag, node->loc, "%s has neither 'value' nor 'interval'",
				  where);
	out->timer = (struct timer_setting){.value = m.interval, .interval = m.interval};
	out->itimer = (enum itimer)m.which;
	out->to_thread = m.thread;
	return (!m.value || read_duration(r, m.value, 0, NEVER - 1, &out->timer.value)) &&
	       (!m.name || read_name(r, m.name, &out->resource)) &&
	       (!m.signal || read_signal(r, m.signal, &out->signal));
}

/* connect: web, or {listener: web, nonblock: true}; accept likewise. */
bool read_meet_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct meet_map {
		const struct doc_node *listener;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("listener", FIELD_NODE, struct meet_map, listener, .required = true),
		FIELD("nonblock", FIELD_BOOL, struct meet_map, nonblock),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	out->nonblock = m.nonblock;
	return read_name(r, m.listener, &out->resource);
}

struct socket_map {
	const struct doc_node *socket, *connection, *end, *bytes;
	u32 how;
	bool nonblock;
};

#define SOCKET_FIELDS                                                           \
	FIELD("socket", FIELD_NODE, struct socket_map, socket),                 \
		FIELD("connection", FIELD_NODE, struct socket_map, connection), \
		FIELD("end", FIELD_NODE, struct socket_map, end)

/* Which socket: an end of a pair, or the connection of a listener. */
static bool read_which_socket(struct reader *r, const struct doc_node *node,
			      const struct socket_map *m, struct op_operands *out)
{
	const char *where = about(r, node);
	u64 end = 0;

	if (!m->socket == !m->connection)
		return diag_error(r->diag, node->loc,
				  "%s is about a 'socket' with its 'end', or a 'connection'",
				  where);
	if (m->connection) {
		out->connection = true;
		if (m->end)
			return diag_error(r->diag, m->end->key_loc,
					  "%s: a connection has no 'end' to be told", where);
		return read_name(r, m->connection, &out->resource);
	}
	if (!m->end)
		return diag_error(r->diag, node->loc, "%s has no 'end'", where);
	if (!read_uint(r, m->end, 0, 1, &end))
		return false;
	out->end = (u32)end;
	return read_name(r, m->socket, &out->resource);
}

/*
 * send: {socket: s, end: 0, bytes: 4KiB, nonblock: true}, or {connection: web, ...}; recv likewise;
 * close: {socket: s, end: 0}; shutdown: {socket: s, end: 0, how: out}.
 */
bool read_socket_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	static const char *const hows[] = {"both", "in", "out"};
	static const struct field which[] = {SOCKET_FIELDS};
	static const struct field shutdown[] = {
		SOCKET_FIELDS,
		FIELD("how", FIELD_WORD, struct socket_map, how, .words = hows,
		      .nr_words = ARRAY_SIZE(hows)),
	};
	static const struct field moves[] = {
		SOCKET_FIELDS,
		FIELD("bytes", FIELD_NODE, struct socket_map, bytes),
		FIELD("nonblock", FIELD_BOOL, struct socket_map, nonblock),
	};
	struct socket_map m = {0};
	bool closes = strcmp(node->key, op_infos[OP_CLOSE].key) == 0;
	bool ends = strcmp(node->key, op_infos[OP_SHUTDOWN].key) == 0;
	const struct field *table = closes ? which : ends ? shutdown : moves;
	size_t nr = closes ? ARRAY_SIZE(which) : ends ? ARRAY_SIZE(shutdown) : ARRAY_SIZE(moves);

	if (!fields_read(r, node, about(r, node), table, nr, &m))
		return false;
	out->nonblock = m.nonblock;
	out->shutdown = m.how ? m.how : SHUTDOWN_IN | SHUTDOWN_OUT;
	return read_which_socket(r, node, &m, out) &&
	       (!m.bytes || read_quantity(r, m.bytes, QUANTITY_SIZE, &out->quantity));
}
