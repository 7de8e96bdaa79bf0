#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# meta.py CASE RIG DIR SMP: from DIR/console, which the guest wrote, and DIR/report.txt, the trace, writes
# DIR/meta.json and DIR/run.log as the corpus has them.
import json
import re
import sys

HZ = 250


def first_tick(report):
    """The first tick after TW_START: ticks lie on multiples of their period."""
    period = 10**9 // HZ
    with open(report, encoding="utf-8") as lines:
        for line in lines:
            start = re.search(r"(\d+)\.(\d{9}): print:.*TW_START", line)
            if start:
                return period - (int(start[1]) * 10**9 + int(start[2])) % period
    sys.exit(f"{report}: no TW_START")


def main():
    case, rig, folder, smp = sys.argv[1:]
    meta = {"case": case, "rig": rig}
    sched, log, stats = {}, [], []
    with open(f"{folder}/console", encoding="utf-8", errors="replace") as console:
        text = console.read().replace("\r", "")
    if "\nrecorded\n" not in text:
        sys.exit(f"{case} {rig}: the guest did not come to its end: {text[-300:]}")
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("kernel", "cmdline"):
            meta[word] = rest
        elif word == "sched":
            knob, _, value = rest.partition(" ")
            sched[knob] = value
        elif word == "log":
            log.append(rest)
        elif "overrun" in line:
            stats.append(line)
    if re.search(r"(overrun|dropped events): [1-9]", " ".join(stats)):
        sys.exit(f"{case} {rig}: the trace's buffer overran")
    meta.update(smp=smp, hz=HZ, icount="shift=0 (1 ns per instruction), sleep=off", clock="mono (tsc 1 GHz)",
                tw_loop_ps=2000, tw_becomes_fifo="after forking", cgroup="v2",
                autogroup=sched.get("/proc/sys/kernel/sched_autogroup_enabled") == "1",
                sched=sched, tick_phase_ns=first_tick(f"{folder}/report.txt"))
    with open(f"{folder}/../workload.tw", encoding="utf-8") as workload:
        meta["desc"] = workload.readline().strip("# \n")
    with open(f"{folder}/meta.json", "w", encoding="utf-8") as out:
        json.dump(meta, out, indent=1)
        out.write("\n")
    with open(f"{folder}/run.log", "w", encoding="utf-8") as out:
        out.write("\n".join(log) + "\n")


main()
