/* SPDX-License-Identifier: MIT */
/* Curves over time in bins of equal width. */
#include "observe/timeline_bins.h"

#include <string.h>

#include "base/fixed.h"

void bins_init(struct bins *bins, u64 from, u64 end, u32 max)
{
	/*
	 * The end itself has a bin. Without a horizon bins begin so narrow that any run has some.
	 */
	u64 width = end > from ? (end - from) / max + 1 : 1024;

	*bins = (struct bins){.from = from, .width = width, .max = max};
}

static u32 latency_cell(u64 latency)
{
	u32 bit = log2_floor(latency | 1 << LATENCY_FIRST_BIT);
	u32 cell = (bit - LATENCY_FIRST_BIT) * 4 + (latency >> (bit - 2) & 3);

	if (latency < 1 << LATENCY_FIRST_BIT)
		return 0;
	return min_of(cell, (u32)LATENCY_CELLS - 1);
}

void latency_bin_add(struct latency_bin *bin, u64 latency)
{
	bin->min = bin->count == 0 ? latency : min_of(bin->min, latency);
	bin->max = max_of(bin->max, latency);
	bin->count++;
	bin->cells[latency_cell(latency)]++;
}

u64 latency_bin_quantile(const struct latency_bin *bin, u32 percent)
{
	u64 rank = max_of((bin->count * percent + 99) / 100, 1ULL), seen = 0;

	if (bin->count == 0)
		return 0;
	for (u32 cell = 0; cell < LATENCY_CELLS; cell++) {
		seen += bin->cells[cell];
		if (seen >= rank) {
			u32 bit = LATENCY_FIRST_BIT + cell / 4;
			u64 middle = (1ULL << bit) + ((2 * (u64)(cell % 4) + 1) << (bit - 3));

			return clamp_to(middle, bin->min, bin->max);
		}
	}
	return bin->max;
}

static void latency_merge(struct latency_bin *into, const struct latency_bin *a,
			  const struct latency_bin *b)
{
	struct latency_bin sum = *a;

	if (b->count != 0) {
		sum.min = a->count == 0 ? b->min : min_of(a->min, b->min);
		sum.max = max_of(a->max, b->max);
		sum.count += b->count;
		for (u32 i = 0; i < LATENCY_CELLS; i++)
			sum.cells[i] += b->cells[i];
	}
	*into = sum;
}

void latency_bins_halve(struct latency_bin *bin, u32 nr)
{
	for (u32 i = 0; i < nr / 2; i++)
		latency_merge(&bin[i], &bin[2 * i], &bin[2 * i + 1]);
	memset(bin + nr / 2, 0, nr / 2 * sizeof(*bin));
}

void queue_bins_clear(struct queue_bin *bin, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		bin[i] = (struct queue_bin){.min = UINT32_MAX};
}

void queue_bins_add(const struct bins *bins, struct queue_bin *bin, u64 from, u64 to, u32 length)
{
	while (from < to) {
		u32 i = bins_index(bins, from);
		u64 end = min_of(to, bins->from + (i + 1ULL) * bins->width);

		bin[i].min = min_of(bin[i].min, length);
		bin[i].max = max_of(bin[i].max, length);
		bin[i].covered_ns += end - from;
		bin[i].integral += (end - from) * length;
		from = end;
	}
}

void queue_bins_halve(struct queue_bin *bin, u32 nr)
{
	for (u32 i = 0; i < nr / 2; i++) {
		const struct queue_bin *a = &bin[2 * i], *b = &bin[2 * i + 1];

		bin[i] = (struct queue_bin){
			.min = min_of(a->min, b->min),
			.max = max_of(a->max, b->max),
			.covered_ns = a->covered_ns + b->covered_ns,
			.integral = a->integral + b->integral,
		};
	}
	queue_bins_clear(bin + nr / 2, nr / 2);
}

void time_bins_add(const struct bins *bins, u64 *bin, u64 from, u64 to)
{
	while (from < to) {
		u32 i = bins_index(bins, from);
		u64 end = min_of(to, bins->from + (i + 1ULL) * bins->width);

		bin[i] += end - from;
		from = end;
	}
}

void time_bins_halve(u64 *bin, u32 nr)
{
	for (u32 i = 0; i < nr / 2; i++)
		bin[i] = bin[2 * i] + bin[2 * i + 1];
	memset(bin + nr / 2, 0, nr / 2 * sizeof(*bin));
}
