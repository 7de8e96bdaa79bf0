/* SPDX-License-Identifier: MIT */
/*
 * Cpu masks, word by word.
 *
 * Bits from nr_bits up to the end of the last word are always clear; everything that counts,
 * compares or searches relies on it, and cpumask_fill keeps it so.
 */
#include "base/bitset.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"

struct cpumask *cpumask_new(struct arena *arena, u32 nr_bits)
{
	ensure(nr_bits > 0 && nr_bits <= CPUS_MAX);

	struct cpumask *m =
		arena_alloc_aligned(arena, cpumask_size(nr_bits), _Alignof(struct cpumask));

	m->nr_bits = nr_bits;
	m->nr_words = (nr_bits + 63) / 64;
	return m;
}

struct cpumask *cpumask_dup(struct arena *arena, const struct cpumask *mask)
{
	struct cpumask *m = cpumask_new(arena, mask->nr_bits);

	cpumask_copy(m, mask);
	return m;
}

void cpumask_fill(struct cpumask *m)
{
	memset(m->word, 0xff, 8 * (size_t)m->nr_words);
	if (m->nr_bits % 64)
		m->word[m->nr_words - 1] = (1ULL << (m->nr_bits % 64)) - 1;
}

void cpumask_zero(struct cpumask *m)
{
	memset(m->word, 0, 8 * (size_t)m->nr_words);
}

void cpumask_copy(struct cpumask *to, const struct cpumask *from)
{
	for (u32 i = 0; i < to->nr_words; i++)
		to->word[i] = from->word[i];
}

void cpumask_and(struct cpumask *to, const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < to->nr_words; i++)
		to->word[i] = a->word[i] & b->word[i];
}

void cpumask_or(struct cpumask *to, const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < to->nr_words; i++)
		to->word[i] = a->word[i] | b->word[i];
}

void cpumask_andnot(struct cpumask *to, const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < to->nr_words; i++)
		to->word[i] = a->word[i] & ~b->word[i];
}

bool cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < a->nr_words; i++)
		if (a->word[i] != b->word[i])
			return false;
	return true;
}

bool cpumask_subset(const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < a->nr_words; i++)
		if (a->word[i] & ~b->word[i])
			return false;
	return true;
}

bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	for (u32 i = 0; i < a->nr_words; i++)
		if (a->word[i] & b->word[i])
			return true;
	return false;
}

bool cpumask_empty(const struct cpumask *m)
{
	for (u32 i = 0; i < m->nr_words; i++)
		if (m->word[i])
			return false;
	return true;
}

u32 cpumask_count(const struct cpumask *m)
{
	u32 count = 0;

	for (u32 i = 0; i < m->nr_words; i++)
		if (m->word[i])
			count += bits_set(m->word[i]);
	return count;
}

u32 cpumask_next(const struct cpumask *m, u32 from)
{
	return cpumask_next_and(m, m, from);
}

u32 cpumask_next_and(const struct cpumask *a, const struct cpumask *b, u32 from)
{
	if (from >= a->nr_bits)
		return a->nr_bits;

	u32 i = from / 64;
	u64 word = a->word[i] & b->word[i] & ~0ULL << (from % 64);

	while (!word) {
		if (++i == a->nr_words)
			return a->nr_bits;
		word = a->word[i] & b->word[i];
	}
	return i * 64 + (u32)__builtin_ctzll(word);
}

u32 cpumask_next_wrap(const struct cpumask *m, u32 from)
{
	u32 bit = cpumask_next(m, from);

	return bit < m->nr_bits ? bit : cpumask_next(m, 0);
}

/* The end of the run of set bits that begins at @bit. */
static u32 run_end(const struct cpumask *m, u32 bit)
{
	while (bit < m->nr_bits && cpumask_test(m, bit))
		bit++;
	return bit;
}

void cpumask_format(const struct cpumask *m, char *buf, size_t size)
{
	size_t len = 0;

	if (!size)
		return;
	buf[0] = '\0';
	for (u32 bit = cpumask_next(m, 0); bit < m->nr_bits && len < size;) {
		u32 end = run_end(m, bit);
		const char *comma = len ? "," : "";
		int n = end - bit == 1
				? snprintf(buf + len, size - len, "%s%u", comma, bit)
				: snprintf(buf + len, size - len, "%s%u-%u", comma, bit, end - 1);

		len += (size_t)n;
		bit = cpumask_next(m, end);
	}
}

void cpumask_format_hex(const struct cpumask *m, char *buf, size_t size)
{
	u32 bits = (m->nr_bits - 1) % 32 + 1;
	size_t len = 0;

	for (u32 i = (m->nr_bits + 31) / 32; i-- > 0 && len < size; bits = 32)
		len += (size_t)snprintf(buf + len, size - len, "%0*x%s", (int)((bits + 3) / 4),
					(u32)(m->word[i / 2] >> i % 2 * 32), i ? "," : "");
}

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* Reads a cpu number at *@s and moves on. */
static bool parse_cpu(const char **s, u32 nr_bits, u32 *cpu, const char **error)
{
	const char *at = skip_blanks(*s);
	u32 value = 0;

	if (*at < '0' || *at > '9') {
		*error = "a list of cpus such as 0-3,8 or 'all' is expected";
		return false;
	}
	for (; *at >= '0' && *at <= '9'; at++)
		value = min_of(value * 10 + (u32)(*at - '0'), (u32)CPUS_MAX);
	if (value >= nr_bits) {
		*error = "a cpu of the list is not in the machine";
		return false;
	}
	*cpu = value;
	*s = skip_blanks(at);
	return true;
}

bool cpumask_parse(struct cpumask *m, const char *text, const char **error)
{
	const char *at = skip_blanks(text);
	u32 first, last;

	cpumask_zero(m);
	if (!strncmp(at, "all", 3) && !*skip_blanks(at + 3)) {
		cpumask_fill(m);
		return true;
	}
	for (;; at++) {
		if (!parse_cpu(&at, m->nr_bits, &first, error))
			return false;
		last = first;
		if (*at == '-') {
			at++;
			if (!parse_cpu(&at, m->nr_bits, &last, error))
				return false;
		}
		if (last < first) {
			*error = "a range of cpus ends before it begins";
			return false;
		}
		for (u32 cpu = first; cpu <= last; cpu++)
			cpumask_set(m, cpu);
		if (!*at)
			return true;
		if (*at != ',') {
			*error = "cpus of a list are separated by ',' and '-'";
			return false;
		}
	}
}
