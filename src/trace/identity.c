/* SPDX-License-Identifier: MIT */
/* Who a pid is at the moment. */
#include "trace/identity.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/vec.h"

void pid_table_init(struct pid_table *table)
{
	u32 cap = 0;

	table->pages = NULL;
	vec_grow((void **)&table->pages, &cap, TRACE_PID_MAX / PID_PAGE, sizeof(*table->pages));
}

void pid_table_fini(struct pid_table *table)
{
	for (u32 i = 0; table->pages && i < TRACE_PID_MAX / PID_PAGE; i++)
		vec_release((void **)&table->pages[i]);
	vec_release((void **)&table->pages);
}

struct identity *pid_table_grow(struct pid_table *table, u32 pid)
{
	struct identity **page = &table->pages[pid / PID_PAGE];
	u32 cap = 0;

	vec_grow((void **)page, &cap, PID_PAGE, sizeof(**page));
	for (u32 i = 0; i < PID_PAGE; i++)
		(*page)[i] = (struct identity){.pid = pid / PID_PAGE * PID_PAGE + i,
					       .unfreed = TASK_ID_NONE};
	return &(*page)[pid % PID_PAGE];
}

void identity_set_comm(struct identity *identity, struct names *names, struct span comm)
{
	identity->comm_len = comm.len;
	identity->comm_word[0] = scan_word(comm.at) & scan_mask(comm.len);
	identity->comm_word[1] =
		comm.len > 8 ? scan_word(comm.at + 8) & scan_mask(comm.len - 8) : 0;
	identity->comm = names_intern(names, comm.at, comm.len);
}

bool identity_long_comm_is(const struct identity *identity, const struct names *names,
			   struct span comm)
{
	return memcmp(names_text(names, identity->comm), comm.at, comm.len) == 0;
}

static bool starts_with_one(struct span comm, const struct span *starts, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		if (scan_starts(comm.at, comm.at + comm.len, starts[i].at, starts[i].len))
			return true;
	return false;
}

bool comm_does_softirqs(struct span comm)
{
	static const struct span starts[] = {SPAN("ksoftirqd/"), SPAN("ktimers/"), SPAN("irq/"),
					     SPAN("rcuc/")};

	return starts_with_one(comm, starts, ARRAY_SIZE(starts));
}

bool comm_is_kernel_thread(struct span comm)
{
	static const struct span starts[] = {
		SPAN("kworker/"),     SPAN("ksoftirqd/"), SPAN("migration/"),    SPAN("rcu_"),
		SPAN("rcuc/"),        SPAN("rcuo"),       SPAN("kthreadd"),      SPAN("cpuhp/"),
		SPAN("idle_inject/"), SPAN("irq/"),       SPAN("kswapd"),        SPAN("kcompactd"),
		SPAN("khugepaged"),   SPAN("khungtaskd"), SPAN("kauditd"),       SPAN("kdevtmpfs"),
		SPAN("ktimers/"),     SPAN("jbd2/"),      SPAN("watchdogd"),     SPAN("oom_reaper"),
		SPAN("kblockd"),      SPAN("scsi_eh_"),   SPAN("backlog_napi/"), SPAN("napi/"),
	};

	return starts_with_one(comm, starts, ARRAY_SIZE(starts));
}
