/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "feed.h"

static const struct observer_config only_digest = {.digest = true};

static void some_records(struct feed *feed, bool extra)
{
	feed_idle_tasks(feed);
	feed_task(feed, 2, "worker");
	for (u32 i = 1; i <= 3000; i++) {
		feed_wakeup(feed, 100 * i, 2, 0);
		if (extra)
			feed_put(feed, (struct record){.when = 100 * i,
						       .kind = RECORD_RUNTIME,
						       .task = 2,
						       .value = i});
		feed_switch(feed, 100 * i + 10, 0, 0, STATE_R, 2);
		feed_switch(feed, 100 * i + 50, 0, 2, STATE_S, 0);
	}
	feed_mark(feed, 400000, "done");
}

static void take_nothing(void *self, const struct record *batch, size_t count)
{
	(void)self;
	(void)batch;
	(void)count;
}

static u64 digest_of(const char *first_name, bool extra, const char *mark)
{
	struct feed feed;
	u64 digest;

	feed_init(&feed, only_digest);
	names_intern_str(&feed.names, first_name);
	if (extra)
		stream_add_sink(&feed.stream,
				(struct sink){.wants = RECORD_BIT(RUNTIME), .take = take_nothing});
	some_records(&feed, extra);
	feed_mark(&feed, 400001, mark);
	digest = feed_end(&feed, 400002)->digest;
	feed_fini(&feed);
	return digest;
}

Test(digest, does_not_depend_on_name_ids)
{
	cr_assert_eq(digest_of("worker", false, "x"), digest_of("something else", false, "x"));
}

Test(digest, does_not_depend_on_what_other_sinks_want)
{
	cr_assert_eq(digest_of("a", false, "x"), digest_of("a", true, "x"));
}

Test(digest, depends_on_texts)
{
	cr_assert_neq(digest_of("a", false, "x"), digest_of("a", false, "y"));
}

Test(digest, depends_on_the_time_of_a_single_record)
{
	struct feed feed;
	u64 digest[2];

	for (u32 i = 0; i < 2; i++) {
		feed_init(&feed, only_digest);
		some_records(&feed, false);
		digest[i] = feed_end(&feed, 500000 + i)->digest;
		feed_fini(&feed);
	}
	cr_assert_neq(digest[0], digest[1]);
}
