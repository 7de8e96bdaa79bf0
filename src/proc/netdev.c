/* SPDX-License-Identifier: MIT */
/*
 * Network devices: packets come by themselves and are sent, and NAPI handles both.
 * Kernel: net/core/dev.c (net_rx_action), napi_schedule(); reference: process.md 8.6, 9.3.
 *
 * The first packet interrupts; the handler turns the device's interrupts off and raises NET_RX. The
 * softirq polls the device: up to 64 packets at a time, and if there were fewer the interrupts are
 * turned on again. So a busy device interrupts no more, and what it costs is bounded by the
 * softirq's budget.
 *
 * What comes while interrupts are off is no event: it is counted when somebody looks.
 */
#include "proc/netdev.h"

#include "proc/calls.h"
#include "proc/irq.h"
#include "proc/irq_lines.h"
#include "proc/sync.h"

enum { WEIGHT = 64, GAP_LEAST_NS = 10 };

struct netdev {
	const struct netdev_spec *spec;
	struct proc_world *world;
	struct rng_small rng;
	struct timer irq;   /* while they are on: the next one */
	struct list polled; /* in its cpu's list, while they are off */
	u64 next_packet;    /* NEVER: none comes by itself */
	u32 ring;           /* received and not yet polled */
	u32 polling;        /* of those: by the poll that is under way */
	u32 queued;         /* polled and not yet read */
	struct wait_queue readers;
	u32 sending;   /* given to it and not yet done */
	u32 sent;      /* of those: done and not yet cleaned */
	u64 sent_next; /* when the next one is done; NEVER: there is none */
	struct wait_queue room;
	struct netdev_counts counts;
};

/* ---- What has happened since somebody looked ---- */

static void receive(struct netdev *dev, u64 now)
{
	while (dev->next_packet <= now) {
		if (dev->ring < dev->spec->ring)
			dev->ring++;
		else
			dev->counts.missed++;
		dev->next_packet +=
			max_of(dist_draw(&dev->spec->every, &dev->rng), (u64)GAP_LEAST_NS);
	}
}

static void transmit(struct netdev *dev, u64 now)
{
	while (dev->sent_next <= now) {
		dev->sent++;
		dev->counts.sent++;
		dev->sent_next = dev->sent == dev->sending
					 ? NEVER
					 : dev->sent_next + dist_draw(&dev->spec->wire, &dev->rng);
	}
}

static void catch_up(struct netdev *dev)
{
	receive(dev, dev->world->machine->now);
	transmit(dev, dev->world->machine->now);
}

/* ---- Interrupts ---- */

static void arm(struct netdev *dev, u32 cpu)
{
	struct machine *machine = dev->world->machine;
	u64 at = dev->ring || dev->sent ? machine->now : min_of(dev->next_packet, dev->sent_next);

	if (at == NEVER)
		machine_timer_cancel(machine, &dev->irq);
	else
		machine_timer_arm(machine, &dev->irq, cpu,
				  min_of(at + dev->world->costs->irq_entry, (u64)NEVER));
}

/* The handler does no more than to leave the work to the softirq. */
static void interrupt(struct machine *machine, struct timer *timer)
{
	struct netdev *dev = container_of(timer, struct netdev, irq);
	struct cpu *cpu = &machine->cpus[timer->cpu];

	cpu_enter_irq(machine, cpu, machine->platform->costs.irq_entry);
	dev->counts.interrupts++;
	irq_line_came(dev->world, IRQ_OF_NETDEV, (u32)(dev - dev->world->netdevs), cpu->id);
	if (unlikely(dev->world->bh))
		return;
	cpu_steal_irq(machine, cpu, dist_draw(&dev->spec->irq, &dev->rng));
	irq_raise_net_rx(dev->world, cpu, &dev->polled);
}

/* The same, by the interrupt's thread. */
static u64 handler_begins(struct proc_world *world, u32 index, u32 cpu unused_arg)
{
	struct netdev *dev = &world->netdevs[index];

	return dist_draw(&dev->spec->irq, &dev->rng);
}

/* napi_schedule_prep(): an interrupt may have come while it was polled already. */
static bool handler_ends(struct proc_world *world, u32 index, u32 cpu)
{
	struct netdev *dev = &world->netdevs[index];

	if (!list_linked(&dev->polled))
		irq_raise_net_rx(world, &world->machine->cpus[cpu], &dev->polled);
	return false;
}

const struct bh_job netdev_job = {.begin = handler_begins, .end = handler_ends};

/* ---- Polls ---- */

u64 netdev_poll_begins(struct list *polled)
{
	struct netdev *dev = list_entry(polled, struct netdev, polled);
	u64 ns = 0;

	catch_up(dev);
	ns += dev->sent * dev->spec->clean_ns;
	dev->polling = min_of(dev->ring, (u32)WEIGHT);
	for (u32 i = 0; i < dev->polling; i++)
		ns += dist_draw(&dev->spec->packet, &dev->rng);
	return ns;
}

static void ask_for_connections(struct netdev *dev)
{
	for (u32 i = 0; i < dev->polling; i++)
		dev->counts.dropped +=
			!listener_arrival(dev->world, dev->spec->listener - 1, dev->spec->request);
}

/* Packets go up to whoever reads them, and each wakes a reader. */
static void deliver(struct netdev *dev)
{
	u32 nr = min_of(dev->polling, dev->spec->queue - dev->queued);

	dev->counts.received += dev->polling;
	dev->ring -= dev->polling;
	if (dev->spec->listener) {
		ask_for_connections(dev);
		return;
	}
	dev->counts.dropped += dev->polling - nr;
	dev->queued += nr;
	if (nr && !wait_queue_empty(&dev->readers))
		wait_wake(dev->world, &dev->readers, nr, TASK_INTERRUPTIBLE, WF_SYNC, 0);
}

static void clean(struct netdev *dev)
{
	dev->sending -= dev->sent;
	dev->sent = 0;
	if (!wait_queue_empty(&dev->room))
		wait_wake(dev->world, &dev->room, dev->spec->depth - dev->sending,
			  TASK_INTERRUPTIBLE, 0, 0);
}

u32 netdev_poll_ends(struct list *polled, u32 cpu)
{
	struct netdev *dev = list_entry(polled, struct netdev, polled);
	u32 nr = dev->polling;

	dev->counts.polls++;
	if (dev->sent)
		clean(dev);
	deliver(dev);
	dev->polling = 0;
	if (nr == WEIGHT)
		return nr;
	/* napi_complete_done(): what has come meanwhile interrupts at once. */
	list_del(&dev->polled);
	catch_up(dev);
	arm(dev, cpu);
	return nr;
}

/* ---- The calls ---- */

enum { NET_CALL, NET_LOOK, NET_WOKEN };

static bool receive_packets(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			    struct netdev *dev, u64 most)
{
	if (proc->phase == NET_CALL) {
		proc->wait_arg = most;
		if (proc_pay(world, cpu, proc,
			     dev->queued ? world->costs->syscall : world->costs->block, NET_LOOK))
			return false;
	} else if (proc->phase == NET_WOKEN) {
		wait_finish(proc);
	}
	if (dev->queued) {
		dev->queued -= (u32)min_of((u64)dev->queued, proc->wait_arg);
		return true;
	}
	wait_add(&dev->readers, proc, true);
	proc_sleep(world, cpu, proc, NET_WOKEN);
	return false;
}

/* As many as there is room for are given to the device; it waits until all are. */
static bool send_packets(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 struct netdev *dev, u64 nr)
{
	if (proc->phase == NET_CALL) {
		proc->wait_arg = nr;
		if (proc_pay(world, cpu, proc, world->costs->syscall, NET_LOOK))
			return false;
	} else if (proc->phase == NET_WOKEN) {
		wait_finish(proc);
	}
	catch_up(dev);
	while (proc->wait_arg && dev->sending < dev->spec->depth) {
		proc->wait_arg--;
		if (dev->sending++ == dev->sent)
			dev->sent_next =
				min_of(world->machine->now + dist_draw(&dev->spec->wire, &dev->rng),
				       (u64)NEVER);
	}
	if (!list_linked(&dev->polled))
		arm(dev, timer_armed(&dev->irq) ? dev->irq.cpu : dev->spec->irq_cpu);
	if (!proc->wait_arg)
		return true;
	wait_add(&dev->room, proc, true);
	proc_sleep(world, cpu, proc, NET_WOKEN);
	return false;
}

bool netdev_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct netdev *dev = &world->netdevs[op->b];
	u64 packets = proc->phase == NET_CALL ? op_draw(world, proc, op) : 0;

	if (op->code == OP_NET_RECV)
		return receive_packets(world, cpu, proc, dev, packets);
	return send_packets(world, cpu, proc, dev, packets);
}

/* ---- Set-up, and what can be seen ---- */

void netdevs_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->netdevs = arena_array(world->arena, struct netdev, w->nr_netdevs);
	for (u32 i = 0; i < w->nr_netdevs; i++) {
		struct netdev *dev = &world->netdevs[i];

		dev->spec = &w->netdevs[i];
		dev->world = world;
		rng_small_init(&dev->rng, w->seed, "netdev", i);
		wait_queue_init(&dev->readers);
		wait_queue_init(&dev->room);
		timer_init(&dev->irq, interrupt, TIMER_RANK_DEVICE, UINT32_MAX / 4 * 3 + i);
		dev->next_packet = dev->sent_next = NEVER;
		if (dev->spec->receives)
			dev->next_packet =
				max_of(dist_draw(&dev->spec->every, &dev->rng), (u64)GAP_LEAST_NS);
		arm(dev, dev->spec->irq_cpu);
	}
}

struct netdev_counts netdev_counts(const struct proc_world *world, u32 index)
{
	return world->netdevs[index].counts;
}
