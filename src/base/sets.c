/* SPDX-License-Identifier: MIT */
#include "base/sets.h"

u32 sets_root(u32 *of, u32 at)
{
	while (of[at] != at)
		at = of[at] = of[of[at]];
	return at;
}

void sets_join(u32 *of, u32 one, u32 other)
{
	one = sets_root(of, one);
	other = sets_root(of, other);
	of[max_of(one, other)] = min_of(one, other);
}
