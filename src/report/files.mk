# SPDX-License-Identifier: MIT
report_sources =
