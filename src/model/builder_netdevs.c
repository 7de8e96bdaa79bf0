/* SPDX-License-Identifier: MIT */
/*
 * Network devices: declarations and defaults. A packet of 1500 bytes takes 1.2 us on a wire of 10
 * Gbit/s; what the softirq takes for one, and what fits into a receiver's queue, is of process.md
 * 8.6.
 */
#include "model/builder_inside.h"

enum { RING_DEFAULT = 256, QUEUE_DEFAULT = 256, REQUEST_DEFAULT = 100, PACKETS_GREATEST = 1 << 20 };

static const struct dist irq_default = {.kind = DIST_CONSTANT, .a = 1 * USEC, .max = UINT64_MAX};
static const struct dist packet_default = {.kind = DIST_CONSTANT, .a = 2 * USEC, .max = UINT64_MAX};
static const struct dist wire_default = {.kind = DIST_CONSTANT, .a = 1200, .max = UINT64_MAX};

static bool take_time(struct builder *b, struct loc loc, bool given,
		      const struct quantity *quantity, const struct dist *usual, struct dist *out)
{
	*out = *usual;
	return !given || take_dist(b, loc, quantity, out);
}

static u32 packets(u32 given, u32 usual)
{
	return given ? given : usual;
}

static bool check(struct builder *b, struct loc loc, const struct netdev_spec *dev)
{
	if (!builder_has_linux_model(b))
		return diag_error(b->diag, loc, "xv6 has no network devices ('%s')", dev->name);
	if (dev->irq_cpu >= b->w.platform.nr_cpus)
		return diag_error(b->diag, loc,
				  "network device '%s' interrupts cpu %u: there are cpus 0 to %u",
				  dev->name, dev->irq_cpu, b->w.platform.nr_cpus - 1);
	if (dev->ring > PACKETS_GREATEST || dev->queue > PACKETS_GREATEST ||
	    dev->depth > PACKETS_GREATEST)
		return diag_error(b->diag, loc,
				  "network device '%s' holds too many packets: up to %d", dev->name,
				  PACKETS_GREATEST);
	return true;
}

void builder_netdev(struct builder *b, struct loc loc, const char *name,
		    const struct netdev_options *options)
{
	u32 index = resource_declare(b, loc, SYMBOL_NETDEV, name);
	struct netdev_spec dev = {
		.name = b->netdevs.at[index].name,
		.irq_cpu = options->irq_cpu,
		.ring = packets(options->ring, RING_DEFAULT),
		.queue = packets(options->queue, QUEUE_DEFAULT),
		.depth = packets(options->depth, RING_DEFAULT),
		.receives = options->has_every,
		.clean_ns = options->clean_ns,
	};

	if (options->has_every && !options->every.is_dist && !options->every.value)
		diag_error(b->diag, loc,
			   "network device '%s' would receive all the time: 'every' is 0", name);
	else if (take_time(b, loc, options->has_every, &options->every, &irq_default, &dev.every) &&
		 take_time(b, loc, options->has_irq, &options->irq, &irq_default, &dev.irq) &&
		 take_time(b, loc, options->has_packet, &options->packet, &packet_default,
			   &dev.packet) &&
		 take_time(b, loc, options->has_wire, &options->wire, &wire_default, &dev.wire))
		(void)!check(b, loc, &dev);
	if (options->listener) {
		u32 listener = resource_index(b, SYMBOL_LISTENER, options->listener);

		b->uses[SYMBOL_LISTENER].at[listener].given = true;
		dev.listener = listener + 1;
		dev.request = packets(options->request, REQUEST_DEFAULT);
	}
	b->netdevs.at[index] = dev;
}
