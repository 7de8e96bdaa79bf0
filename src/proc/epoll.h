/* SPDX-License-Identifier: MIT */
/*
 * What the files about epolls share: epoll_items.c (what is watched, and its events), epoll.c
 * (waiting, what was told).
 */
#ifndef OSSIM_PROC_EPOLL_H
#define OSSIM_PROC_EPOLL_H

#include "proc/sync.h"

struct epoll {
	struct proc_world *world;
	struct process *process; /* whose it is; NULL: everybody's */
	struct list link;        /* instances of one spec */
	struct list items;       /* epoll_item.link, by when they were added */
	struct list ready;       /* epoll_item.ready */
	struct wait_queue waiters;
	struct wait_queue watchers; /* items of other epolls that watch this one */
	u32 index;                  /* in the pool */
	u32 name;
};

struct epoll_item {
	struct list link, ready;
	struct wait_watch wait; /* in the queue of what it watches */
	struct epoll *epoll;
	struct epoll *inner; /* what it watches, if that is an epoll */
	struct op_watch watch;
	u32 index;
	bool disabled; /* EPOLLONESHOT: it was told */
};

/* Something that a task was told by its last epoll_wait. */
struct told {
	struct list link;
	u32 task, index;
	struct op_watch watch; /* events: what was told */
};

enum { TOLD_BUCKETS = 1024 };

struct epolls {
	struct pool epolls, items, tolds;
	struct list *specs; /* epoll.link, by spec */
	struct list told[TOLD_BUCKETS];
};

static inline bool epoll_watch_is(const struct op_watch *a, const struct op_watch *b)
{
	return a->kind == b->kind && a->index == b->index && a->end == b->end;
}

/* ---- epoll_items.c ---- */

/*
 * What is meant by @proc: of a listener's sockets that of the task; a connection by its number and
 * end, or (WATCH_NOTHING) none.
 */
struct op_watch watch_of(struct proc_world *world, const struct proc *proc, struct op_watch watch);
/*
 * Which of its events hold now, for @proc, which looks; in *queue one waits for them. @inner: of an
 * epoll that is watched.
 */
u32 watch_poll(struct proc_world *world, const struct proc *proc, const struct op_watch *watch,
	       struct epoll *inner, struct wait_queue **queue);
/* The epoll of that spec that @proc's process has. */
struct epoll *epoll_of(struct proc_world *world, const struct proc *proc, u32 spec);
/* EPOLL_ADD, EPOLL_MOD, EPOLL_DEL. */
void epoll_control(struct proc_world *world, struct proc *proc, struct epoll *epoll,
		   const struct op *op);
/* What it shall tell now; in *queue one waits for it. */
u32 epoll_item_poll(struct proc_world *world, const struct proc *proc,
		    const struct epoll_item *item, struct wait_queue **queue);
/*
 * Whoever waits is out of the queue at once, even if something else has woken him already: then the
 * next one is woken (ep_autoremove_wake_function).
 */
void epoll_wake_one(struct epoll *epoll, u32 wake_flags);
/* The process's own epolls go. */
void epoll_drop_all(struct proc_world *world, const struct process *process);

/* ---- told.c ---- */

void told_forget(struct proc_world *world, const struct proc *proc);
void told_add(struct proc_world *world, const struct proc *proc, struct op_watch watch, u32 events);

#endif
