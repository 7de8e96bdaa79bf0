/* SPDX-License-Identifier: MIT */
/*
 * The flags of clone (include/uapi/linux/sched.h): names, values, which of them go together.
 *
 * A call's word holds the flags and, in its lowest byte, the signal that tells the parent of the
 * child's death, as the legacy call has it. Reference: process.md 3.1-3.3.
 *
 * X(NAME, value, "key"): the key is the kernel's name without CLONE_, in small letters. Those from
 * NEWNS on that are not VFORK, PARENT, THREAD, NEWPID or PTRACE stand for things that are not
 * modelled: they matter for what is refused.
 */
#ifndef OSSIM_MODEL_CLONE_H
#define OSSIM_MODEL_CLONE_H

#include "base/types.h"
#include "model/signals.h"

/* clang-format off */
#define CLONE_FLAGS(X) \
	X(VM, 0x100, "vm") \
	X(FS, 0x200, "fs") \
	X(FILES, 0x400, "files") \
	X(SIGHAND, 0x800, "sighand") \
	X(PTRACE, 0x2000, "ptrace") \
	X(UNTRACED, 0x800000, "untraced") \
	X(VFORK, 0x4000, "vfork") \
	X(PARENT, 0x8000, "parent") \
	X(THREAD, 0x10000, "thread") \
	X(NEWNS, 0x20000, "newns") \
	X(SYSVSEM, 0x40000, "sysvsem") \
	X(SETTLS, 0x80000, "settls") \
	X(PARENT_SETTID, 0x100000, "parent_settid") \
	X(CHILD_CLEARTID, 0x200000, "child_cleartid") \
	X(CHILD_SETTID, 0x1000000, "child_settid") \
	X(NEWCGROUP, 0x2000000, "newcgroup") \
	X(NEWUTS, 0x4000000, "newuts") \
	X(NEWIPC, 0x8000000, "newipc") \
	X(NEWUSER, 0x10000000, "newuser") \
	X(NEWPID, 0x20000000, "newpid") \
	X(NEWNET, 0x40000000, "newnet") \
	X(IO, 0x80000000, "io")
/* clang-format on */

#define X(name, value, key) static const u64 CLONE_FLAG_##name unused_arg = value;
CLONE_FLAGS(X)
#undef X

enum { NR_CLONE_FLAGS = 22, CLONE_SIGNAL = 0xff /* the signal's part of the word */ };

/* What the C library's fork(), vfork() and pthread_create() pass. */
#define CLONE_WORD_FORK   (0x1200000 | (u64)SIGNAL_CHLD)
#define CLONE_WORD_VFORK  (0x4100 | (u64)SIGNAL_CHLD)
#define CLONE_WORD_THREAD 0x3d0f00ULL

/* In the order of the list. */
extern const char *const clone_flag_names[NR_CLONE_FLAGS];
extern const u64 clone_flag_values[NR_CLONE_FLAGS];

/*
 * Why the kernel answers EINVAL to these flags whoever calls, as the rest of a sentence that begins
 * with the call; NULL: it does not. The order of its tests.
 */
const char *clone_mistake(u64 word);

#endif
