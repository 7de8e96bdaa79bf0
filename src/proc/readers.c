/* SPDX-License-Identifier: MIT */
/*
 * Who reads a lock. Nothing but the search for deadlocks asks; so some readers are told apart, and
 * of the others it is known only that there are some.
 */
#include "proc/sync.h"

static struct reader *find(struct readers *readers, const struct proc *proc)
{
	for (u32 i = 0; i < READERS_TOLD; i++)
		if (readers->told[i].proc == proc)
			return &readers->told[i];
	return NULL;
}

/* It is no longer known who it is that has it so many times. */
static void forget(struct readers *readers, struct reader *reader)
{
	readers->others += reader->times;
	*reader = (struct reader){0};
}

void readers_add(struct readers *readers, const struct proc *proc)
{
	struct reader *reader = find(readers, proc);

	if (!reader)
		reader = find(readers, NULL);
	if (!reader) {
		readers->others++;
		return;
	}
	reader->proc = proc;
	reader->times++;
}

void readers_remove(struct readers *readers, const struct proc *proc)
{
	struct reader *reader = find(readers, proc);

	if (reader) {
		if (!--reader->times)
			reader->proc = NULL;
		return;
	}
	/* It gives back what another took: whose that was is anybody's guess. */
	if (!readers->others)
		for (u32 i = 0; i < READERS_TOLD; i++)
			forget(readers, &readers->told[i]);
	readers->others--;
}

void readers_exit(struct readers *readers, const struct proc *proc)
{
	struct reader *reader = find(readers, proc);

	if (reader)
		forget(readers, reader);
}
