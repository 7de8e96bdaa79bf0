/* SPDX-License-Identifier: MIT */
/* All classes, highest first, and the fair class's balancing as the core calls it. */
#include "classes/classes.h"

#include "classes/fair.h"

const struct sched_class *const sched_classes[NR_CLASSES] = {
	[CLASS_STOP] = &stop_class, [CLASS_DEADLINE] = &deadline_class, [CLASS_RT] = &rt_class,
	[CLASS_FAIR] = &fair_class, [CLASS_IDLE] = &idle_class,
};

const struct sched_balancer sched_balancer = {
	.init = fair_balance_init,
	.tick = fair_balance_tick,
	.nohz_run = fair_nohz_run,
	.softirq = fair_balance_softirq,
	.tick_stopped = fair_nohz_enter_idle,
	.idle_exit = fair_nohz_exit_idle,
	.irq_time = fair_load_irq_time,
	.cpu_leaves = fair_nohz_cpu_leaves,
};
