/* SPDX-License-Identifier: MIT */
/* Forms of actions, as 'ossim list actions' prints them, can be copied into a file. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <string.h>

/* All that the forms name. */
static const char world[] =
	"duration: 1s\n"
	"machine: {cpus: 2}\n"
	"mutexes: {m: {pi: true}}\n"
	"conditions: [c]\n"
	"barriers: {b: 1}\n"
	"semaphores: {s: 1}\n"
	"pipes: {p: {eof: true}, f: {fifo: true}}\n"
	"rwlocks: [l]\n"
	"eventfds: [e]\n"
	"timerfds: [t]\n"
	"signalfds: {sf: [TERM, USR1]}\n"
	"epolls: [ep]\n"
	"wait_queues: [q]\n"
	"futexes: [w, v]\n"
	"sockets: {s: {eof: true}}\n"
	"sem_sets: {s: [1, 0]}\n"
	"msg_queues: [v]\n"
	"mqueues: [w]\n"
	"shms: {g: 200}\n"
	"listeners: {web: 8}\n"
	"kernel_mutexes: [k]\n"
	"rwsems: [s]\n"
	"spinlocks: [s]\n"
	"completions: [c]\n"
	"kernel_semaphores: {n: 1}\n"
	"devices: {disk: {preset: nvme}}\n"
	"netdevs: {eth0: {}}\n"
	"ttys: {pts0: {}}\n"
	"groups: {web: {weight: 100}}\n"
	"tasks:\n"
	"  - {name: worker, template: true, program: {run: 1ms}}\n"
	"  - {name: kworker, template: true, kthread: true, program: [run: 1ms, kthread_parkme]}\n"
	"  - {name: on_usr1, template: true, program: {run: 1ms}}\n"
	"  - {name: web, program: {run: 1ms}}\n"
	"  - {name: db, program: {run: 1ms}}\n"
	"  - {name: job, program: {run: 1ms}}\n"
	"  - {name: top, program: {run: 1ms}}\n"
	"  - {name: shell, program: {run: 1ms}}\n"
	"  - {name: t, memory: {pages: 10000, resident: 100}, program: [";

/* Some make sense in a place only. */
static const struct {
	u8 op;
	const char *before, *after;
} places[] = {
	{OP_LOCK, "", ", unlock: m"},
	{OP_UNLOCK, "lock: m, ", ""},
	{OP_COND_WAIT, "lock: m, ", ", unlock: m"},
	{OP_FUTEX_WAIT_PI, "", ", unlock: m"},
	{OP_READ_LOCK, "", ", rw_unlock: l"},
	{OP_WRITE_LOCK, "", ", rw_unlock: l"},
	{OP_KERNEL_LOCK, "", ", kernel_unlock: k"},
	{OP_KERNEL_UNLOCK, "kernel_lock: k, ", ""},
	{OP_SPIN_LOCK, "", ", spin_unlock: s"},
	{OP_SPIN_UNLOCK, "spin_lock: s, ", ""},
	{OP_DOWN_READ, "", ", up_read: s"},
	{OP_UP_READ, "down_read: s, ", ""},
	{OP_DOWN_WRITE, "", ", up_write: s"},
	{OP_UP_WRITE, "down_write: s, ", ""},
	{OP_MIGRATE_DISABLE, "", ", migrate_enable"},
	{OP_MIGRATE_ENABLE, "migrate_disable, ", ""},
	{OP_KTHREAD_PARKME, "run: 1ms]}\n  - {name: k, kthread: true, program: [", ""},
	{OP_SEM_POST, "", ", sem_post: s"},
	{OP_CONNECT, "", ", close: {connection: web}"},
	{OP_ACCEPT, "", ", close: {connection: web}"},
};

/* @len characters of @form; three dots stand for any actions. */
static void compiles(enum op_code code, const char *form, int len)
{
	const char *before = "", *after = "", *dots = strstr(form, "...");
	struct text yaml = {0};
	struct compiled c;

	for (u32 i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i].op == code) {
			before = places[i].before;
			after = places[i].after;
		}
	text_printf(&yaml, "%s%s", world, before);
	if (dots && dots < form + len)
		text_printf(&yaml, "%.*srun: 1ms%.*s", (int)(dots - form), form,
			    (int)(form + len - dots) - 3, dots + 3);
	else
		text_printf(&yaml, "%.*s", len, form);
	text_printf(&yaml, "%s]}\n", after);
	c = compile_text(yaml.at, NULL);
	cr_expect_not_null(c.workload, "%.*s\n%s", len, form, messages_of(&c));
	compiled_fini(&c);
	text_fini(&yaml);
}

Test(forms, of_every_action_compile)
{
	for (u32 i = 0; i < NR_OPS; i++) {
		const char *form = op_forms[i], *key = op_infos[i].key;

		if (op_is_made(i))
			continue;
		cr_assert_not_null(form, "'%s' has no form in src/model/op_forms.c", key);
		for (; *form; form += strspn(form, "\n")) {
			int len = (int)strcspn(form, "\n");

			cr_assert_eq(strncmp(form, key, strlen(key)), 0, "%s: %s", key, form);
			compiles((enum op_code)i, form, len);
			form += len;
		}
	}
}
