# SPDX-License-Identifier: MIT
proc_sources =
