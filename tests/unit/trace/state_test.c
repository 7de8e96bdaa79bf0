/* SPDX-License-Identifier: MIT */
/* prev_state through the ages: the tables of traces-and-rt-app section 2.9. */
#include "trace/state_era.h"

#include "reading.h"

#include <criterion/criterion.h>
#include <string.h>

static u32 decode(const struct state_decoder *decoder, const char *state, bool plugin,
		  const char *comm)
{
	char padded[128] = {0};

	memcpy(padded, state, strlen(state));
	return state_decode(decoder, (struct span){padded, (u32)strlen(state)}, plugin,
			    (struct span){comm, (u32)strlen(comm)});
}

struct row {
	const char *state;
	u32 value;
};

static void check_rows(struct state_decoder decoder, bool plugin, const struct row *rows,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(decode(&decoder, rows[i].state, plugin, "bash"), rows[i].value,
			     "%s is %x, not %x", rows[i].state,
			     decode(&decoder, rows[i].state, plugin, "bash"), rows[i].value);
}

Test(state, kernels_since_4_20_print_what_they_mean)
{
	static const struct row rows[] = {
		{"R", 0},      {"S", 1},       {"D", 2},         {"T", 4},       {"t", 8},
		{"X", 0x10},   {"Z", 0x20},    {"P", 0x40},      {"I", 0x80},    {"R+", 0x100},
		{"S+", 0x100}, {"0", 0},       {"1", 1},         {"2", 2},       {"32", 0x20},
		{"128", 0x80}, {"256", 0x100}, {"0x100", 0x100}, {"0x2 (2)", 2},
	};

	check_rows((struct state_decoder){.era = STATE_ERA_NOW}, false, rows, ARRAY_SIZE(rows));
}

Test(state, kernels_before_4_14_have_more_flags)
{
	static const struct row rows[] = {
		{"R", 0},        {"R+", 0x100},  {"S", 1},     {"D", 2},        {"D|K", 2},
		{"D|W", 2},      {"D|N", 0x80},  {"x", 0x10},  {"P", 0x40},     {"130", 2},
		{"258", 2},      {"1026", 0x80}, {"64", 0x10}, {"1024", 0x100}, {"2048", 0x100},
		{"4096", 0x100}, {"t", 8},
	};

	check_rows((struct state_decoder){.era = STATE_ERA_OLD}, false, rows, ARRAY_SIZE(rows));
}

Test(state, kernel_4_14_prints_an_index_as_if_it_were_flags)
{
	static const struct row rows[] = {
		{"R", 0},      {"S", 1},      {"D", 2},        {"S|D", 4},  {"T", 8},
		{"S|T", 0x10}, {"D|T", 0x20}, {"S|D|T", 0x40}, {"t", 0x80}, {"R+", 0x100},
		{"8", 0x80},   {"6", 0x20},   {"4096", 0x100},
	};

	check_rows((struct state_decoder){.era = STATE_ERA_INDEX}, false, rows, ARRAY_SIZE(rows));
}

Test(state, kernels_4_15_to_4_19_print_the_neighbour)
{
	static const struct row rows[] = {
		{"S", 0},    {"D", 1},    {"T", 2},      {"t", 4}, {"X", 8}, {"Z", 0x10},
		{"P", 0x20}, {"I", 0x40}, {"R+", 0x100}, {"1", 0}, {"2", 1},
	};
	struct state_decoder decoder = {.era = STATE_ERA_SHIFTED};

	check_rows(decoder, false, rows, ARRAY_SIZE(rows));
	cr_assert_eq(decode(&decoder, "R+", false, "kworker/0:1"), 0x80,
		     "idle workers look preempted");
}

Test(state, a_plugin_has_a_table_of_its_own)
{
	static const struct row old_rows[] = {
		{"R", 0}, {"S", 1}, {"D", 2}, {"Z", 0x10}, {"X", 0x20}, {"x", 0x40}, {"W", 0x80},
	};
	static const struct row fixed_rows[] = {
		{"X", 0x10}, {"Z", 0x20}, {"P", 0x40}, {"I", 0x80}, {"R+", 0x100}};

	check_rows((struct state_decoder){.era = STATE_ERA_NOW}, true, old_rows,
		   ARRAY_SIZE(old_rows));
	check_rows((struct state_decoder){.fixed_plugin = true}, true, fixed_rows,
		   ARRAY_SIZE(fixed_rows));
}

#define SW(comm, pid, state)                                                   \
	"  x-1 [000] 1.000000: sched_switch: prev_comm=" comm " prev_pid=" pid \
	" prev_prio=120 prev_state=" state " ==> next_comm=b next_pid=2 next_prio=120\n"
#define RAW(comm, pid, state)                                                   \
	"  x-1 [000] 1.000000: sched_switch:  prev_comm=" comm " prev_pid=" pid \
	" prev_prio=120 prev_state=" state " next_comm=b next_pid=2 next_prio=120\n"
#define PLUGIN(task, state) \
	"  x-1 [000] 1.000000: sched_switch: " task " [120] " state " ==> b:2 [120]\n"

static struct state_decoder found(const char *text)
{
	struct state_decoder decoder;

	state_decoder_init(&decoder, text, strlen(text));
	return decoder;
}

Test(state, the_era_is_found_by_what_only_it_prints)
{
	cr_assert_eq(found(SW("a", "7", "S") SW("swapper/0", "0", "R")).era, STATE_ERA_NOW);
	cr_assert_eq(found(SW("a", "7", "D") SW("swapper/0", "0", "S")).era, STATE_ERA_SHIFTED);
	cr_assert_eq(found(RAW("a", "7", "2") RAW("swapper/0", "0", "1")).era, STATE_ERA_SHIFTED);
	cr_assert_eq(found(PLUGIN("swapper/1:0", "S")).era, STATE_ERA_SHIFTED);
	cr_assert_eq(found(SW("kworker/0:1", "7", "t") SW("swapper/0", "0", "R")).era,
		     STATE_ERA_INDEX);
	cr_assert_eq(found(SW("a", "7", "D|K")).era, STATE_ERA_OLD);
	cr_assert_eq(found(SW("a", "7", "x")).era, STATE_ERA_OLD);
	cr_assert_eq(found(RAW("a", "7", "130")).era, STATE_ERA_OLD);
	cr_assert_eq(found(SW("rcu_preempt", "15", "I")).era, STATE_ERA_NOW);
	cr_assert_eq(found("").era, STATE_ERA_NOW);
}

Test(state, raw_and_plugin_forms_are_noticed)
{
	cr_assert(found(RAW("a", "7", "1")).raw);
	cr_assert_not(found(SW("a", "7", "S")).raw);
	cr_assert(found(PLUGIN("a:7", "I")).fixed_plugin);
	cr_assert_not(found(PLUGIN("a:7", "W")).fixed_plugin);
}

Test(state, the_reader_says_how_it_decoded)
{
	struct reading *r = read_trace(SW("a", "7", "D") SW("swapper/0", "0", "S"));

	cr_assert(strstr(r->facts.state_era, "4.15"));
	cr_assert_eq(record_prev_state(nth_of(r, RECORD_SWITCH, 0)), 1);
	reading_free(r);
}

Test(state, texts_are_the_kernels)
{
	char buf[16];

	cr_assert_str_eq(record_state_text(0, buf), "R");
	cr_assert_str_eq(record_state_text(0x100, buf), "R+");
	cr_assert_str_eq(record_state_text(1, buf), "S");
	cr_assert_str_eq(record_state_text(0x20, buf), "Z");
	cr_assert_str_eq(record_state_text(0x82, buf), "D|I");
	cr_assert_eq(strlen(record_state_text(0x1ff, buf)), 15, "never longer than the buffer");
}
