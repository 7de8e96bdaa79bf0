# SPDX-License-Identifier: MIT
#
# Runnable tasks over time, those that run included: above on all cpus together, below cpu by cpu.
# runqueue.bin: x low, x high, min, mean, max. runqueue-cpus.bin: queue_rows rows of queue_columns means.
picture_width = 1600
rows = queue_bins > 0 ? queue_rows : 1
below = rows <= 2 ? 150.0 : rows <= 8 ? rows * 52.0 : rows <= 24 ? 420.0 : rows <= 64 ? 560.0 : 700.0
picture_height = 480 + int(below)
load templates.'/common.gp'

if (queue_bins == 0) {
	nothing = 'the window is empty'
	load templates.'/nothing.gp'
} else {
	split = (bottom + below) / picture_height
	set multiplot
	set bmargin at screen split + 34.0 / picture_height
	unset xlabel
	set format x ''
	set yrange [0:(queue_most > 0 ? queue_most * 1.05 : 1)]
	if (queue_most <= 8) { set ytics 1 }
	set ylabel 'runnable tasks, all CPUs' textcolor rgb ink
	set style fill solid 1 noborder
	file = data.'/runqueue.bin'
	plot file binary format='%5float64' using (0.5 * ($1 + $2)):4:1:2:3:5 with boxxyerror \
			linecolor rgb '#bcd9ee' title 'minimum to maximum', \
		'' binary format='%5float64' using (0.5 * ($1 + $2)):4 with lines linewidth 2.5 \
			linecolor rgb '#0b4f85' title 'mean', \
		(queue_most * 1.05 >= nr_cpus ? nr_cpus : NaN) linewidth 1.5 dashtype 2 linecolor rgb '#d55e00' \
			title (queue_most * 1.05 < nr_cpus ? '' : sprintf('%d CPU%s', nr_cpus, nr_cpus == 1 ? '' : 's'))
	unset label
	unset key

	set tmargin at screen split
	set bmargin at screen bottom / picture_height
	set xlabel time_label textcolor rgb ink
	set format x '%g'
	unset grid
	set yrange [rows - 0.5:-0.5]
	set ylabel 'CPU' textcolor rgb ink
	step = rows <= 24 ? 1 : rows <= 72 ? 8 : 32
	set ytics scale 0 ()
	do for [i = 0:rows - 1:step] { set ytics add (sprintf('%d', i * queue_cpus_per_row) i) }
	# A cpu that was busy for a part of the time shall be seen; whole numbers are as in the legend.
	shade(x) = x < 1 ? sqrt(x) : x
	# White: idle. One runnable task is light, more are dark.
	most = queue_cpu_most > 4 ? ceil(queue_cpu_most) : 4
	set cbrange [0:most]
	set palette defined (0 '#f4f4f4', 0.04 '#e4eff8', 0.999 '#c3dcee', 1.001 '#9ecae1', \
		1 + 0.25 * (most - 1) '#5fa6d1', 1 + 0.5 * (most - 1) '#2b7bba', \
		1 + 0.75 * (most - 1) '#0b4f96', most '#08204a')
	set colorbox user origin 1 - (legend_width - 20) / picture_width, bottom / picture_height \
		size 18.0 / picture_width, below / picture_height
	set cblabel 'tasks per CPU' textcolor rgb ink offset 0.5,0
	if (most <= 10) { set cbtics 1 }
	set cbtics scale 0.4 textcolor rgb ink
	file = data.'/runqueue-cpus.bin'
	# An image in an SVG would be blurred.
	style = format eq 'svg' ? 'image pixels' : 'image'
	eval "plot file binary array=(queue_columns,queue_rows) format='%float64' dx=queue_cell dy=1 \
		origin=(time_from + 0.5 * queue_cell, 0) using (shade($1)) with ".style
	unset multiplot
}
