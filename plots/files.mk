# SPDX-License-Identifier: MIT
#
# Templates of gnuplot and what they share, as --plots reads them; installed with ossim.
plots_files = \
	plots/common.gp \
	plots/nothing.gp \
	plots/time-axis.gp \
	plots/gantt.gp \
	plots/latency-cdf.gp \
	plots/latency-time.gp \
	plots/runqueue.gp \
	plots/shares.gp \
	plots/wait-queues.gp
