# SPDX-License-Identifier: MIT
trace_sources =
