/* SPDX-License-Identifier: MIT */
/* All classes, highest first. NULL: not in this build of the model. */
#ifndef OSSIM_CLASSES_CLASSES_H
#define OSSIM_CLASSES_CLASSES_H

#include "sched/class.h"

extern const struct sched_class stop_class;
extern const struct sched_class deadline_class;
extern const struct sched_class rt_class;
extern const struct sched_class fair_class;
extern const struct sched_class ext_class;
extern const struct sched_class idle_class;

extern const struct sched_class *const sched_classes[NR_CLASSES];

#endif
