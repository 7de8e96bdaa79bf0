/* SPDX-License-Identifier: MIT */
/*
 * Devices: presets and declarations. Figures of the presets: process.md 9.2; null is the kernel's
 * null_blk driver at its defaults, the others are published latencies of their kind.
 */
#include "model/builder_inside.h"

#include <string.h>

enum { DEPTH_GREATEST = 65536 };

static const struct device_preset {
	const char *name;
	u32 depth, parallel, nr_parts;
	struct dist part[DEVICE_PARTS_MAX];
} presets[] = {
	{"null", 64, 64, 1, {{.kind = DIST_CONSTANT, .a = 10 * USEC, .max = UINT64_MAX}}},
	{"nvme",
	 128,
	 32,
	 1,
	 {{.kind = DIST_LOGNORMAL, .a = 80 * USEC, .b = 300, .max = 10 * MSEC}}},
	{"ssd", 32, 8, 1, {{.kind = DIST_LOGNORMAL, .a = 120 * USEC, .b = 400, .max = 50 * MSEC}}},
	/* Seek, then half a turn on average at 7200 a minute, and the transfer of a page. */
	{"hdd",
	 32,
	 1,
	 2,
	 {{.kind = DIST_UNIFORM, .a = 500 * USEC, .b = 9 * MSEC, .max = UINT64_MAX},
	  {.kind = DIST_UNIFORM, .a = 30 * USEC, .b = 8360 * USEC, .max = UINT64_MAX}}},
};

const char *const device_preset_names[] = {"null", "nvme", "ssd", "hdd"};
const u32 nr_device_presets = ARRAY_SIZE(device_preset_names);
static_assert(ARRAY_SIZE(device_preset_names) == ARRAY_SIZE(presets), "a name per preset");

static const struct device_preset *find_preset(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(presets); i++)
		if (!strcmp(presets[i].name, name))
			return &presets[i];
	return NULL;
}

static bool take_preset(struct builder *b, struct loc loc, const char *name,
			struct device_spec *device)
{
	const struct device_preset *preset = find_preset(name);

	if (!preset)
		return diag_error(b->diag, loc, "unknown kind of device '%s'%s", name,
				  suggestion(b, name, device_preset_names, nr_device_presets));
	device->depth = preset->depth;
	device->parallel = preset->parallel;
	device->nr_parts = preset->nr_parts;
	memcpy(device->part, preset->part, sizeof(device->part));
	return true;
}

static void take_service(struct builder *b, struct loc loc, const struct device_options *options,
			 struct device_spec *device)
{
	if (options->has_service || options->has_seek)
		device->nr_parts = 0;
	if (options->has_seek && take_dist(b, loc, &options->seek, &device->part[device->nr_parts]))
		device->nr_parts++;
	if (options->has_service &&
	    take_dist(b, loc, &options->service, &device->part[device->nr_parts]))
		device->nr_parts++;
}

void builder_device(struct builder *b, struct loc loc, const char *name,
		    const struct device_options *options)
{
	u32 index = resource_declare(b, loc, SYMBOL_DEVICE, name);
	struct device_spec device = {
		.name = b->devices.at[index].name,
		.depth = 1,
		.parallel = 1,
		.irq_cpu = options->has_irq_cpu ? options->irq_cpu : IRQ_CPU_SUBMITTER,
	};

	if (options->preset && !take_preset(b, loc, options->preset, &device))
		return;
	take_service(b, loc, options, &device);
	device.depth = options->depth ? options->depth : device.depth;
	device.parallel = options->parallel ? options->parallel : device.parallel;
	if (!device.nr_parts)
		diag_error(b->diag, loc, "device '%s' needs a preset or its service time", name);
	else if (options->has_irq_cpu && options->irq_cpu >= b->w.platform.nr_cpus)
		diag_error(b->diag, loc, "device '%s' interrupts cpu %u: there are cpus 0 to %u",
			   name, options->irq_cpu, b->w.platform.nr_cpus - 1);
	else if (device.parallel > device.depth || device.depth > DEPTH_GREATEST)
		diag_error(b->diag, loc,
			   "device '%s' serves %u requests at a time and takes %u: it must take at "
			   "least as many, up to %d",
			   name, device.parallel, device.depth, DEPTH_GREATEST);
	b->devices.at[index] = device;
}
