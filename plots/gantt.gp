# SPDX-License-Identifier: MIT
#
# The cpu timeline. gantt-fine.bin (PNG) and gantt-coarse.bin (SVG): boxes of x low, x high, y low,
# y high, rgb; the lane of cpu n is around y = n. gantt-offline.bin: the gaps of lanes, as boxes.
lane = gantt_lanes <= 2 ? 96 : gantt_lanes <= 4 ? 68 : gantt_lanes <= 8 ? 46 : \
	gantt_lanes <= 16 ? 30 : gantt_lanes <= 32 ? 22 : 1000.0 / gantt_lanes
lane = lane > 15 && gantt_lanes > 32 ? 15 : lane
picture_width = 1600
picture_height = 160 + int(lane * gantt_lanes)
least = 175 + 24 * (nr_actors + 1)
if (picture_height < least) { picture_height = least }
load templates.'/common.gp'

set label 3 gantt_note at screen 1 - 18.0 / picture_width, screen 1 - 54.0 / picture_height \
	right textcolor rgb grey
set yrange [gantt_lanes - 0.5:-0.5]
set ylabel 'CPU' textcolor rgb ink
step = gantt_lanes <= 40 ? 1 : gantt_lanes <= 72 ? 4 : 8
set ytics scale 0 ()
do for [i = 0:gantt_lanes - 1:step] {
	set ytics add (sprintf('%d', i * gantt_cpus_per_lane) i)
}
set grid xtics noytics

# What is idle is the lane itself.
do for [i = 0:gantt_lanes - 1] {
	set object 100 + i rectangle from time_from, i - gantt_half to time_to, i + gantt_half \
		behind fillcolor rgb '#f0f0f0' fillstyle solid noborder
}
file = data.(format eq 'svg' ? '/gantt-coarse.bin' : '/gantt-fine.bin')
boxes = format eq 'svg' ? gantt_coarse_boxes : gantt_fine_boxes
set style fill solid 1 noborder
set boxwidth 1
plot for [i = 1:(gantt_gaps > 0)] data.'/gantt-offline.bin' binary format='%5float64' \
		using (0.5 * ($1 + $2)):(0.5 * ($3 + $4)):1:2:3:4:5 \
		with boxxyerror linecolor rgb variable, \
	for [i = 1:(boxes > 0)] file binary format='%5float64' \
		using (0.5 * ($1 + $2)):(0.5 * ($3 + $4)):1:2:3:4:5 \
		with boxxyerror linecolor rgb variable, \
	for [i = 2:nr_actors] NaN with boxes fillstyle solid 1 noborder \
		linecolor rgb actor_rgb[i] title actor_name[i], \
	for [i = 1:others_ran] NaN with boxes fillstyle solid 1 noborder \
		linecolor rgb actor_rgb[1] title actor_name[1], \
	NaN with boxes fillstyle solid 1 border rgb '#c0c0c0' linecolor rgb '#f0f0f0' title 'idle', \
	for [i = 1:(gantt_gaps > 0)] NaN with boxes fillstyle solid 1 border rgb '#c0c0c0' \
		linecolor rgb '#ffffff' title 'offline'
