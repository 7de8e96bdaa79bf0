#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# intervals.py REPORT TASK [OTHER]: when TASK (a comm) was charged in the window of a recording, for how much, and when it came and
# went, a line each; with OTHER, an ossim trace of the same case, both side by side. With the workloads of calls/ that tells what calls take.
import re
import sys

EVENT = re.compile(r"\s(\d+)\.(\d{6,9}): (\w+):\s+(.*)")


def events(path, task):
    """(ns since TW_START, what, ns charged or None) of the task, in order."""
    found, start = [], None
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            event = EVENT.search(line)
            if not event:
                continue
            at = int(event[1]) * 10**9 + int(event[2].ljust(9, "0"))
            if "TW_START" in line:
                start = at
            if start is None:
                continue
            if event[3] == "sched_stat_runtime" and f"comm={task} " in event[4]:
                found.append((at - start, "charge", int(re.search(r"runtime=(\d+)", event[4])[1])))
            elif event[3] == "sched_waking" and f"comm={task} " in event[4]:
                found.append((at - start, "waking", None))
            elif event[3] == "sched_switch":
                if f"prev_comm={task} " in event[4]:
                    found.append((at - start, "out " + re.search(r"prev_state=(\S+)", event[4])[1], None))
                if f"next_comm={task} " in event[4]:
                    found.append((at - start, "in", None))
    return found


def text(event):
    at, what, charged = event
    return f"{at / 1000:14.3f} {what:8s} {charged if charged is not None else '':>9}"


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: intervals.py REPORT TASK [OTHER]")
    rows = [events(path, sys.argv[2]) for path in sys.argv[1:2] + sys.argv[3:]]
    for i in range(max(len(row) for row in rows)):
        print(" | ".join(text(row[i]) if i < len(row) else " " * 33 for row in rows))


main()
