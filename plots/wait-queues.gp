# SPDX-License-Identifier: MIT
#
# How many waited in each of the busiest named wait queues, a panel for each.
# wait-queue-1.bin and so on: x low, x high, min, mean, max.
panel = nr_wait_queues <= 2 ? 260 : nr_wait_queues <= 4 ? 180 : 130
picture_width = 1600
picture_height = 154 + nr_wait_queues * panel
load templates.'/common.gp'

set multiplot
unset xlabel
set format x ''
set style fill solid 1 noborder
do for [i = 1:nr_wait_queues] {
	high = bottom + (nr_wait_queues - i + 1) * panel
	set tmargin at screen (high - 10.0) / picture_height
	set bmargin at screen (high - panel + 10.0) / picture_height
	most = wait_queue_most[i]
	set yrange [0:(most > 0 ? most * 1.08 : 1)]
	# Some four steps, of 1, 2 or 5 and noughts.
	rough = most / 4.0
	power = rough > 1 ? 10.0 ** floor(log10(rough)) : 1
	step = power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10)
	set ytics step
	if (i == nr_wait_queues) {
		set xlabel time_label textcolor rgb ink
		set format x '%g'
	}
	set label 30 wait_queue_name[i] at screen 1 - (legend_width - 16) / picture_width, \
		screen (high - 0.5 * panel + 12.0) / picture_height left textcolor rgb ink
	set label 31 sprintf('mean %.4g, at most %g', wait_queue_mean[i], most) \
		at screen 1 - (legend_width - 16) / picture_width, screen (high - 0.5 * panel - 12.0) / picture_height \
		left textcolor rgb grey
	set ylabel (i == (nr_wait_queues + 1) / 2 ? 'tasks that wait' : '') textcolor rgb ink
	file = sprintf('%s/wait-queue-%d.bin', data, i)
	plot file binary format='%5float64' using (0.5 * ($1 + $2)):4:1:2:3:5 with boxxyerror \
			linecolor rgb '#bcd9ee' title (i == 1 ? 'minimum to maximum' : ''), \
		'' binary format='%5float64' using (0.5 * ($1 + $2)):4 with lines linewidth 2.5 \
			linecolor rgb '#0b4f85' title (i == 1 ? 'mean' : '')
	unset label 1
	unset label 2
}
unset multiplot
