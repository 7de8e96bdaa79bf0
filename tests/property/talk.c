/* SPDX-License-Identifier: MIT */
/* Actions by which generated tasks talk. Most waits have an end. */
#include "talk.h"

static const struct loc nowhere;

static u32 below(struct talk *t, u32 n)
{
	return (u32)rng_below(&t->rng, n);
}

static bool chance(struct talk *t, u32 percent)
{
	return below(t, 100) < percent;
}

static void op(struct talk *t, enum op_code code, struct op_operands operands)
{
	builder_op(t->b, nowhere, code, &operands);
}

static u64 some_time(struct talk *t)
{
	return (1 + below(t, 100)) * 200 * USEC;
}

/* A terminal whose keys come at any time; whoever opens it first in a session of its own has it. */
static void declare_terminal(struct talk *t)
{
	struct tty_event events[8] = {0};
	u64 at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		at += some_time(t);
		events[i] = (struct tty_event){.at_ns = at,
					       .bytes = 1 + below(t, 20),
					       .key = (u8)below(t, NR_TTY_KEYS)};
	}
	builder_tty(t->b, nowhere,
		    &(struct tty_spec){.name = "term",
				       .tostop = below(t, 2),
				       .events = events,
				       .nr_events = 1 + below(t, 8)});
}

void talk_init(struct talk *t, struct builder *b, u64 seed)
{
	s32 values[] = {1, 0, 2};

	t->b = b;
	rng_init(&t->rng, seed, "talk", 0);
	builder_socket(b, nowhere, "sock", 4608ull << below(t, 4), false);
	builder_pipe(b, nowhere, "fifo", 4096, PIPE_FIFO);
	builder_sem_set(b, nowhere, "sems", values, ARRAY_SIZE(values));
	builder_msg_queue(b, nowhere, "msgs", 200);
	builder_mqueue(b, nowhere, "mq", 1 + below(t, 3));
	builder_epoll(b, nowhere, "own", true);
	builder_epoll(b, nowhere, "shared", false);
	builder_socket_kind(b, nowhere, "pair", 4608, SOCKET_DATAGRAM);
	builder_socket_kind(b, nowhere, "mail", 0, SOCKET_MAILBOX);
	builder_listener(b, nowhere, "web", 1 + below(t, 3), 4608);
	builder_signalfd(b, nowhere, "sigs", SIGSET(SIGNAL_RT) | SIGSET(SIGNAL_CHLD));
	builder_shm(b, nowhere, "seg", 20);
	builder_futex(b, nowhere, "word", 0);
	builder_mutex(b, nowhere, "pi lock", MUTEX_PI);
	builder_kernel_semaphore(b, nowhere, "count", 1);
	declare_terminal(t);
}

static void set_sems(struct talk *t)
{
	struct sem_op ops[3];
	bool all = chance(t, 50);

	for (u32 i = 0; i < 3; i++)
		ops[i] = (struct sem_op){.sem = (u16)i, .add = (s32)below(t, 3)};
	op(t, OP_SEMCTL,
	   (struct op_operands){
		   .resource = "sems", .sem_ops = ops, .nr_sem_ops = all ? 3 : 1, .all_sems = all});
}

static void use_sems(struct talk *t)
{
	struct sem_op ops[3];
	u32 nr = 1 + below(t, 3);

	if (chance(t, 15)) {
		set_sems(t);
		return;
	}
	for (u32 i = 0; i < nr; i++)
		ops[i] = (struct sem_op){
			.sem = (u16)below(t, 3),
			.add = (s32)below(t, 5) - 2,
			.undo = chance(t, 30),
		};
	op(t, OP_SEMOP,
	   (struct op_operands){.resource = "sems",
				.sem_ops = ops,
				.nr_sem_ops = nr,
				.timeout_ns = some_time(t),
				.nonblock = chance(t, 20)});
}

static void use_messages(struct talk *t)
{
	bool sends = chance(t, 50);

	if (chance(t, 10)) {
		op(t, OP_MSGCTL,
		   (struct op_operands){.resource = "msgs", .message_bytes = 150 + below(t, 200)});
		if (chance(t, 10))
			op(t, OP_MQ_UNLINK, (struct op_operands){.resource = "mq"});
		op(t, OP_MQ_NOTIFY,
		   (struct op_operands){.resource = "mq",
					.signal = below(t, 2) * signal_find("URG")});
	}
	if (chance(t, 50)) {
		op(t, sends ? OP_MQ_SEND : OP_MQ_RECEIVE,
		   (struct op_operands){.resource = "mq",
					.priority = below(t, 4),
					.timeout_ns = some_time(t),
					.nonblock = chance(t, 20)});
		return;
	}
	op(t, sends ? OP_MSGSND : OP_MSGRCV,
	   (struct op_operands){.resource = "msgs",
				.type = sends ? 1 + (s32)below(t, 3) : (s32)below(t, 7) - 3,
				.message_bytes = 50 + below(t, 100),
				.except = !sends && chance(t, 20),
				.truncated = !sends && chance(t, 50),
				.nonblock = chance(t, 60)});
}

static void use_socket(struct talk *t)
{
	op(t, chance(t, 50) ? OP_SEND : OP_RECV,
	   (struct op_operands){.resource = "sock",
				.end = below(t, 2),
				.quantity = {.value = 1 + below(t, 6000)},
				.nonblock = chance(t, 60)});
}

static void use_datagrams(struct talk *t)
{
	bool sends = chance(t, 50);

	op(t, sends ? OP_SEND : OP_RECV,
	   chance(t, 50) ? (struct op_operands){.resource = "pair",
						.end = below(t, 2),
						.quantity = {.value = 1 + below(t, 2000)},
						.nonblock = chance(t, 60)}
			 : (struct op_operands){.resource = "mail",
						.end = !sends,
						.quantity = {.value = 100},
						.nonblock = chance(t, 60)});
}

static void use_connection(struct talk *t)
{
	struct op_operands web = {.resource = "web",
				  .connection = true,
				  .quantity = {.value = 1 + below(t, 3000)},
				  .nonblock = true};

	op(t, chance(t, 50) ? OP_CONNECT : OP_ACCEPT,
	   (struct op_operands){.resource = "web", .nonblock = chance(t, 70)});
	op(t, OP_LOOP, (struct op_operands){.quantity = {.value = 1}});
	op(t, chance(t, 50) ? OP_SEND : OP_RECV, web);
	if (chance(t, 20)) {
		web.shutdown = 1 + below(t, 3);
		op(t, OP_SHUTDOWN, web);
	}
	web.nonblock = chance(t, 70);
	op(t, OP_RECV, web);
	builder_end_loop(t->b, nowhere);
	op(t, OP_CLOSE, web);
}

static void use_memory(struct talk *t)
{
	op(t, OP_SHMAT, (struct op_operands){.resource = "seg"});
	op(t, OP_SHM_TOUCH,
	   (struct op_operands){.resource = "seg", .quantity = {.value = below(t, 25)}});
	if (chance(t, 70))
		op(t, OP_SHMDT, (struct op_operands){.resource = "seg"});
}

static void use_words(struct talk *t)
{
	struct futex_word words[] = {{"word", 0}, {"other", below(t, 2)}};
	struct futex_call change = {.wake = 1,
				    .requeue = 1,
				    .change = (u8)below(t, NR_FUTEX_CHANGES),
				    .value = below(t, 2),
				    .relation = (u8)below(t, NR_FUTEX_RELATIONS)};

	switch (below(t, 4)) {
	case 0:
		op(t, OP_FUTEX_WAITV,
		   (struct op_operands){.words = words, .nr_words = 2, .timeout_ns = some_time(t)});
		break;
	case 1:
		op(t, OP_FUTEX_WAKE_OP,
		   (struct op_operands){.resource = "word", .futex_to = "other", .futex = change});
		break;
	case 2:
		op(t, OP_FUTEX_WAIT_PI,
		   (struct op_operands){.resource = "cond",
					.mutex = "pi lock",
					.futex = {.bitset = UINT32_MAX}});
		op(t, OP_RUN, (struct op_operands){.quantity = {.value = some_time(t)}});
		op(t, OP_UNLOCK, (struct op_operands){.resource = "pi lock"});
		break;
	default:
		op(t, OP_FUTEX_REQUEUE_PI,
		   (struct op_operands){.resource = "cond",
					.mutex = "pi lock",
					.futex = {.requeue = below(t, 3)}});
	}
}

static void use_completion(struct talk *t)
{
	struct op_operands wait = {.resource = "done",
				   .kernel_sleep = (enum kernel_sleep)below(t, NR_KERNEL_SLEEPS),
				   .timeout_ns = some_time(t)};

	op(t, chance(t, 50) ? OP_WAIT_COMPLETION : OP_COMPLETE, wait);
	if (chance(t, 10))
		op(t, chance(t, 50) ? OP_COMPLETE_ALL : OP_REINIT_COMPLETION, wait);
	wait.resource = "count";
	op(t, OP_DOWN, wait);
	op(t, OP_RUN, (struct op_operands){.quantity = {.value = some_time(t)}});
	op(t, OP_UP, wait);
}

static void use_fifo(struct talk *t)
{
	bool writes = chance(t, 50);
	struct op_operands io = {.resource = "fifo",
				 .quantity = {.value = 1 + below(t, 5000)},
				 .nonblock = chance(t, 70)};

	op(t, writes ? OP_OPEN_WRITE : OP_OPEN_READ, io);
	io.nonblock = true;
	op(t, writes ? OP_PIPE_WRITE : OP_PIPE_READ, io);
	if (chance(t, 70))
		op(t, writes ? OP_CLOSE_WRITE : OP_CLOSE_READ,
		   (struct op_operands){.resource = "fifo"});
}

static struct op_operands some_watch(struct talk *t, bool adds)
{
	static const struct {
		const char *name;
		enum watch_kind kind;
		bool both;
	} things[] = {
		{"sock", WATCH_SOCKET, true},    {"fifo", WATCH_PIPE, false},
		{"mq", WATCH_MQUEUE, true},      {"event", WATCH_EVENTFD, true},
		{"tfd", WATCH_TIMERFD, false},   {"pair", WATCH_SOCKET, true},
		{"web", WATCH_LISTENER, false},  {"mail", WATCH_SOCKET, true},
		{"sigs", WATCH_SIGNALFD, false}, {"web", WATCH_CONNECTION, true},
	};
	u32 which = below(t, ARRAY_SIZE(things));
	u8 how = (u8)(chance(t, 50) ? WATCH_EDGE : 0);

	if (chance(t, 40))
		how |= adds && chance(t, 50) ? WATCH_EXCLUSIVE : WATCH_ONESHOT;
	return (struct op_operands){
		.resource = chance(t, 50) ? "own" : "shared",
		.watched = things[which].name,
		.watch =
			{
				.kind = (u8)things[which].kind,
				.end = things[which].kind == WATCH_SOCKET ? (u8)below(t, 2) : 0,
				.events = things[which].both ? (u8)(1 + below(t, 3)) : WATCH_IN,
				.how = how,
			},
	};
}

static void use_epoll(struct talk *t)
{
	struct op_operands watch = some_watch(t, true);

	op(t, OP_EPOLL_ADD, watch);
	if (chance(t, 20))
		op(t, OP_EPOLL_ADD,
		   (struct op_operands){.resource = "own",
					.watched = "shared",
					.watch = {.kind = WATCH_EPOLL, .events = WATCH_IN}});
	op(t, OP_EPOLL_WAIT,
	   (struct op_operands){
		   .resource = watch.resource, .most = below(t, 3), .timeout_ns = some_time(t)});
	op(t, OP_READY, watch);
	op(t, OP_RUN, (struct op_operands){.quantity = {.value = some_time(t)}});
	op(t, OP_EVENT_READ, (struct op_operands){.resource = "event", .nonblock = true});
	builder_end_loop(t->b, nowhere);
	if (chance(t, 40))
		op(t, chance(t, 50) ? OP_EPOLL_DEL : OP_EPOLL_MOD, some_watch(t, false));
}

/* Some of the same things at once. */
static void use_poll(struct talk *t)
{
	struct watched files[4];
	u32 nr = 1 + below(t, ARRAY_SIZE(files));

	for (u32 i = 0; i < nr; i++) {
		struct op_operands watch = some_watch(t, false);

		watch.watch.how = 0;
		files[i] = (struct watched){.name = watch.watched, .watch = watch.watch};
	}
	if (chance(t, 20))
		files[0] = (struct watched){.name = "shared",
					    .watch = {.kind = WATCH_EPOLL, .events = WATCH_IN}};
	op(t, chance(t, 50) ? OP_POLL : OP_SELECT,
	   (struct op_operands){.files = files,
				.nr_files = nr,
				.timeout_ns = some_time(t),
				.nonblock = chance(t, 10)});
	op(t, OP_READY, (struct op_operands){.watched = files[0].name, .watch = files[0].watch});
	op(t, OP_RUN, (struct op_operands){.quantity = {.value = some_time(t)}});
	op(t, OP_SIGNALFD_READ, (struct op_operands){.resource = "sigs", .nonblock = true});
	builder_end_loop(t->b, nowhere);
}

static void use_timers(struct talk *t)
{
	op(t, OP_TIMERFD_SET,
	   (struct op_operands){.resource = "tfd",
				.timer = {.value = some_time(t),
					  .interval = below(t, 2) * some_time(t)}});
	op(t, OP_TIMERFD_READ, (struct op_operands){.resource = "tfd", .nonblock = chance(t, 30)});
}

/* Nobody else sends it but a dead parent, and so a timeout. */
static void wait_for_signals(struct talk *t)
{
	struct op_operands wait = {.sigset = SIGSET(SIGNAL_RT),
				   .has_timeout = true,
				   .timeout_ns = chance(t, 20) ? 0 : some_time(t)};

	op(t, OP_SIGMASK, (struct op_operands){.sigset = SIGSET(SIGNAL_RT), .how = MASK_BLOCK});
	if (chance(t, 20))
		op(t, OP_SIGNAL,
		   (struct op_operands){.signal = signal_find("URG"), .to_all = true});
	for (u32 i = below(t, 3); i; i--) /* what is over a limit is refused */
		op(t, OP_SIGNAL,
		   (struct op_operands){.signal = SIGNAL_RT,
					.queued = chance(t, 70),
					.to_thread = chance(t, 50)});
	op(t, OP_PDEATH_SIGNAL, (struct op_operands){.signal = chance(t, 70) ? SIGNAL_RT : 0});
	op(t, OP_SIGWAIT, wait);
}

/* Made and stopped by anybody. */
static void use_kthread(struct talk *t)
{
	static const enum op_code codes[] = {OP_KTHREAD_RUN,   OP_KTHREAD_RUN,  OP_KTHREAD_RUN,
					     OP_KTHREAD_STOP,  OP_KTHREAD_STOP, OP_KTHREAD_PARK,
					     OP_KTHREAD_UNPARK};

	op(t, codes[below(t, ARRAY_SIZE(codes))], (struct op_operands){.task = "flusher"});
}

static void use_terminal(struct talk *t)
{
	static const enum op_code codes[] = {OP_SETPGID, OP_TCSETPGRP, OP_TTY_READ, OP_TTY_WRITE};
	struct op_operands io = {.resource = "term", .quantity = {.value = 5}};

	if (below(t, 3)) {
		op(t, OP_SETSID, (struct op_operands){0});
		op(t, OP_OPEN_TTY, io);
	}
	if (below(t, 2))
		op(t, OP_SIGACTION,
		   (struct op_operands){.signal = SIGNAL_TTIN + below(t, 2),
					.action.disposition = (u8)below(t, 2)});
	for (u32 i = below(t, 3); i; i--)
		op(t, codes[below(t, ARRAY_SIZE(codes))], io);
}

void talk_step(struct talk *t)
{
	switch (below(t, 16)) {
	case 14:
		use_kthread(t);
		break;
	case 13:
		use_poll(t);
		break;
	case 12:
		use_terminal(t);
		break;
	case 0:
		use_sems(t);
		break;
	case 1:
		use_messages(t);
		break;
	case 2:
		use_socket(t);
		break;
	case 3:
		use_fifo(t);
		break;
	case 4:
		use_timers(t);
		break;
	case 5:
		use_epoll(t);
		break;
	case 6:
		use_datagrams(t);
		break;
	case 7:
		use_connection(t);
		break;
	case 8:
		use_memory(t);
		break;
	case 9:
		use_words(t);
		break;
	case 10:
		use_completion(t);
		break;
	case 11:
		wait_for_signals(t);
		break;
	default:
		op(t, OP_EVENT_WRITE,
		   (struct op_operands){.resource = "event", .quantity = {.value = 1}});
	}
}

/* Who waits for datagrams, connections or a requeue has it some day. */
static void help_others(struct talk *t)
{
	struct op_operands web = {.resource = "web", .connection = true, .nonblock = true};

	for (u32 end = 0; end < 2; end++) {
		struct op_operands io = {.resource = "pair",
					 .end = end,
					 .quantity = {.value = 100},
					 .nonblock = true};

		op(t, OP_SEND, io);
		op(t, OP_RECV, io);
		io.resource = "mail";
		op(t, end ? OP_RECV : OP_SEND, io);
	}
	for (u32 accepts = 0; accepts < 2; accepts++) {
		op(t, accepts ? OP_ACCEPT : OP_CONNECT, web);
		op(t, OP_CLOSE, web);
	}
	op(t, OP_FUTEX_REQUEUE_PI,
	   (struct op_operands){
		   .resource = "cond", .mutex = "pi lock", .futex = {.requeue = UINT32_MAX}});
}

static void add_flusher(struct talk *t)
{
	struct task_spec *spec = builder_task_begin(t->b, nowhere, "flusher");

	spec->is_template = spec->kthread = true;
	op(t, OP_LOOP, (struct op_operands){.quantity = {.value = 20}});
	op(t, OP_KTHREAD_PARKME, (struct op_operands){0});
	op(t, OP_SLEEP, (struct op_operands){.quantity = {.value = some_time(t)}});
	op(t, OP_RUN, (struct op_operands){.quantity = {.value = some_time(t)}});
	builder_end_loop(t->b, nowhere);
	builder_task_end(t->b);
}

void talk_helpers(struct talk *t)
{
	add_flusher(t);
	builder_task_begin(t->b, nowhere, "talker")->limit_sigpending = below(t, 5);
	op(t, OP_LOOP, (struct op_operands){0});
	op(t, OP_SLEEP, (struct op_operands){.quantity = {.value = some_time(t)}});
	for (u32 end = 0; end < 2; end++) {
		struct op_operands io = {.resource = "sock",
					 .end = end,
					 .quantity = {.value = 500},
					 .nonblock = true};

		op(t, OP_SEND, io);
		op(t, OP_RECV, io);
	}
	help_others(t);
	op(t, OP_MSGSND,
	   (struct op_operands){
		   .resource = "msgs", .type = 1, .message_bytes = 60, .nonblock = true});
	op(t, OP_MSGRCV,
	   (struct op_operands){.resource = "msgs", .message_bytes = 200, .nonblock = true});
	op(t, OP_EVENT_WRITE, (struct op_operands){.resource = "event", .quantity = {.value = 1}});
	op(t, OP_TIMERFD_SET, (struct op_operands){.resource = "tfd", .timer = {.value = MSEC}});
	for (u16 sem = 0; sem < 3; sem++) {
		struct sem_op add = {.sem = sem, .add = 1};

		op(t, OP_SEMOP,
		   (struct op_operands){.resource = "sems", .sem_ops = &add, .nr_sem_ops = 1});
	}
	builder_end_loop(t->b, nowhere);
	builder_task_end(t->b);
}
