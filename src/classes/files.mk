# SPDX-License-Identifier: MIT
classes_sources =
