# SPDX-License-Identifier: MIT
input_sources =
