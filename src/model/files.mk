# SPDX-License-Identifier: MIT
model_sources =
