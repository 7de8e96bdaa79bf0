/* SPDX-License-Identifier: MIT */
/*
 * Who holds the ends of pipes and sockets that close. Kernel: fs/pipe.c (pipe_release), fs/file.c,
 * net/unix/af_unix.c (unix_release_sock); reference: process.md 3.5, 4.2.
 *
 * An end is held by tables of files, which are shared by the threads of a process and by whoever
 * was made with CLONE_FILES: what one closes is closed for all, and what one opens all have. A
 * table holds the ends that the programs of its tasks use, from their birth until one closes them,
 * executes another program (with a table of its own from then on) or the last of them dies; a task
 * that is still to be started holds them, too, as if the shell that will start it kept them open. A
 * child of fork has a table of its own. What handlers use does not count. An end that nobody has
 * held yet is not closed: whoever comes first waits for the other side. Ends of a FIFO are held by
 * who has opened them, and by the children of that one; an open waits for the other side.
 */
#include "proc/calls.h"
#include "proc/files.h"
#include "proc/rcu.h"
#include "proc/sync.h"

/* One end in a table. */
struct file {
	u32 index; /* in world->file_pool */
	struct end end;
	bool open; /* else it was closed, or is a FIFO's that nobody has opened yet */
	struct file *next;
};

/* A files_struct. */
struct files {
	u32 index; /* in world->files_pool */
	u32 users; /* tasks */
	struct file *first;
};

struct program_ends {
	struct end *ends;
	u32 nr;
};

static struct ends *ends_at(const struct proc_world *world, struct end end)
{
	if (end.kind == END_OF_SOCKET)
		return socket_ends((struct proc_world *)world, end.index);
	return &world->pipes[end.index].ends;
}

/* The end that @op uses, if it closes. */
static bool end_of_op(const struct proc_world *world, const struct op *op, struct end *end)
{
	return op_end(op, end) && ends_at(world, *end)->close;
}

/* nr: it is not among them. */
static u32 index_of(const struct program_ends *list, struct end end)
{
	u32 i = 0;

	while (i < list->nr && !end_is(list->ends[i], end))
		i++;
	return i;
}

static void find_ends(struct proc_world *world, const struct program *program,
		      struct program_ends *list)
{
	struct end end;
	u32 nr = 0;

	for (u32 i = 0; i < program->nr_ops; i++)
		nr += end_of_op(world, &program->ops[i], &end);
	list->ends = arena_array(world->arena, struct end, nr);
	for (u32 i = 0; i < program->nr_ops; i++)
		if (end_of_op(world, &program->ops[i], &end) && index_of(list, end) == list->nr)
			list->ends[list->nr++] = end;
}

static bool some_end_closes(const struct proc_world *world)
{
	const struct workload *w = world->workload;

	for (u32 i = 0; i < w->nr_pipes; i++)
		if (w->pipes[i].eof)
			return true;
	for (u32 i = 0; i < w->nr_sockets; i++)
		if (w->sockets[i].eof)
			return true;
	return false;
}

static const struct program_ends *ends_of(const struct proc_world *world,
					  const struct program *program)
{
	return &world->program_ends[program - world->workload->programs];
}

void pipe_ends_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	pool_init(&world->files_pool, sizeof(struct files), 4);
	pool_init(&world->file_pool, sizeof(struct file), 4);
	if (!some_end_closes(world) && !clone_is_by_flags(w) && !w->nr_listeners)
		return;
	world->program_ends = arena_array(world->arena, struct program_ends, w->nr_programs);
	for (u32 i = 0; i < w->nr_programs; i++)
		find_ends(world, &w->programs[i], &world->program_ends[i]);
	for (u32 i = 0; i < w->nr_tasks; i++) {
		const struct program_ends *list = &world->program_ends[w->tasks[i].program];

		for (u32 k = 0; k < list->nr && !w->tasks[i].is_template; k++) {
			struct ends *ends = ends_at(world, list->ends[k]);

			ends->holders[list->ends[k].end] += ends->fifo ? 0 : w->tasks[i].count;
		}
	}
}

void pipe_ends_fini(struct proc_world *world)
{
	pool_fini(&world->files_pool);
	pool_fini(&world->file_pool);
	vec_release((void **)&world->files_of);
}

/* ---- Tables ---- */

/* NULL: @proc has none, for its program uses no end that closes. */
static struct files *files_of(const struct proc_world *world, const struct proc *proc)
{
	u32 ref = proc->index < world->cap_files_of ? world->files_of[proc->index] : 0;

	return ref ? pool_at(&world->files_pool, ref - 1) : NULL;
}

static void set_files(struct proc_world *world, const struct proc *proc, const struct files *files)
{
	if (unlikely(proc->index >= world->cap_files_of))
		vec_grow((void **)&world->files_of, &world->cap_files_of, proc->index + 1,
			 sizeof(*world->files_of));
	world->files_of[proc->index] = files ? files->index + 1 : 0;
}

static struct files *files_new(struct proc_world *world)
{
	u32 index;
	struct files *files = pool_get(&world->files_pool, &index);

	files->index = index;
	files->users = 1;
	return files;
}

static struct file *find_file(const struct files *files, struct end end)
{
	struct file *file = files ? files->first : NULL;

	while (file && !end_is(file->end, end))
		file = file->next;
	return file;
}

/* Behind all others. */
static void add_file(struct proc_world *world, struct files *files, struct end end, bool open)
{
	struct file **last = &files->first;
	u32 index;
	struct file *file = pool_get(&world->file_pool, &index);

	while (*last)
		last = &(*last)->next;
	*file = (struct file){.index = index, .end = end, .open = open};
	*last = file;
}

/* The last holder's going wakes everybody on the other side, and who is left on this one. */
static void let_go(struct proc_world *world, struct end end)
{
	struct pipe *pipe = &world->pipes[end.index];

	if (--ends_at(world, end)->holders[end.end])
		return;
	rcu_free_file(world);
	if (end.kind == END_OF_SOCKET) {
		socket_closed(world, end.index, end.end);
		return;
	}
	wait_wake(world, &pipe->readers, 0, TASK_INTERRUPTIBLE, 0, 0);
	wait_wake(world, &pipe->writers, 0, TASK_INTERRUPTIBLE, 0, 0);
}

/* put_files_struct(). */
static void put_files(struct proc_world *world, struct files *files)
{
	struct file *next;

	if (!files || --files->users)
		return;
	for (struct file *file = files->first; file; file = next) {
		next = file->next;
		if (file->open)
			let_go(world, file->end);
		pool_put(&world->file_pool, file->index);
	}
	if (unlikely(world->listeners))
		connections_close(world, files->index);
	pool_put(&world->files_pool, files->index);
}

/*
 * The table has what @list uses: FIFOs as far as @from has them open. @awaited: the task was
 * expected and has held all but FIFOs already.
 */
static void take_ends(struct proc_world *world, struct files *files,
		      const struct program_ends *list, const struct files *from, bool awaited)
{
	for (u32 i = 0; i < list->nr; i++) {
		struct end end = list->ends[i];
		struct ends *ends = ends_at(world, end);
		const struct file *theirs = find_file(from, end);
		bool is_new = !find_file(files, end),
		     open = !ends->fifo || (theirs && theirs->open);

		if (is_new)
			add_file(world, files, end, open);
		if (is_new && open) {
			ends->opened[end.end] = true;
			ends->holders[end.end]++;
		}
		if (awaited && !ends->fifo)
			let_go(world, end);
	}
}

void pipe_ends_take(struct proc_world *world, struct proc *proc, const struct proc *parent,
		    bool share)
{
	const struct program_ends *list;
	struct files *theirs, *files;

	if (likely(!world->program_ends))
		return;
	list = ends_of(world, proc->program);
	theirs = parent ? files_of(world, parent) : NULL;
	files = share ? theirs : NULL;
	if (!files && !list->nr && !share && !(theirs && world->listeners)) {
		set_files(world, proc, NULL);
		return;
	}
	if (files)
		files->users++;
	else
		files = files_new(world);
	set_files(world, proc, files);
	/* Who makes others that share its table has one from then on. */
	if (share && !theirs) {
		files->users++;
		set_files(world, parent, files);
	}
	take_ends(world, files, list, theirs, !world->workload->tasks[proc->spec].is_template);
	if (likely(!world->listeners) || !theirs)
		return;
	if (share)
		connections_share(world, parent, proc);
	else
		connections_copy(world, parent, theirs->index, proc, files->index);
}

u32 files_make(struct proc_world *world, const struct proc *proc)
{
	struct files *files = files_of(world, proc);

	if (!files) {
		files = files_new(world);
		set_files(world, proc, files);
	}
	return files->index;
}

u32 files_ref(const struct proc_world *world, const struct proc *proc)
{
	const struct files *files = world->program_ends ? files_of(world, proc) : NULL;

	return files ? files->index + 1 : 0;
}

void pipe_ends_exec(struct proc_world *world, struct proc *proc, const struct program *program)
{
	struct files *old, *files;

	if (likely(!world->program_ends))
		return;
	old = files_of(world, proc);
	files = files_new(world);
	take_ends(world, files, ends_of(world, program), old, false);
	if (unlikely(world->listeners))
		connections_exec(world, proc, program, files->index);
	set_files(world, proc, files);
	put_files(world, old);
}

void pipe_ends_drop(struct proc_world *world, struct proc *proc)
{
	struct files *files;

	if (likely(!world->program_ends))
		return;
	files = files_of(world, proc);
	if (files)
		set_files(world, proc, NULL);
	if (unlikely(world->listeners)) {
		connection_interrupted(world, proc);
		connections_forget(world, proc);
	}
	put_files(world, files);
}

u32 files_users(const struct proc_world *world, const struct proc *proc)
{
	const struct files *files = files_of(world, proc);

	return files ? files->users : proc->process->nr_live;
}

bool end_given_up(const struct proc_world *world, const struct proc *proc, enum end_kind kind,
		  u32 index, u32 end)
{
	const struct file *file;

	if (likely(!world->program_ends))
		return false;
	file = find_file(files_of(world, proc), (struct end){index, (u8)kind, (u8)end});
	return file && !file->open;
}

bool end_close_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, enum end_kind kind,
		  u32 which, u32 end)
{
	enum { CLOSE_CALL, CLOSE_EFFECT };
	struct end closed = {which, (u8)kind, (u8)end};
	struct file *file;

	if (proc->phase == CLOSE_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, CLOSE_EFFECT))
		return false;
	file = find_file(files_of(world, proc), closed);
	if (!file || !file->open)
		/* EBADF is the program's own affair; so is the close of what only handlers use */
		return true;
	file->open = false;
	let_go(world, closed);
	return true;
}

/* ---- FIFOs ---- */

enum { FIFO_CALL, FIFO_EFFECT, FIFO_WOKEN };

/*
 * Both sides wait in the readers' queue, and each first open of a side wakes all of them. What is
 * waited for is an open of the other side, though it may be closed again by then.
 */
static bool open_end(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     const struct op *op, u32 end, struct file *file)
{
	struct pipe *pipe = &world->pipes[op->b];
	struct ends *ends = &pipe->ends;
	bool nonblock = op->flags & OP_NONBLOCK;

	if (nonblock && end == PIPE_WRITES && !ends->holders[PIPE_READS]) /* ENXIO */
		return true;
	file->open = true;
	ends->opens[end]++;
	if (!ends->holders[end]++)
		wait_wake(world, &pipe->readers, 0, TASK_INTERRUPTIBLE, 0, 0);
	if (ends->holders[!end] || nonblock)
		return true;
	proc->wait_arg = ends->opens[!end];
	wait_add(&pipe->readers, proc, false);
	proc_sleep(world, cpu, proc, FIFO_WOKEN);
	return false;
}

static u32 end_of_open(const struct op *op)
{
	return op->code == OP_OPEN_READ ? PIPE_READS : PIPE_WRITES;
}

static struct file *file_to_open(const struct proc_world *world, const struct proc *proc,
				 const struct op *op)
{
	return find_file(files_of(world, proc),
			 (struct end){op->b, END_OF_PIPE, (u8)end_of_open(op)});
}

bool fifo_open_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	u32 end = end_of_open(op);
	struct file *file = file_to_open(world, proc, op);
	struct pipe *pipe = &world->pipes[op->b];

	if (!file || (proc->phase != FIFO_WOKEN && file->open))
		return true; /* it has it already */
	if (proc->phase == FIFO_CALL) {
		bool sleeps = !pipe->ends.holders[!end] && !(op->flags & OP_NONBLOCK);

		if (proc_pay(world, cpu, proc, sleeps ? world->costs->block : world->costs->syscall,
			     FIFO_EFFECT))
			return false;
	}
	if (proc->phase != FIFO_WOKEN)
		return open_end(world, cpu, proc, op, end, file);
	wait_finish(proc);
	if (pipe->ends.opens[!end] != proc->wait_arg)
		return true;
	wait_add(&pipe->readers, proc, false);
	proc_sleep(world, cpu, proc, FIFO_WOKEN);
	return false;
}

void fifo_open_interrupted(struct proc_world *world, struct proc *proc, const struct op *op)
{
	struct file *file = file_to_open(world, proc, op);

	if (!file || !file->open) /* another of its table has closed it meanwhile */
		return;
	file->open = false;
	let_go(world, file->end);
}
