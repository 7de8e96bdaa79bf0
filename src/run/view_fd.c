/* SPDX-License-Identifier: MIT */
/*
 * What a process has open, as `ls -l /proc/PID/fd` lists it: what the programs of its threads use
 * and have not closed. The model gives no numbers to descriptors: they are counted from 3 on,
 * behind those of a terminal.
 */
#include "run/look.h"

#include "base/text.h"
#include "base/vec.h"
#include "proc/files.h"
#include "proc/sync.h"

struct open_file {
	const char *kind, *name;
	const char *end; /* of what has two */
};

typedef vec_of(struct open_file) open_files;

static void add(open_files *files, const char *kind, const char *name, const char *end)
{
	for (u32 i = 0; i < files->len; i++) {
		const struct open_file *file = &files->at[i];

		if (file->kind == kind && file->name == name && file->end == end)
			return;
	}
	vec_push(files, ((struct open_file){kind, name, end}));
}

static void add_end(const struct look *look, const struct proc *proc, struct end end,
		    open_files *files)
{
	static const char *const pipe_ends[] = {
		[PIPE_READS] = " reading end", [PIPE_WRITES] = " writing end"};
	static const char *const socket_ends[] = {" end 0", " end 1"};
	const struct workload *w = look->job->workload;

	if (end_given_up(look->world, proc, end.kind, end.index, end.end))
		return;
	if (end.kind == END_OF_PIPE)
		add(files, "pipe", w->pipes[end.index].name, pipe_ends[end.end]);
	else
		add(files, "socket", w->sockets[end.index].name, socket_ends[end.end]);
}

static void add_file_of(const struct look *look, const struct proc *proc, const struct op *op,
			open_files *files)
{
	const struct workload *w = look->job->workload;
	struct end end;

	if (op_end(op, &end)) {
		add_end(look, proc, end, files);
		return;
	}
	switch (op->code) {
	case OP_EVENT_READ:
	case OP_EVENT_WRITE:
		add(files, "anon_inode:[eventfd]", w->eventfds[op->b].name, "");
		break;
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_EPOLL_DEL:
	case OP_EPOLL_WAIT:
		add(files, "anon_inode:[eventpoll]", w->epolls[op->b].name, "");
		break;
	case OP_SIGNALFD_READ:
		add(files, "anon_inode:[signalfd]", w->signalfds[op->b].name, "");
		break;
	case OP_TIMERFD_SET:
	case OP_TIMERFD_READ:
		add(files, "anon_inode:[timerfd]", w->timerfds[op->b].name, "");
		break;
	case OP_ACCEPT:
		add(files, "socket", w->listeners[op->b].name, " listening");
		break;
	case OP_MQ_SEND:
	case OP_MQ_RECEIVE:
		add(files, "mqueue", w->mqueues[op->b].name, "");
		break;
	default:
		break;
	}
}

static void add_connections(const struct look *look, const struct proc *proc, open_files *files)
{
	static const char *const sides[] = {" connection, client", " connection, server"};
	u32 ref = files_ref(look->world, proc), at = 0, listener, end;

	if (!ref || !look->world->listeners)
		return;
	/* Many may have one name: each is a file of its own. */
	while (connections_next(look->world, ref - 1, &at, &listener, &end))
		vec_push(files, ((struct open_file){"socket",
						    look->job->workload->listeners[listener].name,
						    sides[end]}));
}

void view_fd(const struct look *look, const struct proc *proc, struct text *out)
{
	open_files files = {0};
	const struct proc *thread;

	list_for_each (thread, &proc->process->threads, thread_link) {
		if (thread->task.flags & TASK_FLAG_EXITING || thread->spec == SPEC_NONE)
			continue;
		for (u32 i = 0; i < thread->program->nr_ops; i++)
			add_file_of(look, thread, &thread->program->ops[i], &files);
	}
	add_connections(look, proc->process->leader, &files);
	for (u32 i = 0; i < files.len; i++)
		text_printf(out, "%u -> %s:%s%s\n", 3 + i, files.at[i].kind, files.at[i].name,
			    files.at[i].end);
	if (!files.len)
		text_add(out, "none\n");
	vec_fini(&files);
}
