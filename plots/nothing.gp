# SPDX-License-Identifier: MIT
#
# A picture of nothing: `nothing` says what there is none of.
set label 20 nothing at screen 0.5, screen 0.45 center font ',16' textcolor rgb grey
set yrange [0:1]
unset tics
unset grid
unset xlabel
set border 0
unset key
plot NaN notitle
