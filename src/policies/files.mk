# SPDX-License-Identifier: MIT
policies_sources =
