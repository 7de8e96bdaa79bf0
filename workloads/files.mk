# SPDX-License-Identifier: MIT
#
# The workloads shipped and installed with ossim; each is a golden test as well. A file that is here
# and not in the list fails tests/tidy/lists.
workloads_files = \
	workloads/affinity.yaml \
	workloads/autogroup.yaml \
	workloads/background.yaml \
	workloads/barrier.yaml \
	workloads/cfs-eevdf.yaml \
	workloads/containers.yaml \
	workloads/ext-mix.yaml \
	workloads/ext-partial.yaml \
	workloads/edf.yaml \
	workloads/fair-server.yaml \
	workloads/fifo-rr.yaml \
	workloads/fork-storm.yaml \
	workloads/io-wait.yaml \
	workloads/grub.yaml \
	workloads/hotplug.yaml \
	workloads/interrupts.yaml \
	workloads/make-j.yaml \
	workloads/mix-64.yaml \
	workloads/nice-ladder.yaml \
	workloads/pi-inversion.yaml \
	workloads/pid-wrap.yaml \
	workloads/producer-consumer.yaml \
	workloads/quickstart.yaml \
	workloads/rate-monotonic.yaml \
	workloads/rt-audio.yaml \
	workloads/rt-kernel.yaml \
	workloads/rt-push-pull.yaml \
	workloads/slices.yaml \
	workloads/smt-numa.yaml \
	workloads/core-sched.yaml \
	workloads/signals.yaml \
	workloads/stop-cont.yaml \
	workloads/thundering-herd.yaml \
	workloads/two-tasks.yaml \
	workloads/web-server.yaml

# One concept each: docs/labs.md. tests/labs/run.sh runs them.
labs_files = \
	workloads/labs/address-spaces.yaml \
	workloads/labs/big-lock.yaml \
	workloads/labs/preemption.yaml \
	workloads/labs/clone.yaml \
	workloads/labs/cow.yaml \
	workloads/labs/epoll.yaml \
	workloads/labs/event-loop.yaml \
	workloads/labs/ceiling.yaml \
	workloads/labs/timerfd.yaml \
	workloads/labs/message-queues.yaml \
	workloads/labs/accept.yaml \
	workloads/labs/web-server.yaml \
	workloads/labs/reuseport.yaml \
	workloads/labs/shared-memory.yaml \
	workloads/labs/futex.yaml \
	workloads/labs/herd.yaml \
	workloads/labs/inversion.yaml \
	workloads/labs/killable.yaml \
	workloads/labs/leader.yaml \
	workloads/labs/lost-wakeup.yaml \
	workloads/labs/napi.yaml \
	workloads/labs/optimistic.yaml \
	workloads/labs/orphans.yaml \
	workloads/labs/pid-namespaces.yaml \
	workloads/labs/pipeline.yaml \
	workloads/labs/quota.yaml \
	workloads/labs/rt-groups.yaml \
	workloads/labs/idle-states.yaml \
	workloads/labs/queued-signals.yaml \
	workloads/labs/xv6-kill.yaml \
	workloads/labs/reserved.yaml \
	workloads/labs/runaway.yaml \
	workloads/labs/limits.yaml \
	workloads/labs/kthread-stop.yaml \
	workloads/labs/restart.yaml \
	workloads/labs/robust.yaml \
	workloads/labs/rwlock.yaml \
	workloads/labs/sessions.yaml \
	workloads/labs/spinlock.yaml \
	workloads/labs/stop-threads.yaml \
	workloads/labs/strace.yaml \
	workloads/labs/terminal.yaml \
	workloads/labs/tracing.yaml \
	workloads/labs/vfork.yaml \
	workloads/labs/wait-order.yaml \
	workloads/labs/xv6.yaml \
	workloads/labs/restore.yaml workloads/labs/hello.yaml workloads/labs/heap.yaml workloads/labs/exec-thread.yaml workloads/labs/job-control.yaml \
	workloads/labs/kthreads.yaml workloads/labs/uname.yaml workloads/labs/asids.yaml workloads/labs/fpu.yaml \
	workloads/labs/fork-bomb.yaml workloads/labs/shell-pipeline.yaml workloads/labs/freezer.yaml workloads/labs/many-connections.yaml \
	workloads/labs/zombies.yaml
