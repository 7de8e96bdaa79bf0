# SPDX-License-Identifier: MIT
machine_sources =
