#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# meta.py CASE RIG DIR NUMBER: from DIR/console, which the guest (or `here`) wrote, and DIR/report.txt, the trace, writes
# DIR/meta.json and DIR/run.log as the corpus has them. NUMBER: of the guest's cpus; of the repetition, on this machine's own kernel.
import json
import re
import sys


def first_tick(report, period):
    """The first tick after TW_START: ticks lie on multiples of their period. None: it has not begun."""
    with open(report, encoding="utf-8") as lines:
        for line in lines:
            start = re.search(r"(\d+)\.(\d{9}): print:.*TW_START", line)
            if start:
                return period - (int(start[1]) * 10**9 + int(start[2])) % period
    return None


def read_console(path, who):
    """What it tells, by its first words; `sched` by knob, `config` and `log` as lists."""
    told, sched, lists, stats = {}, {}, {"config": [], "log": [], "domain": []}, []
    with open(path, encoding="utf-8", errors="replace") as console:
        text = console.read().replace("\r", "")
    if "\nrecorded\n" not in text:
        sys.exit(f"{who}: the recording did not come to its end: {text[-300:]}")
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "sched":
            knob, _, value = rest.partition(" ")
            sched[knob] = value
        elif word in lists:
            lists[word].append(rest)
        elif "overrun" in line:
            stats.append(line)
        elif word in ("kernel", "cmdline", "cgroup", "cpus", "preempt", "autogroup"):
            told[word] = rest
    if re.search(r"(overrun|dropped events): [1-9]", " ".join(stats)):
        sys.exit(f"{who}: the trace's buffer overran")
    if lists["domain"]:
        told["domains"] = lists["domain"]
    return told, sched, lists["config"], lists["log"]


def of_guest(told, sched, smp):
    return dict(told, smp=smp, hz=250, icount="shift=0 (1 ns per instruction), sleep=off", clock="mono (tsc 1 GHz)",
                tw_loop_ps=2000 if smp == "1" else None, tw_becomes_fifo="after forking", cgroup="v2",
                autogroup=sched.get("/proc/sys/kernel/sched_autogroup_enabled") == "1", sched=sched)


def of_machine(told, sched, config, repetition):
    hz = [int(option[len("CONFIG_HZ="):]) for option in config if option.startswith("CONFIG_HZ=")]
    meta = dict(told, rep=int(repetition), cpus=int(told["cpus"]), hz=hz[0] if hz else 250, config=config, clock="mono",
                autogroup=told["autogroup"] == "1")
    if sched:
        meta["sched"] = sched
    return meta


def main():
    case, rig, folder, number = sys.argv[1:]
    told, sched, config, log = read_console(f"{folder}/console", f"{case} {rig}")
    meta = {"case": case, "rig": rig}
    meta.update(of_machine(told, sched, config, number) if rig == "host618" else of_guest(told, sched, number))
    meta["tick_phase_ns"] = first_tick(f"{folder}/report.txt", 10**9 // meta["hz"])
    if meta["tick_phase_ns"] is None:
        sys.exit(f"{case} {rig}: the workload did not begin: {' '.join(log) or 'no TW_START in the trace'}")
    with open(f"{folder}/workload.tw", encoding="utf-8") as workload:
        meta["desc"] = workload.readline().strip("# \n")
    with open(f"{folder}/meta.json", "w", encoding="utf-8") as out:
        json.dump(meta, out, indent=1)
        out.write("\n")
    with open(f"{folder}/run.log", "w", encoding="utf-8") as out:
        out.write("\n".join(log) + "\n")


main()
