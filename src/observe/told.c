/* SPDX-License-Identifier: MIT */
/* Decisions point to what lives only while they are told: whoever keeps one copies that, too. */
#include "observe/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

void told_set(struct told *told, const struct decision *decision)
{
	u32 nr_missed = decision->kind == DECISION_SELECT ? decision->select.nr_missed : 0;

	told->decision = *decision;
	vec_clear(&told->candidates);
	vec_clear(&told->missed);
	for (u32 i = 0; i < decision->nr_candidates; i++)
		vec_push(&told->candidates, decision->candidates[i]);
	for (u32 i = 0; i < nr_missed; i++)
		vec_push(&told->missed, decision->select.missed[i]);
	told->decision.candidates = told->candidates.at;
	if (decision->kind != DECISION_SELECT)
		return;
	told->decision.select.missed = told->missed.at;
	told->decision.select.allowed = NULL;
}

void told_fini(struct told *told)
{
	vec_fini(&told->candidates);
	vec_fini(&told->missed);
}

void told_list_add(struct told_list *list, const struct decision *decision)
{
	if (list->len == TOLD_MAX) {
		list->left_out++;
		return;
	}
	if (!list->at) {
		list->at = calloc(TOLD_MAX, sizeof(*list->at));
		if (!list->at)
			die("out of memory for decisions");
	}
	told_set(&list->at[list->len++], decision);
}

void told_list_clear(struct told_list *list)
{
	list->len = list->left_out = 0;
}

void told_list_fini(struct told_list *list)
{
	for (u32 i = 0; list->at && i < TOLD_MAX; i++)
		told_fini(&list->at[i]);
	free(list->at);
}
