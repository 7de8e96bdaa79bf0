# SPDX-License-Identifier: MIT
run_sources =
