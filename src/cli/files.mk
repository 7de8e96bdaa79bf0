# SPDX-License-Identifier: MIT
cli_sources =
