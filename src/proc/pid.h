/* SPDX-License-Identifier: MIT */
/*
 * Pid allocation as the kernel does it: cyclic, lowest free after the wrap, a reserved range.
 * Kernel: kernel/pid.c, alloc_pid; reference: process.md 2. A space is one namespace's.
 */
#ifndef OSSIM_PROC_PID_H
#define OSSIM_PROC_PID_H

#include "base/types.h"

enum { PID_RESERVED = 300, PID_MAX_LIMIT = 4194304 };

struct pid_space {
	u64 *level[4]; /* bitmaps of free numbers, 64-ary: level[0] bit per pid, level[k] bit per
			  word below */
	u32 nr_levels;
	u32 covered; /* numbers below it have marks: grows up to pid_max */
	u32 pid_max; /* numbers below it are given out */
	u32 cursor;  /* one after the last number given out */
	u32 nr_used;
	u64 nr_given;   /* ever */
	u64 words_read; /* of the marks, to find them */
	/* what a plain bitmap, searched word by word, would have read (kernels up to 4.14) */
	u64 bitmap_words;
};

/* Memory from malloc; @pid_max from pid_max_default() or the scenario. */
void pid_space_init(struct pid_space *space, u32 pid_max);
void pid_space_fini(struct pid_space *space);
/* min(4194304, max(32768, 1024 * possible cpus)). */
u32 pid_max_default(u32 nr_cpus);
/* The next number, or -1: EAGAIN. */
s32 pid_alloc(struct pid_space *space);
/* Exactly @pid, which does not move what comes next; false: EEXIST. */
must_check bool pid_alloc_at(struct pid_space *space, u32 pid);
void pid_free(struct pid_space *space, u32 pid);
/* No number of the 64 around @pid is in use. */
bool pid_node_is_empty(const struct pid_space *space, u32 pid);
/* The next number is the first free one above @pid, if none as high was given yet. */
void pid_begin_above(struct pid_space *space, u32 pid);
/* ns_last_pid: what /proc/loadavg shows last. */
u32 pid_last(const struct pid_space *space);

#endif
