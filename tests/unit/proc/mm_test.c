/* SPDX-License-Identifier: MIT */
/*
 * Pages: counts of a fork's copies (process.md 3.8), random forks and writes against page tables,
 * ASIDs (11.3).
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/rng.h"
#include "proc/proc.h"
#include "rig.h"

#define FAULTS RECORD_BIT(FAULT)
#define MARKS  RECORD_BIT(MARK)

/*
 * touch 1000; fork; write 500: who writes first copies, the other is the last who has those pages.
 */
Test(mm, the_first_writer_after_a_fork_copies_and_the_last_does_not)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "write_pages 500; write_pages 500; run 2ms");
	rig_task(&rig, "p", "touch_pages 1000; fork c; run 1ms; write_pages 800");
	rig_expect(&rig, FAULTS,
		   "0 fault p anonymous 1000\n"
		   "0 fault c copied 500\n"
		   "1 ms fault p reused 500\n"
		   "1 ms fault p copied 300\n");
}

/* exit_mmap(): nobody is left who shares them. */
Test(mm, after_the_childs_end_the_parent_copies_nothing)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.pages = 100}, "fork c; wait; write_pages 150");
	rig_expect(&rig, FAULTS, "1 ms fault p reused 100\n1 ms fault p anonymous 50\n");
}

Test(mm, with_CLONE_VM_pages_are_the_same_and_threads_share_them_anyway)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "write_pages 10; touch_pages 5; run 2ms");
	rig_template(&rig, "t", "run 1ms; write_pages 15");
	rig_task_attr(&rig, "p", (struct rig_attr){.pages = 10},
		      "clone c vm; clone t; run 2ms; write_pages 16");
	rig_expect(&rig, FAULTS, "0 fault c anonymous 5\n2 ms fault p anonymous 1\n");
}

Test(mm, exec_begins_with_what_its_template_says)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "tool", "write_pages 7; run 2ms");
	rig_template(&rig, "c", "write_pages 1; exec tool tool");
	rig_task_attr(&rig, "p", (struct rig_attr){.pages = 3},
		      "fork c; run 1ms; write_pages 3; wait");
	rig_expect(&rig, FAULTS,
		   "0 fault c copied 1\n0 fault tool anonymous 7\n1 ms fault p reused 3\n");
}

Test(mm, faults_and_page_tables_cost_time)
{
	struct rig rig;
	struct costs *costs;

	rig_init(&rig, 2, "v6.12");
	costs = &builder_platform(rig.builder)->costs;
	costs->fork_page = 1000; /* 100 us */
	costs->fork_vma = 5000;
	costs->fault = 2000;
	costs->fault_reuse = 10000;
	costs->fault_copy = 20000;
	rig_template(&rig, "c", "write_pages 50; mark copied; run 10ms");
	rig_task_attr(
		&rig, "p", (struct rig_attr){.pages = 100},
		"fork c; mark forked; run 2ms; write_pages 50; mark reused; touch_pages 10; mark touched");
	rig_expect(&rig, MARKS,
		   "105 us mark p forked\n"
		   "1.105 ms mark c copied\n"
		   "2.605 ms mark p reused\n"
		   "2.625 ms mark p touched\n");
}

/* ---- Against page tables: every page of every process a number ---- */

enum { PROCESSES = 8, PAGES = 60 };

struct table {
	u32 page[PAGES]; /* 0: not there; equal numbers: one page */
	bool read_only[PAGES];
	u32 nr;
};

struct memories {
	struct workload workload;
	struct proc_world world;
	struct process process[PROCESSES];
	struct table table[PROCESSES];
	bool lives[PROCESSES];
	u32 next_page;
};

static bool others_have(const struct memories *m, u32 who, u32 page)
{
	for (u32 i = 0; i < PROCESSES; i++)
		for (u32 k = 0; i != who && m->lives[i] && k < m->table[i].nr; k++)
			if (m->table[i].page[k] == page)
				return true;
	return false;
}

static struct faults model_write(struct memories *m, u32 who, u32 pages)
{
	struct table *t = &m->table[who];
	struct faults faults = {0};

	for (u32 i = 0; i < pages; i++) {
		if (i >= t->nr) {
			t->page[t->nr++] = ++m->next_page;
			t->read_only[i] = false;
			faults.anonymous++;
		} else if (t->read_only[i]) {
			t->read_only[i] = false;
			if (others_have(m, who, t->page[i])) {
				t->page[i] = ++m->next_page;
				faults.copied++;
			} else {
				faults.reused++;
			}
		}
	}
	return faults;
}

static void do_fork(struct memories *m, u32 from, u32 to)
{
	mm_fork(&m->world, &m->process[from], &m->process[to]);
	for (u32 i = 0; i < m->table[from].nr; i++)
		m->table[from].read_only[i] = true;
	m->table[to] = m->table[from];
	m->lives[to] = true;
}

/* munmap() cuts the end off; what was mapped and not there is what goes first. */
static void do_unmap(struct memories *m, u32 who, u32 pages)
{
	struct mm *mm = m->process[who].memory;
	u64 left;

	mm_map(&m->process[who], pages / 4, true);
	left = mm->size - min_of(mm->size, (u64)pages);
	mm_unmap(&m->world, &m->process[who], pages);
	m->table[who].nr = (u32)min_of((u64)m->table[who].nr, left);
	cr_assert_eq(mm->size, left);
	cr_assert_eq(mm->resident, m->table[who].nr);
}

static void random_step(struct memories *m, struct rng *rng, u32 op)
{
	u32 who = (u32)rng_below(rng, PROCESSES), other = (u32)rng_below(rng, PROCESSES);
	u32 pages = (u32)rng_below(rng, PAGES + 1);
	struct faults got, expected;

	if (!m->lives[who])
		return;
	if (rng_below(rng, 4) == 0 && !m->lives[other]) {
		do_fork(m, who, other);
	} else if (rng_below(rng, 5) == 0 && who) {
		mm_put(&m->world, &m->process[who]);
		m->lives[who] = false;
	} else if (rng_below(rng, 8) == 0) {
		do_unmap(m, who, pages / 2);
	} else if (rng_below(rng, 20) == 0) {
		mm_put(&m->world, &m->process[who]);
		mm_begin(&m->world, &m->process[who], NULL);
		m->table[who] = (struct table){0};
	} else {
		got = mm_write(&m->world, &m->process[who], pages);
		expected = model_write(m, who, pages);
		cr_assert_eq(got.anonymous, expected.anonymous, "op %u", op);
		cr_assert_eq(got.copied, expected.copied, "op %u", op);
		cr_assert_eq(got.reused, expected.reused, "op %u", op);
		cr_assert_eq(m->process[who].memory->resident, m->table[who].nr);
	}
}

Test(mm, random_forks_and_writes_agree_with_page_tables)
{
	static struct memories m;
	struct rng rng;

	m.world.workload = &m.workload;
	mm_init(&m.world);
	rng_init(&rng, 1, "mm test", 0);
	mm_begin(&m.world, &m.process[0], NULL);
	m.lives[0] = true;
	for (u32 op = 0; op < 100 * 1000; op++)
		random_step(&m, &rng, op);
	for (u32 i = 0; i < PROCESSES; i++)
		mm_put(&m.world, &m.process[i]);
	cr_expect_eq(m.world.mms.nr_live, 0);
	cr_expect_eq(m.world.page_runs.nr_live, 0);
	cr_expect_eq(m.world.mappings.nr_live, 0);
	mm_fini(&m.world);
}

/*
 * mmap: an area and nothing there; brk: no area; a write that comes later finds what munmap has
 * left.
 */
Test(mm, areas_come_and_go)
{
	static struct memories m;
	struct mm *mm;

	m.world.workload = &m.workload;
	mm_init(&m.world);
	mm_begin(&m.world, &m.process[0], NULL);
	mm = m.process[0].memory;
	mm_map(&m.process[0], 100, true);
	mm_map(&m.process[0], 20, false);
	cr_expect(mm->size == 120 && mm->vmas == 2 && mm->resident == 0);
	cr_expect_eq(mm_write(&m.world, &m.process[0], 110).anonymous, 110);
	mm_unmap(&m.world, &m.process[0], 50);
	cr_expect(mm->size == 70 && mm->vmas == 1 && mm->resident == 70);
	cr_expect_eq(mm_write(&m.world, &m.process[0], 80).anonymous, 10);
	cr_expect(mm->peak_size == 120 && mm->peak_resident == 110);
	mm_put(&m.world, &m.process[0]);
	mm_fini(&m.world);
}

/* ---- ASIDs ---- */

/* Tasks of one priority in turn on one cpu, three rounds; a flush takes 10 us. */
static void take_turns(u32 nr, const char *last)
{
	struct rig rig;
	char name[16];

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.switch_flush = 10000;
	for (u32 i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "t%u", i);
		rig_task_attr(&rig, name, (struct rig_attr){.fifo = 10},
			      i == nr - 1 ? "loop 3; run 1ms; yield; end; mark end"
					  : "loop 3; run 1ms; yield; end");
	}
	rig_expect(&rig, MARKS, last);
}

/* Each comes three times, and a fourth time to end; its first time it finds no ASID of its own. */
Test(asid, six_address_spaces_keep_their_translations)
{
	take_turns(6, "18.06 ms mark t5 end\n");
}

/*
 * The seventh takes the place of the first, the first that of the second: nobody ever comes back in
 * time.
 */
Test(asid, the_seventh_drives_out_the_first)
{
	take_turns(7, "21.28 ms mark t6 end\n");
}
