/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells of the ext scheduler under /sys/kernel/sched_ext.
 * Kernel: kernel/sched/ext.c, scx_global_attrs; reference: core-rt-dl-ext.md 5.7.
 */
#include "run/look.h"

#include "classes/ext.h"

static const struct ext *ext_of(const struct look *look)
{
	return look->world->sched->ext_data;
}

static bool is_enabled(const struct look *look)
{
	return ext_of(look) && ext_of(look)->state != EXT_OFF;
}

void view_ext_state(const struct look *look, struct text *out)
{
	static const char *const names[] = {
		[EXT_OFF] = "disabled",
		[EXT_ENABLING] = "enabling",
		[EXT_ENABLED] = "enabled",
		[EXT_DISABLING] = "disabling",
	};

	text_printf(out, "%s\n", names[ext_of(look) ? ext_of(look)->state : EXT_OFF]);
}

void view_ext_switch_all(const struct look *look, struct text *out)
{
	text_printf(out, "%d\n", is_enabled(look) && !ext_of(look)->report.partial);
}

void view_ext_rejected(const struct look *look, struct text *out)
{
	text_printf(out, "%" PRIu64 "\n", ext_of(look) ? ext_of(look)->nr_rejected : 0);
}

void view_ext_hotplug_seq(const struct look *look, struct text *out)
{
	text_printf(out, "%" PRIu64 "\n", ext_of(look) ? ext_of(look)->hotplug_seq : 0);
}

/* How often one was loaded: once at most here. */
void view_ext_enable_seq(const struct look *look, struct text *out)
{
	text_printf(out, "%d\n", ext_of(look) && ext_of(look)->report.loaded);
}

/* The folder root is there only while a scheduler is. */
void view_ext_ops(const struct look *look, struct text *out)
{
	if (is_enabled(look))
		text_printf(out, "%s\n", ext_of(look)->ops.name);
}

/* scx_attr_event_show(): by the kernel's name. */
static void put_event(struct text *out, const char *name, u64 value)
{
	text_add(out, "SCX_EV_");
	for (; *name; name++)
		text_add_char(out,
			      *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
	text_printf(out, " %" PRIu64 "\n", value);
}

void view_ext_events(const struct look *look, struct text *out)
{
	if (!is_enabled(look) || !ext_of(look)->report.has_events)
		return;
#define X(name, what) put_event(out, #name, ext_of(look)->report.events.name);
	EXT_EVENTS(X)
#undef X
}
