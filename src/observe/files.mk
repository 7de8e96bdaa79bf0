# SPDX-License-Identifier: MIT
observe_sources =
