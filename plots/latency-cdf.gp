# SPDX-License-Identifier: MIT
#
# How wakeup latencies are distributed: above, the part of wakeups that waited no longer than x;
# below, the part that waited longer, on a logarithmic axis, which shows the tail.
# latency-cdf.bin: x in ns, the actors' per cents, that of all.
picture_width = 1600
picture_height = 900
load templates.'/common.gp'

if (latency_count == 0) {
	nothing = 'no task was woken in this window'
	load templates.'/nothing.gp'
} else {
	low = latency_low / 1.3
	high = latency_max * 1.2
	if (high < low * 10) {
		low = low / 2
		high = high * 2
	}
	set logscale x
	set xrange [low:high]
	axis = 'x'
	load templates.'/time-axis.gp'
	file = data.'/latency-cdf.bin'
	layout = sprintf('%%%dfloat64', nr_actors + 2)
	all = nr_actors + 2

	set tmargin at screen 1 - 104.0 / picture_height
	set key title 'task  wakeups' left textcolor rgb grey
	set multiplot
	set bmargin at screen 0.41
	unset xlabel
	set format x ''
	set yrange [0:100]
	set ytics 0,10,100 format '%g %%'
	set ylabel 'wakeups that waited no longer' textcolor rgb ink
	before = 0.0
	do for [i = 1:3] {
		value = i == 1 ? latency_p50 : i == 2 ? latency_p99 : latency_p999
		if (value < before * (high / low) ** 0.045) { continue }
		before = value
		set arrow i from value, graph 0 to value, graph 1 nohead back linecolor rgb grey dashtype 3
		set label 10 + i word('p50 p99 p99.9', i) at value, graph 1 offset 0,0.6 center \
			textcolor rgb grey
	}
	plot file binary format=layout using 1:all with lines linewidth 4 linecolor rgb ink \
			title sprintf('all  %.0f', latency_count), \
		for [i = 2:nr_actors] file binary format=layout using 1:(actor_wakeups[i] > 0 ? column(i + 1) : NaN) \
			with lines linewidth 2 linecolor rgb actor_rgb[i] \
			title (actor_wakeups[i] > 0 ? sprintf('%s  %.0f', actor_name[i], actor_wakeups[i]) : ''), \
		for [i = 1:(actor_wakeups[1] > 0)] file binary format=layout using 1:2 \
			with lines linewidth 2 linecolor rgb actor_rgb[1] \
			title sprintf('%s  %.0f', actor_name[1], actor_wakeups[1])

	unset label
	unset key
	set tmargin at screen 0.37
	set bmargin at screen bottom / picture_height
	load templates.'/time-axis.gp'
	set xlabel 'wakeup latency' textcolor rgb ink
	set logscale y
	least = 100.0 / latency_count
	longer(below) = below < 99.9999999 ? 100 - below : NaN
	set yrange [least > 1 ? least / 2 : least < 1e-3 ? 1e-3 : least / 1.5:100]
	set ytics auto
	set ytics 10 format '%g %%'
	set ylabel 'that waited longer' textcolor rgb ink
	plot file binary format=layout using 1:(longer(column(all))) with lines linewidth 4 linecolor rgb ink, \
		for [i = 2:nr_actors] file binary format=layout \
			using 1:(actor_wakeups[i] > 0 ? longer(column(i + 1)) : NaN) \
			with lines linewidth 2 linecolor rgb actor_rgb[i]
	unset multiplot
}
