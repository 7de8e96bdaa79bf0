/* SPDX-License-Identifier: MIT */
/*
 * A cpu's own timers, in time order: sorted runs of a few dozen, one behind the other.
 *
 * A timer is embedded in its owner (a sleeping task, a bandwidth period), so arming allocates
 * nothing once the queue has grown. Timers that expire at the same instant fire in the order of
 * (rank, id): when they were armed does not matter, and a run can be repeated.
 */
#ifndef OSSIM_MACHINE_TIMER_H
#define OSSIM_MACHINE_TIMER_H

#include "base/pool.h"
#include "base/types.h"

struct machine;
struct timer;

typedef void (*timer_fn)(struct machine *machine, struct timer *timer);

struct timer {
	u64 when;      /* valid while armed */
	timer_fn fire; /* called on the timer's cpu, after the timer was taken out */
	u32 id;
	/* an interrupt that comes this much before `when`, or less, fires it as well */
	u32 slack;
	u16 cpu; /* whose queue it is in */
	u8 rank; /* enum timer_rank */
	bool armed;
	u8 soft; /* enum timer_softness; set while it is not armed */
	/* A softirq of a tick lets it expire, no interrupt of its own; set while it is armed. */
	bool of_tick;
};

/*
 * Which softirq lets it expire, if any (soft_timers.h): that of hrtimers, or that of the timer
 * wheel.
 */
enum timer_softness { TIMER_HARD = 0, TIMER_SOFT = 1, TIMER_WHEEL = 2 };

struct timer_key {
	u64 when;
	struct timer *timer;
};

enum { TIMER_RUN_MAX = 32 };

/*
 * A run of later timers: none is behind (when, order), and all of those are that the next run has.
 */
struct timer_run {
	u64 when, order;
	u32 block, nr;
};

/* Of several the first in time is the last in its array: keys of a run, and runs. */
struct timer_queue {
	struct timer_key *near; /* the first run; has one if any has */
	u32 nr_near, near_block;
	struct timer_run *far; /* the others */
	u32 nr_far, cap_far;
	struct pool *blocks; /* of TIMER_RUN_MAX keys; of all cpus */
};

/*
 * The rank proper is what is left of the last digit. Kinds of timers that share a rank, but not the
 * numbers that are their ids, have a last digit each, so that no two timers are equal: what differs
 * in it only is decided by it only if time and id are the same.
 */
enum timer_rank {
	TIMER_RANK_BANDWIDTH = 0x00, /* of groups: id is twice the group's, or one more */
	TIMER_RANK_RT_PERIOD = 0x01,
	TIMER_RANK_IRQ_PASS = 0x02,
	TIMER_RANK_SERVER = 0x10,   /* of a deadline server: id is the cpu */
	TIMER_RANK_DEADLINE = 0x20, /* replenishments */
	TIMER_RANK_ZERO_LAG = 0x30,
	TIMER_RANK_SERVER_LAG = 0x40,
	TIMER_RANK_HRTICK = 0x50,  /* id is the cpu */
	TIMER_RANK_BALANCE = 0x51, /* the softirq of a tick: id is the cpu */
	TIMER_RANK_TASK = 0x60,    /* a task's sleep: id is the task's */
	TIMER_RANK_ALARM = 0x61,   /* its process's interval timer */
	TIMER_RANK_DEVICE = 0x70,  /* requests under way: id is the request's */
	TIMER_RANK_START = 0x71,   /* of tasks: id is the spec */
	TIMER_RANK_IRQ = 0x72,
	TIMER_RANK_TTY = 0x75, /* a key: id is the terminal's number */
	TIMER_RANK_HOTPLUG = 0x73,
	TIMER_RANK_EXT = 0x74,      /* a policy's */
	TIMER_RANK_FD = 0x80,       /* of a timerfd: id is its number */
	TIMER_RANK_LATE = 0x90,     /* RCU */
	TIMER_RANK_EXT_KICK = 0x91, /* id is twice the cpu, or one more */
	TIMER_RANK_EXT_LOAD = 0x92,
	/*
	 * the interrupt of those that expire in a softirq: behind the others; id is twice the cpu,
	 * or one more
	 */
	TIMER_RANK_SOFT = 0x93,
};

static inline void timer_init(struct timer *timer, timer_fn fire, enum timer_rank rank, u32 id)
{
	*timer = (struct timer){.fire = fire, .rank = (u8)rank, .id = id};
}

/* Its place among those that expire at one instant. */
static inline u64 timer_order(const struct timer *timer)
{
	return (u64)(timer->rank >> 4) << 40 | (u64)timer->id << 8 | timer->rank;
}

static inline bool timer_armed(const struct timer *timer)
{
	return timer->armed;
}

/* NULL: there is none. */
static inline const struct timer_key *timer_queue_first(const struct timer_queue *queue)
{
	return queue->nr_near ? &queue->near[queue->nr_near - 1] : NULL;
}

/*
 * The first that an interrupt serves: one softirq that is not due yet is passed over. NULL: there
 * is none near.
 */
static inline const struct timer_key *timer_queue_first_irq(const struct timer_queue *queue,
							    u64 now)
{
	const struct timer_key *first = timer_queue_first(queue);

	if (likely(!first || first->when <= now || first->timer->rank != TIMER_RANK_LATE))
		return first;
	return queue->nr_near > 1 ? first - 1 : NULL;
}

static inline u64 timer_queue_next(const struct timer_queue *queue)
{
	return queue->nr_near ? queue->near[queue->nr_near - 1].when : NEVER;
}

/* Where the keys of all queues are. */
void timer_blocks_init(struct pool *blocks);
void timer_queue_init(struct timer_queue *queue, struct pool *blocks);
/* Low level: the cpu's key in the clock is not touched. Use machine_timer_arm and cancel. */
void timer_queue_insert(struct timer_queue *queue, struct timer *timer);
void timer_queue_remove(struct timer_queue *queue, struct timer *timer);
/* Takes out the first; there is one. */
struct timer *timer_queue_pop(struct timer_queue *queue);
void timer_queue_fini(struct timer_queue *queue);

#endif
