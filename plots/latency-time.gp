# SPDX-License-Identifier: MIT
#
# Wakeup latency over time, of all tasks together: the median, and how far the tail reaches.
# latency-time.bin: x low, x high, min, p50, p99, max (ns; NaN where nobody was woken), count.
picture_width = 1600
picture_height = 700
load templates.'/common.gp'

if (latency_time_count == 0) {
	nothing = 'no task was woken in this window'
	load templates.'/nothing.gp'
} else {
	low = latency_low / 1.5
	high = latency_time_max * 1.3
	if (high < low * 10) {
		low = low / 2
		high = high * 2
	}
	set logscale y
	set yrange [low:high]
	axis = 'y'
	load templates.'/time-axis.gp'
	set ylabel 'wakeup latency' textcolor rgb ink
	set style fill solid 1 noborder
	file = data.'/latency-time.bin'
	layout = '%7float64'
	plot file binary format=layout using (0.5 * ($1 + $2)):4:1:2:5:6 with boxxyerror \
			linecolor rgb '#cfe3f1' title 'p99 to maximum', \
		'' binary format=layout using (0.5 * ($1 + $2)):4:1:2:4:5 with boxxyerror \
			linecolor rgb '#86b8dc' title 'p50 to p99', \
		'' binary format=layout using (0.5 * ($1 + $2)):4:1:2:3:4 with boxxyerror \
			linecolor rgb '#ececec' title 'minimum to p50', \
		'' binary format=layout using 1:6:($2 - $1):(0) with vectors nohead linewidth 1.5 \
			linecolor rgb '#d55e00' title 'maximum', \
		'' binary format=layout using 1:4:($2 - $1):(0) with vectors nohead linewidth 3 \
			linecolor rgb '#0b4f85' title 'p50 (median)'
}
