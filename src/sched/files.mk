# SPDX-License-Identifier: MIT
sched_sources =
