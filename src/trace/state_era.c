/* SPDX-License-Identifier: MIT */
/*
 * What prev_state means, by era of the kernel.
 *
 * Letters are first turned into the bits that the printing program meant, then the bits into ours.
 * A '+' (preempted) makes the rest void: the kernel does not look at the task's state either.
 */
#include "trace/state_era.h"

/* Our numbers, as in record.h. */
enum {
	STATE_R = 0,
	STATE_S = 1,
	STATE_D = 2,
	STATE_T = 4,
	STATE_TRACED = 8,
	STATE_X = 0x10,
	STATE_Z = 0x20,
	STATE_P = 0x40,
	STATE_I = 0x80,
	STATE_PREEMPTED = 0x100
};

/* Bits of the kernels up to 4.13. */
enum {
	OLD_Z = 0x10,
	OLD_X = 0x20,
	OLD_DEAD = 0x40,
	OLD_WAKEKILL = 0x80,
	OLD_WAKING = 0x100,
	OLD_PARKED = 0x200,
	OLD_NOLOAD = 0x400
};

/* How much of a trace is looked at to find the era. */
enum { ERA_SAMPLE_BYTES = 4 << 20 };

static bool is_kernel_worker(struct span comm)
{
	return (comm.len > 8 && memcmp(comm.at, "kworker/", 8) == 0) ||
	       (comm.len > 4 && memcmp(comm.at, "rcu_", 4) == 0);
}

static bool is_single(struct span state, char letter)
{
	return state.len == 1 && state.at[0] == letter;
}

static bool has_letter(struct span state, char letter)
{
	return memchr(state.at, letter, state.len) != NULL;
}

/* The bits behind letters joined by '|'. @order: the letter of each bit. */
static u32 bits_of_letters(struct span state, const char *order)
{
	u32 bits = 0;

	for (u32 i = 0; i < state.len; i++) {
		const char *found = state.at[i] ? strchr(order, state.at[i]) : NULL;

		if (found)
			bits |= 1u << (found - order);
	}
	return bits;
}

static u32 from_old(u32 bits)
{
	/* The bit behind '+' moved: 0x400 while there was no noload, then 0x800, then 0x1000. */
	if (bits & 0x1800 || bits == OLD_NOLOAD)
		return STATE_PREEMPTED;
	if (bits & OLD_NOLOAD)
		return STATE_I;
	if (bits & (OLD_DEAD | OLD_X))
		return STATE_X;
	if (bits & OLD_Z)
		return STATE_Z;
	if (bits & OLD_PARKED)
		return STATE_P;
	return bits & (STATE_S | STATE_D | STATE_T | STATE_TRACED);
}

static u32 from_index(u32 index)
{
	static const u16 states[] = {STATE_R, STATE_S, STATE_D, STATE_T, STATE_TRACED,
				     STATE_X, STATE_Z, STATE_P, STATE_I};

	return index < ARRAY_SIZE(states) ? states[index]
	       : index & 0x1000           ? STATE_PREEMPTED
					  : STATE_R;
}

/* Every state was printed as the next one, and idle ones as if preempted. */
static u32 from_shifted(u32 bits, struct span comm)
{
	if (bits & STATE_PREEMPTED)
		return is_kernel_worker(comm) ? STATE_I : STATE_PREEMPTED;
	return bits >> 1;
}

static u32 from_bits(const struct state_decoder *decoder, u32 bits, struct span comm)
{
	switch (decoder->era) {
	case STATE_ERA_SHIFTED:
		return from_shifted(bits, comm);
	case STATE_ERA_INDEX:
		return from_index(bits);
	case STATE_ERA_OLD:
		return from_old(bits);
	case STATE_ERA_NOW:
		break;
	}
	return bits & STATE_PREEMPTED ? STATE_PREEMPTED : bits & 0xff;
}

/* The letter of each bit, as the era's kernels print them. */
static const char *kernel_letters(enum state_era era)
{
	switch (era) {
	case STATE_ERA_OLD:
		return "SDTtZXxKWPN";
	default:
		return "SDTtXZPI";
	}
}

static u32 decode_letters(const struct state_decoder *decoder, struct span state, bool plugin,
			  struct span comm)
{
	if (plugin && !decoder->fixed_plugin)
		return from_bits(decoder, bits_of_letters(state, "SDTtZXxW"), comm);
	if (has_letter(state, '+'))
		return decoder->era == STATE_ERA_SHIFTED ? from_shifted(STATE_PREEMPTED, comm)
							 : STATE_PREEMPTED;
	return from_bits(decoder, bits_of_letters(state, kernel_letters(decoder->era)), comm);
}

u32 state_decode(const struct state_decoder *decoder, struct span state, bool plugin,
		 struct span comm)
{
	s64 number;

	if (likely(state.len == 1 && decoder->era == STATE_ERA_NOW && !plugin)) {
		if (state.at[0] == 'R')
			return STATE_R;
		if (state.at[0] == 'S')
			return STATE_S;
	}
	if (state.len && scan_is_digit(state.at[0]))
		return scan_number(state.at, &number) ? from_bits(decoder, (u32)number, comm)
						      : STATE_R;
	return decode_letters(decoder, state, plugin, comm);
}

/* Finding the era. */

struct era_signs {
	bool shifted, index, old, now, raw, plugin, plugin_idle, any;
};

static void sign_of_number(struct era_signs *signs, u32 value, bool idle, bool worker)
{
	if (idle && value == 1)
		signs->shifted = true;
	if (worker && value == 8)
		signs->index = true;
	if (value == STATE_I)
		signs->now = true;
	if (value == 130 || value == 258 || value >= 0x200)
		signs->old = true;
}

static void sign_of_letters(struct era_signs *signs, struct span state, bool idle, bool worker)
{
	if (idle && is_single(state, 'S'))
		signs->shifted = true;
	if (worker && is_single(state, 't'))
		signs->index = true;
	if (is_single(state, 'I') || is_single(state, 'P'))
		signs->now = true;
	if (has_letter(state, 'K') || has_letter(state, 'W') || has_letter(state, 'N') ||
	    has_letter(state, 'x'))
		signs->old = true;
}

static struct span span_until(const char *at, const char *end, char stop)
{
	const char *found = memchr(at, stop, (size_t)(end - at));

	return (struct span){at, (u32)((found ? found : end) - at)};
}

/* The body of one sched_switch. */
static void read_signs(struct era_signs *signs, const char *at, const char *end)
{
	const char *state = scan_search(at, end, " prev_state=", 12);
	const char *pid = scan_search(at, end, " prev_pid=", 10);
	bool idle, worker;
	struct span letters;

	if (!state || !pid || !scan_at(at, end, "prev_comm=")) {
		const char *arrow = scan_search(at, end, " ==> ", 5);

		signs->plugin |= arrow != NULL;
		signs->plugin_idle |= arrow && arrow[-1] == 'I';
		signs->shifted |=
			arrow && arrow - at > 8 && scan_at(at, end, "swapper/") && arrow[-1] == 'S';
		return;
	}
	idle = scan_at(pid, end, " prev_pid=0 ");
	worker = is_kernel_worker((struct span){at + 10, (u32)(end - at - 10)});
	letters = span_until(state + 12, end, ' ');
	signs->any = true;
	if (letters.len && scan_is_digit(letters.at[0])) {
		u32 value = 0;

		for (u32 i = 0; i < letters.len && scan_is_digit(letters.at[i]); i++)
			value = value * 10 + (u32)(letters.at[i] - '0');
		signs->raw |= !scan_search(state, end, " ==> ", 5);
		sign_of_number(signs, value, idle, worker);
	} else {
		sign_of_letters(signs, letters, idle, worker);
	}
}

void state_decoder_init(struct state_decoder *decoder, const char *text, size_t len)
{
	const char *at = text, *end = text + min_of(len, (size_t)ERA_SAMPLE_BYTES);
	struct era_signs signs = {0};

	while ((at = scan_search(at, end, "sched_switch:", 13))) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));

		for (at += 13; at < end && scan_is_blank(*at); at++)
			;
		if (!line_end)
			line_end = end;
		if (at < line_end)
			read_signs(&signs, at, line_end);
	}
	*decoder = (struct state_decoder){
		.era = signs.shifted             ? STATE_ERA_SHIFTED
		       : signs.index             ? STATE_ERA_INDEX
		       : signs.old && !signs.now ? STATE_ERA_OLD
						 : STATE_ERA_NOW,
		.raw = signs.raw,
		.seen_plugin = signs.plugin,
		.fixed_plugin = signs.plugin_idle,
	};
}

const char *state_decoder_text(const struct state_decoder *decoder)
{
	if (decoder->era == STATE_ERA_SHIFTED)
		return "4.15-4.19 (shifted by one)";
	if (decoder->era == STATE_ERA_INDEX)
		return "4.14 (index)";
	if (decoder->era == STATE_ERA_OLD)
		return "before 4.14";
	if (decoder->seen_plugin && !decoder->fixed_plugin)
		return "4.20 and later, letters of libtraceevent before 1.8";
	return "4.20 and later";
}
