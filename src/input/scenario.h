/* SPDX-License-Identifier: MIT */
/* The sections of a scenario, each read by a file of its own. Private to input/. */
#ifndef OSSIM_INPUT_SCENARIO_H
#define OSSIM_INPUT_SCENARIO_H

#include "input/fields.h"
#include "input/input.h"

/*
 * Sets the path of @setting to its value in the tree under *root, making maps on the way where
 * there is nothing. Reports under the name "--set path=value". The new nodes live in @arena.
 */
must_check bool setting_apply(struct arena *arena, struct diag *diag, struct doc_node **root,
			      const struct setting *setting);

/* `machine:` and `sched:`; either may be NULL. False if the builder cannot go on to tasks. */
must_check bool scenario_machine(struct reader *r, const struct doc_node *machine,
				 const struct doc_node *sched, struct loc loc);

/* What exists besides tasks: the sections that may declare it. */
/* clang-format off */
#define RESOURCE_SECTIONS(X) \
	X(mutexes) X(semaphores) X(pipes) X(barriers) X(conditions) X(devices) X(rwlocks) \
	X(eventfds) X(futexes) X(netdevs) X(completions) X(kernel_semaphores) X(kernel_mutexes) \
	X(rwsems) X(spinlocks) X(wait_queues) X(epolls) X(timerfds) X(sockets) X(listeners) X(ttys) \
	X(signalfds) X(sem_sets) X(shms) X(msg_queues) X(mqueues)
/* clang-format on */

struct resource_sections {
#define X(key) const struct doc_node *key;
	RESOURCE_SECTIONS(X)
#undef X
};

typedef void (*resource_read_fn)(struct reader *r, const struct doc_node *node, const char *name);
/* A map of names, or (if there is nothing to say about them) a list of names. */
void read_section(struct reader *r, const struct doc_node *section, bool list_allowed,
		  resource_read_fn read);
/* Those by which tasks send each other messages. */
void scenario_messages(struct reader *r, const struct resource_sections *sections);
void scenario_ttys(struct reader *r, const struct doc_node *ttys);
void scenario_resources(struct reader *r, const struct resource_sections *sections);

/* `machine.events`, `machine.irqs`; readers of a field. */
bool scenario_events(struct reader *r, const struct doc_node *node, void *target);
bool scenario_irqs(struct reader *r, const struct doc_node *node, void *target);
bool scenario_idle_states(struct reader *r, const struct doc_node *node, void *target);

/* ---- Knobs: scenario_machine.c, scenario_writes.c ---- */

struct knob_info;
/* NULL: there is no such knob. */
const struct knob_info *scenario_knob(const char *name);
/*
 * A list of names, or a text of some: as the kernel is built or booted, or (@at) as they are
 * written in mid-run.
 */
bool scenario_features(struct reader *r, const struct doc_node *node, const u64 *at);
/* A value in the knob's own unit, or with another. */
bool scenario_knob_value(struct reader *r, const struct doc_node *node,
			 const struct knob_info *info, u64 *out);
/* False, with a message. */
bool scenario_unknown_knob(struct reader *r, const struct doc_node *node);
bool scenario_writes(struct reader *r, const struct doc_node *node);

void scenario_groups(struct reader *r, const struct doc_node *groups);

/* `ext:`; after the kernel is known. */
void scenario_ext(struct reader *r, const struct doc_node *ext);

void scenario_tasks(struct reader *r, const struct doc_node *tasks);
void scenario_expect(struct reader *r, const struct doc_node *expect);

/* Adds the ops of one action or of a list of actions to the builder's open task. */
void read_program(struct reader *r, const struct doc_node *program);

/* A task's name. */
bool read_task_name(struct reader *r, const struct doc_node *node, struct op_operands *out);
/*
 * Actions whose operands are not read by their letters: action_calls.c, action_ipc.c,
 * action_signals.c.
 */
bool read_trace_cont_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_trace_events_action(struct reader *r, const struct doc_node *node,
			      struct op_operands *out);
bool read_unshare_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_setpgid_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_clone_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
/* scenario_groups.c */
bool read_set_group_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_pipe_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_open_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_event_read_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_epoll_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_timerfd_read_action(struct reader *r, const struct doc_node *node,
			      struct op_operands *out);
bool read_socket_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_meet_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_semop_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_semctl_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_msgctl_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_shmctl_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_message_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_mq_unlink_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_mq_notify_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_mqueue_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_timer_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_poll_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_signalfd_read_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out);
bool read_epoll_wait_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
/* A block; its actions are left in @body. */
bool read_ready_action(struct reader *r, const struct doc_node *node, struct op_operands *out,
		       const struct doc_node **body);
bool read_waitpid_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_core_sched_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_syscall_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_io_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_wait_event_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_kernel_wait_action(struct reader *r, const struct doc_node *node,
			     struct op_operands *out);
bool read_wake_up_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_event_write_action(struct reader *r, const struct doc_node *node,
			     struct op_operands *out);
/* action_sync.c */
bool read_futex_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_futex_wait_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_futex_requeue_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out);
bool read_futex_wake_op_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out);
bool read_futex_waitv_action(struct reader *r, const struct doc_node *node,
			     struct op_operands *out);
bool read_futex_pi_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_futex_set_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
/* net_recv, net_send: eth0, or {netdev: eth0, packets: 4}. */
bool read_net_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_signal_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_sigaction_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_sigmask_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_sigwait_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_pdeath_action(struct reader *r, const struct doc_node *node, struct op_operands *out);
bool read_sigset_action(struct reader *r, const struct doc_node *node, struct op_operands *out);

/* A signal by name or number; one, a list of them, or `all`. */
must_check bool read_sigset(struct reader *r, const struct doc_node *node, u64 *out);
must_check bool read_signal(struct reader *r, const struct doc_node *node, u32 *out);
/* "0-3", 2 or [0, 2, 4-5] as the text that the builder takes. */
must_check bool read_cpus(struct reader *r, const struct doc_node *node, const char **out);

/* What tasks and the policy action say alike. */
struct policy_words {
	u32 policy; /* enum sched_policy, or POLICY_NOT_SAID */
	const struct doc_node *priority, *nice, *slice;
	const struct doc_node *runtime, *deadline, *period, *flags; /* of the policy deadline */
	bool reset_on_fork;
};
enum { POLICY_NOT_SAID = UINT32_MAX };
bool read_policy_name(struct reader *r, const struct doc_node *node, u32 *out);
/* Checks that priority and policy fit and completes @attr. @policy: its node, if it was said. */
must_check bool read_attr(struct reader *r, const struct doc_node *policy,
			  const struct policy_words *words, struct sched_attr *attr);

#endif
