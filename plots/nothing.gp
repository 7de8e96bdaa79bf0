# SPDX-License-Identifier: MIT
#
# A picture of nothing: `nothing` says what there is none of.
set label 20 nothing at screen 0.5, screen 0.45 center font ',16' textcolor rgb grey
set yrange [0:1]
unset ytics
unset key
set border 1
plot NaN notitle
