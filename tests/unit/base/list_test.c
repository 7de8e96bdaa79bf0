/* SPDX-License-Identifier: MIT */
/* Lists against an array, both directions checked after each step. */
#include "base/list.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"

enum { ITEMS = 30 };

struct item {
	u32 id;
	struct list link;
};

struct model {
	struct list head;
	struct item items[ITEMS];
	struct item *order[ITEMS];
	u32 nr;
};

static void model_remove(struct model *m, const struct item *item)
{
	u32 at = 0;

	while (m->order[at] != item)
		at++;
	m->nr--;
	memmove(&m->order[at], &m->order[at + 1], (m->nr - at) * sizeof(m->order[0]));
}

static void model_insert(struct model *m, struct item *item, bool at_head)
{
	u32 at = at_head ? 0 : m->nr;

	memmove(&m->order[at + 1], &m->order[at], (m->nr - at) * sizeof(m->order[0]));
	m->order[at] = item;
	m->nr++;
}

static void check(struct model *m, u64 seed)
{
	struct item *item;
	u32 i = 0;

	list_for_each (item, &m->head, link) {
		cr_assert_lt(i, m->nr, "seed %" PRIu64, seed);
		cr_assert_eq(item, m->order[i], "seed %" PRIu64 " place %u", seed, i);
		cr_assert_eq(item->link.next->prev, &item->link);
		cr_assert_eq(item->link.prev->next, &item->link);
		i++;
	}
	cr_assert_eq(i, m->nr, "seed %" PRIu64, seed);
	cr_assert_eq(list_empty(&m->head), m->nr == 0);
	if (m->nr) {
		cr_assert_eq(list_first(&m->head, struct item, link), m->order[0]);
		cr_assert_eq(list_last(&m->head, struct item, link), m->order[m->nr - 1]);
	}
}

Test(list, keeps_the_order_of_adding_and_moving)
{
	for (u64 seed = 1; seed <= 20; seed++) {
		struct model m = {0};
		struct rng rng;

		rng_init(&rng, seed, "list", 0);
		list_init(&m.head);
		for (u32 step = 0; step < 1000; step++) {
			struct item *item = &m.items[rng_below(&rng, ITEMS)];
			bool head = rng_below(&rng, 2);

			if (!list_linked(&item->link)) {
				(head ? list_add_head : list_add_tail)(&m.head, &item->link);
				model_insert(&m, item, head);
			} else if (rng_below(&rng, 2)) {
				list_del(&item->link);
				model_remove(&m, item);
				cr_assert_not(list_linked(&item->link));
			} else {
				(head ? list_move_head : list_move_tail)(&m.head, &item->link);
				model_remove(&m, item);
				model_insert(&m, item, head);
			}
			check(&m, seed);
		}
	}
}

Test(list, the_safe_walk_allows_removing_the_one_at_hand)
{
	struct model m = {0};
	struct item *item, *next;
	u32 seen = 0;

	list_init(&m.head);
	for (u32 i = 0; i < ITEMS; i++)
		list_add_tail(&m.head, &m.items[i].link);
	list_for_each_safe (item, next, &m.head, link) {
		cr_assert_eq(item, &m.items[seen]);
		list_del(&item->link);
		seen++;
	}
	cr_assert_eq(seen, ITEMS);
	cr_assert(list_empty(&m.head));
}
