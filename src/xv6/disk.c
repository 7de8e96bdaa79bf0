/* SPDX-License-Identifier: MIT */
/*
 * The disk driver: a queue of buffers, of which the disk has the first. What it has done interrupts
 * the last cpu and wakes who sleeps on that buffer's channel. xv6: ide.c, iderw(), ideintr();
 * reference: process.md 7.5.
 *
 * Nobody looks at the killed flag in that sleep: who is woken by a kill finds the buffer not done
 * and sleeps again.
 */
#include "xv6/table.h"

void xv6_disks_init(struct xv6 *xv6)
{
	const struct workload *w = xv6->workload;

	xv6->disks = arena_array(xv6->arena, struct xv6_disk, w->nr_devices);
	for (u32 i = 0; i < w->nr_devices; i++) {
		xv6->disks[i].done_at = NEVER;
		rng_small_init(&xv6->disks[i].rng, w->seed, "device", i);
	}
}

static void start(struct xv6 *xv6, struct xv6_disk *disk)
{
	const struct device_spec *spec = &xv6->workload->devices[disk - xv6->disks];
	u64 ns = 0;

	for (u32 i = 0; i < spec->nr_parts; i++)
		ns += dist_draw(&spec->part[i], &disk->rng);
	disk->done_at = min_of(xv6->now + ns, (u64)NEVER);
}

void xv6_disk_queue(struct xv6 *xv6, u32 device, struct xv6_proc *proc)
{
	struct xv6_disk *disk = &xv6->disks[device];
	struct xv6_proc **end = &disk->queue;

	proc->buffer_done = false;
	proc->next_queued = NULL;
	while (*end)
		end = &(*end)->next_queued;
	*end = proc;
	if (disk->queue == proc)
		start(xv6, disk);
}

static struct xv6_disk *first_done(const struct xv6 *xv6)
{
	struct xv6_disk *first = NULL;

	for (u32 i = 0; i < xv6->workload->nr_devices; i++)
		if (xv6->disks[i].done_at != NEVER &&
		    (!first || xv6->disks[i].done_at < first->done_at))
			first = &xv6->disks[i];
	return first;
}

u64 xv6_disk_next(const struct xv6 *xv6)
{
	const struct xv6_disk *first = first_done(xv6);

	return first ? first->done_at : NEVER;
}

void xv6_disk_interrupt(struct xv6 *xv6)
{
	struct xv6_disk *disk = first_done(xv6);
	struct xv6_proc *proc = disk->queue;

	disk->queue = proc->next_queued;
	disk->done_at = NEVER;
	proc->buffer_done = true;
	xv6_wakeup(xv6, &proc->buffer_done);
	if (disk->queue)
		start(xv6, disk);
}
