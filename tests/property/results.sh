#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Generated workloads against what must hold in any: see results.py, which this runs.
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
exec python3 "$(dirname "$0")/results.py" "$@"
