# SPDX-License-Identifier: MIT
#
# What all pictures share: paper, ink, fonts, and where things stand. A template sets `picture_width`
# and `picture_height` (pixels), then loads this file. docs/plots.md lists the variables that ossim
# sets before.
set encoding utf8
if (format eq 'svg') {
	set terminal svg size picture_width,picture_height noenhanced background '#ffffff' \
		font 'DejaVu Sans,Liberation Sans,Helvetica,Arial,sans-serif,14'
} else {
	if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {
		set terminal pngcairo size picture_width,picture_height noenhanced \
			rounded background '#ffffff' font 'Sans,11.5'
	} else {
		set terminal png size picture_width,picture_height noenhanced truecolor \
			background '#ffffff' font 'sans,11'
	}
}
set output picture

ink = '#222222'
grey = '#707070'
faint = '#dddddd'

# Margins in parts of the picture, so that a column for the legend stays free at the right.
legend_width = 262.0
set lmargin at screen 118.0 / picture_width
set rmargin at screen 1 - legend_width / picture_width
set tmargin at screen 1 - 82.0 / picture_height
bottom = 72.0
set bmargin at screen bottom / picture_height

set label 1 plot_title at screen 18.0 / picture_width, screen 1 - 26.0 / picture_height \
	left font (format eq 'svg' ? ',21' : ',17') textcolor rgb ink
set label 2 subtitle at screen 18.0 / picture_width, screen 1 - 54.0 / picture_height \
	left textcolor rgb grey
set border 3 linecolor rgb grey linewidth 1
set tics nomirror out scale 0.6 textcolor rgb ink
set key at screen 1 - (legend_width - 16) / picture_width, screen 1 - 74.0 / picture_height \
	left top Left reverse vertical maxcols 1 samplen 1.6 spacing 1.15 textcolor rgb ink \
	noenhanced noautotitle
set grid back linecolor rgb faint linewidth 1 linetype 1
set xrange [time_from:time_to]
set xlabel time_label textcolor rgb ink
set format x '%g'
