/* SPDX-License-Identifier: MIT */
/* The table of nice.h. */
#include "model/nice.h"

/* One nice step is about 1.25 in weight, which is about 10 % of cpu time between two tasks. */
const u32 nice_weights[NICE_MAX - NICE_MIN + 1] = {
	88761, 71755, 56483, 46273, 36291, /* -20 .. -16 */
	29154, 23254, 18705, 14949, 11916, /* -15 .. -11 */
	9548,  7620,  6100,  4904,  3906,  /* -10 .. -6 */
	3121,  2501,  1991,  1586,  1277,  /* -5 .. -1 */
	1024,  820,   655,   526,   423,   /* 0 .. 4 */
	335,   272,   215,   172,   137,   /* 5 .. 9 */
	110,   87,    70,    56,    45,    /* 10 .. 14 */
	36,    29,    23,    18,    15,    /* 15 .. 19 */
};
