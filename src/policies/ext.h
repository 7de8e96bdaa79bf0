/* SPDX-License-Identifier: MIT */
/*
 * What a policy of the ext class (the kernel's sched_ext) is written against. This header is
 * installed with the three that it includes, needs nothing but the C library's own ones, and is all
 * that a policy includes.
 *
 * A policy is one constant, struct ossim_ext_policy: a name, flags and functions ("ops") that the
 * scheduler calls at the moments at which Linux calls a sched_ext scheduler's. EXT_POLICY() at the
 * end of a file defines it. Every op may be left out. Ops act only through the functions of
 * policies/ext_calls.h. A policy keeps what it must remember in ext_self() and ext_task_data(), has
 * no other clock than ext_now() and no other dice than ext_random(): so a run can be repeated.
 *
 * A policy is built into ossim, or compiled as a shared object (cc -shared -fPIC mine.c -o mine.so)
 * and named by its path. docs/ext.md walks through one.
 *
 * Names and numbers are those of the kernel's headers (include/linux/sched/ext.h,
 * kernel/sched/ext.c) with EXT_ for SCX_. Times are nanoseconds.
 */
#ifndef OSSIM_POLICIES_EXT_H
#define OSSIM_POLICIES_EXT_H

#include "ext_abi.h"
#include "ext_calls.h"
#include "ext_table.h"

/*
 * Defines the policy of a file:
 *
 *	EXT_POLICY(fifo) = {
 *		EXT_POLICY_HEAD("fifo"),
 *		.enqueue = fifo_enqueue,
 *	};
 */
#ifdef OSSIM_EXT_BUILTIN
#define EXT_POLICY(symbol) const struct ossim_ext_policy ossim_ext_policy_##symbol
#else
#define EXT_POLICY(symbol)                                     \
	extern const struct ossim_ext_policy ossim_ext_policy; \
	__attribute__((visibility("default"))) const struct ossim_ext_policy ossim_ext_policy
#endif
#define EXT_POLICY_HEAD(title) \
	.abi = OSSIM_EXT_ABI, .size = sizeof(struct ossim_ext_policy), .name = (title)

#endif
