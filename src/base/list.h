/* SPDX-License-Identifier: MIT */
/*
 * Intrusive circular doubly linked lists. A head is a link that is in no object.
 * An unlinked link points to itself (list_init) or is zeroed (never linked).
 */
#ifndef OSSIM_BASE_LIST_H
#define OSSIM_BASE_LIST_H

#include "base/types.h"

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline bool list_linked(const struct list *link)
{
	return link->next && link->next != link;
}

static inline void list_insert_between(struct list *link, struct list *prev, struct list *next)
{
	next->prev = link;
	link->next = next;
	link->prev = prev;
	prev->next = link;
}

static inline void list_add_head(struct list *head, struct list *link)
{
	list_insert_between(link, head, head->next);
}

static inline void list_add_tail(struct list *head, struct list *link)
{
	list_insert_between(link, head->prev, head);
}

static inline void list_del(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link->next = link->prev = link;
}

static inline void list_move_head(struct list *head, struct list *link)
{
	list_del(link);
	list_add_head(head, link);
}

static inline void list_move_tail(struct list *head, struct list *link)
{
	list_del(link);
	list_add_tail(head, link);
}

/* All of @from goes to the end of @head; @from is empty then. */
static inline void list_splice_tail(struct list *head, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = head->prev;
	head->prev->next = from->next;
	from->prev->next = head;
	head->prev = from->prev;
	list_init(from);
}

#define list_entry(link, type, member) container_of(link, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_last(head, type, member)  list_entry((head)->prev, type, member)

#define list_for_each(pos, head, member)                                                       \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); &pos->member != (head); \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

#define list_for_each_safe(pos, tmp, head, member)                        \
	for (pos = list_entry((head)->next, __typeof__(*pos), member),    \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head);                                      \
	     pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*pos), member))

#endif
