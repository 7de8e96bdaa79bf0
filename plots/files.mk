# SPDX-License-Identifier: MIT
#
# Templates of gnuplot and what they share, as --plots reads them; installed with ossim.
plots_files =
