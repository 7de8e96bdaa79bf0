/* SPDX-License-Identifier: MIT */
/* What the two files share that look for groups: see replay_groups.c. */
#ifndef OSSIM_INPUT_REPLAY_GROUPS_H
#define OSSIM_INPUT_REPLAY_GROUPS_H

#include "input/replay.h"

/* Those with a quota, and who is in them. */
void replay_quotas(struct replay *replay);

#endif
