# SPDX-License-Identifier: MIT
#
# Who had the cpus, over time. shares.bin: x, then the borders between the actors (0, first, first and
# second, ...) in per cent of all cpus; the others come last, what is left is idle.
picture_width = 1600
picture_height = 800
load templates.'/common.gp'

set yrange [0:100]
set ytics 0,10,100 format '%g %%'
set ylabel sprintf('CPU time (100 %% = %d CPU%s)', nr_cpus, nr_cpus == 1 ? '' : 's') textcolor rgb ink
set grid front
set style fill solid 1 noborder
file = data.'/shares.bin'
layout = sprintf('%%%dfloat64', nr_actors + 2)
idle = 100.0
do for [i = 1:nr_actors] { idle = idle - actor_share[i] }
plot for [i = 2:nr_actors] file binary format=layout using 1:(column(i)):(column(i + 1)) \
		with filledcurves linecolor rgb actor_rgb[i] \
		title sprintf('%s  %.1f %%', actor_name[i], actor_share[i]), \
	for [i = 1:others_ran] file binary format=layout \
		using 1:(column(nr_actors + 1)):(column(nr_actors + 2)) \
		with filledcurves linecolor rgb actor_rgb[1] \
		title sprintf('%s  %.1f %%', actor_name[1], actor_share[1]), \
	NaN with boxes fillstyle solid 1 border rgb '#c0c0c0' linecolor rgb '#ffffff' \
		title sprintf('idle  %.1f %%', idle < 0 ? 0 : idle)
