/* SPDX-License-Identifier: MIT */
/* What tasks share by name, in the fingerprint of a workload. */
#include "model/resource_digest.h"

void digest_dist(struct encoder *e, const struct dist *dist)
{
	encode(e, dist->kind);
	encode(e, dist->a);
	encode(e, dist->b);
	encode(e, dist->min);
	encode(e, dist->max);
	encode_values(e, dist->value, dist->nr);
	encode_values(e, dist->value_hi, dist->nr);
	encode_values(e, dist->cumulative, dist->nr);
}

static void put_device(struct encoder *e, const struct device_spec *device)
{
	encode_text(e, "device");
	encode(e, device->depth);
	encode(e, device->parallel);
	encode(e, device->irq_cpu);
	encode(e, device->nr_parts);
	for (u32 i = 0; i < device->nr_parts; i++)
		digest_dist(e, &device->part[i]);
}

static void put_netdev(struct encoder *e, const struct netdev_spec *dev)
{
	encode_text(e, "netdev");
	encode(e, dev->irq_cpu);
	encode(e, (u64)dev->ring << 32 | dev->queue);
	encode(e, (u64)dev->depth << 1 | dev->receives);
	encode(e, dev->clean_ns);
	digest_dist(e, &dev->every);
	digest_dist(e, &dev->irq);
	digest_dist(e, &dev->packet);
	digest_dist(e, &dev->wire);
	encode_if_set(e, "listener", dev->listener, 0);
	encode_if_set(e, "request", dev->request, 0);
}

static void put_mutex(struct encoder *e, const struct mutex_spec *mutex)
{
	encode(e, mutex->kind);
	encode_if_set(e, "type", mutex->type, MUTEX_PLAIN);
	encode_if_set(e, "ceiling", mutex->ceiling, 0);
	encode_if_set(e, "robust", mutex->robust, false);
}

static void put_ttys(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_ttys; i++) {
		encode_text(e, "tty");
		encode(e, w->ttys[i].tostop);
		for (u32 k = 0; k < w->ttys[i].nr_events; k++) {
			encode(e, w->ttys[i].events[k].at_ns);
			encode(e, w->ttys[i].events[k].bytes);
			encode(e, w->ttys[i].events[k].key);
		}
	}
}

static void put_polls(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_signalfds; i++) {
		encode_text(e, "signalfd");
		encode(e, w->signalfds[i].signals);
	}
	for (u32 i = 0; i < w->nr_polled; i++) {
		encode_text(e, "polled");
		encode(e, op_watch_pack(w->polled[i]));
	}
}

static void put_messages(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_sem_sets; i++) {
		encode_text(e, "sem set");
		encode(e, w->sem_sets[i].nr);
		for (u32 k = 0; k < w->sem_sets[i].nr; k++)
			encode(e, (u64)w->sem_sets[i].values[k]);
	}
	for (u32 i = 0; i < w->nr_sem_calls; i++) {
		encode_text(e, "semop");
		encode(e, w->sem_calls[i].timeout_ns);
		for (u32 k = 0; k < w->sem_calls[i].nr; k++) {
			const struct sem_op *op = &w->sem_ops[w->sem_calls[i].first + k];

			encode(e, (u64)op->sem << 1 | op->undo);
			encode(e, (u64)(s64)op->add);
		}
	}
	for (u32 i = 0; i < w->nr_msg_queues; i++) {
		encode_text(e, "msg queue");
		encode(e, w->msg_queues[i].bytes);
	}
	for (u32 i = 0; i < w->nr_ksems; i++) {
		encode_text(e, "ksem");
		encode(e, w->ksems[i].value);
	}
	for (u32 i = 0; i < w->nr_shms; i++) {
		encode_text(e, "shm");
		encode(e, w->shms[i].pages);
	}
	for (u32 i = 0; i < w->nr_mqueues; i++) {
		encode_text(e, "mqueue");
		encode(e, w->mqueues[i].most);
	}
}

static void put_futex_calls(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_futex_calls; i++) {
		const struct futex_call *call = &w->futex_calls[i];

		encode_text(e, "futex call");
		encode(e, (u64)call->bitset << 32 | call->value);
		encode(e, (u64)call->requeue << 32 | call->wake);
		encode(e, (u64)call->to << 1 | call->compare);
		encode(e, call->timeout_ns);
		encode_if_set(e, "change", call->change, FUTEX_CHANGE_SET);
		encode_if_set(e, "relation", call->relation, FUTEX_IS_EQ);
		encode_if_set(e, "with", (u64)(s64)call->with, 0);
	}
}

void digest_resources(struct encoder *e, const struct workload *w)
{
	encode(e, w->nr_mutexes);
	for (u32 i = 0; i < w->nr_mutexes; i++)
		put_mutex(e, &w->mutexes[i]);
	encode(e, w->nr_conds);
	encode(e, w->nr_barriers);
	for (u32 i = 0; i < w->nr_barriers; i++)
		encode(e, w->barriers[i].parties);
	encode(e, w->nr_semaphores);
	for (u32 i = 0; i < w->nr_semaphores; i++)
		encode(e, w->semaphores[i].value);
	encode(e, w->nr_pipes);
	for (u32 i = 0; i < w->nr_pipes; i++)
		encode(e, w->pipes[i].capacity);
	for (u32 i = 0; i < w->nr_pipes; i++)
		if (w->pipes[i].eof) {
			encode_text(e, w->pipes[i].fifo ? "fifo" : "eof");
			encode(e, i);
		}
	for (u32 i = 0; i < w->nr_futexes; i++) {
		encode_text(e, "futex");
		encode(e, w->futexes[i].value);
	}
	for (u32 i = 0; i < w->nr_set_tids; i++) {
		encode_text(e, "set_tid");
		encode(e, w->set_tids[i].nr);
		for (u32 k = 0; k < w->set_tids[i].nr; k++)
			encode(e, w->set_tids[i].tid[k]);
	}
	put_futex_calls(e, w);
	for (u32 i = 0; i < w->nr_eventfds; i++) {
		encode_text(e, "eventfd");
		encode(e, w->eventfds[i].value);
		encode(e, w->eventfds[i].semaphore);
	}
	for (u32 i = 0; i < w->nr_epolls; i++) {
		encode_text(e, "epoll");
		encode(e, w->epolls[i].private);
	}
	for (u32 i = 0; i < w->nr_sockets; i++) {
		encode_text(e, "socket");
		encode(e, w->sockets[i].sndbuf);
		encode(e, w->sockets[i].eof);
		encode_if_set(e, "kind", w->sockets[i].kind, SOCKET_STREAM);
	}
	for (u32 i = 0; i < w->nr_listeners; i++) {
		encode_text(e, "listener");
		encode(e, w->listeners[i].backlog);
		encode(e, w->listeners[i].sndbuf);
		encode_if_set(e, "reuseport", w->listeners[i].sockets, 1);
	}
	put_ttys(e, w);
	put_polls(e, w);
	put_messages(e, w);
	for (u32 i = 0; i < w->nr_timer_settings; i++) {
		encode_text(e, "timer");
		encode(e, w->timer_settings[i].value);
		encode(e, w->timer_settings[i].interval);
	}
	for (u32 i = 0; i < w->nr_devices; i++)
		put_device(e, &w->devices[i]);
	for (u32 i = 0; i < w->nr_netdevs; i++)
		put_netdev(e, &w->netdevs[i]);
}
