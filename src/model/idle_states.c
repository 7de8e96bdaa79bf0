/* SPDX-License-Identifier: MIT */
/* Tables of drivers/idle/intel_idle.c, us. */
#include "model/idle_states.h"

#define STATE(name, exit, residency)                 \
	{                                            \
#name, (exit)*USEC, (residency)*USEC \
	}

const struct idle_preset idle_presets[] = {
	{"skl", /* client */
	 {STATE(C1, 2, 2), STATE(C1E, 10, 20), STATE(C3, 70, 100), STATE(C6, 85, 200),
	  STATE(C7s, 124, 800), STATE(C8, 200, 800), STATE(C9, 480, 5000), STATE(C10, 890, 5000)}},
	{"skx", {STATE(C1, 2, 2), STATE(C1E, 10, 20), STATE(C6, 133, 600)}},
	{"icx", {STATE(C1, 1, 1), STATE(C1E, 4, 4), STATE(C6, 170, 600)}},
	{"spr", {STATE(C1, 1, 1), STATE(C1E, 2, 4), STATE(C6, 290, 800)}},
	{"adl", /* client */
	 {STATE(C1, 1, 1), STATE(C1E, 2, 4), STATE(C6, 220, 600), STATE(C8, 280, 800),
	  STATE(C10, 680, 2000)}},
};

const u32 nr_idle_presets = ARRAY_SIZE(idle_presets);
