# SPDX-License-Identifier: MIT
#
# What is installed of traces/.
traces_files = traces/README.md traces/hog-and-periodic.6.12.txt traces/pipe-ping-pong.6.1.txt \
	traces/three-hogs.6.18.txt
