/* SPDX-License-Identifier: MIT */
/*
 * The load average, as the kernel computes it: every 5 s and one tick the number of active tasks
 * enters three averages with 11 fractional bits. The extra tick keeps the samples from beating with
 * what tasks do once a second. A rising average is rounded up, so that it can reach its goal.
 */
#include "observe/load.h"

/* 2048 / exp(5 s / 1 min), / exp(5 s / 5 min), / exp(5 s / 15 min) */
static const u32 load_decay[NR_LOADS] = {1884, 2014, 2037};

void load_init(struct load *load, u32 hz)
{
	if (hz == 0)
		hz = 250;
	*load = (struct load){.period = (5 * (u64)hz + 1) * (SEC / hz)};
	load->next = load->period;
}

u32 load_step(u32 avg, u32 decay, u64 active)
{
	u64 sum = (u64)avg * decay + active * (LOAD_ONE - decay);

	if (active >= avg)
		sum += LOAD_ONE - 1;
	return (u32)min_of(sum / LOAD_ONE, (u64)UINT32_MAX);
}

void load_sample(struct load *load, u64 when, u64 active)
{
	while (load->next <= when) {
		bool moved = false;

		for (u32 i = 0; i < NR_LOADS; i++) {
			u32 avg = load_step(load->avg[i], load_decay[i], active * LOAD_ONE);

			moved |= avg != load->avg[i];
			load->avg[i] = avg;
		}
		/* Once settled, a long silence is one step. */
		load->next += load->period * (moved ? 1 : (when - load->next) / load->period + 1);
	}
}

u32 load_hundredths(u32 avg)
{
	return (u32)(((u64)avg + LOAD_ONE / 200) * 100 / LOAD_ONE);
}

u32 load_milli(const struct load *load, u32 which)
{
	return (u32)(((u64)load->avg[which] * 1000 + LOAD_ONE / 2) / LOAD_ONE);
}
