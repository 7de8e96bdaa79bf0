#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A trace of ossim's own, replayed, comes to what its workload comes to: there the truth is known, under every kernel.
#
# Workloads of workloads/ are simulated with --trace; the trace is replayed under its own kernel and under another one, and that is
# held against the workload itself under the same kernel. Numbers, of each name of task: cpu time, time waited for a cpu, wakeups,
# involuntary switches, and the latency of wakeups (median and p99, of 20 at least). One holds within
#
#	- 5 %; or, of times, two ticks for each task of that name: who of equals comes first, and who has the cpu when the time is over, is luck;
#	  or 5 wakeups and switches; or 5 us of the median and 50 us of p99, as in tests/fidelity/score; or
#	- twice what the workload itself differs by if its ticks come a third or two thirds of a period later, which is luck as well.
#
# What is no more than its tolerance, in the workload and in the replay, says nothing and is not counted.
#
# The table says how many of a hundred numbers must hold, the worse of the directions counting; what no trace tells (policies, affinities
# among busy cpus, ...: docs/replay.md) is told with --set; why a floor is low stands with it. `make check` runs those marked;
# `make whatif` all (--all). VERBOSE=1 lists what does not hold.
set -u
: "${OSSIM:?OSSIM must name the program under test}" "${top_srcdir:?}"
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
exec python3 - "$OSSIM" "$top_srcdir/workloads" "$@" <<'PYTHON'
import json, os, subprocess, sys, tempfile

program, workloads, everything = sys.argv[1], sys.argv[2], "--all" in sys.argv
verbose = os.environ.get("VERBOSE")
CHECK, OTHER = True, "v6.1"
MACHINES_OWN = ("init", "swapper", "migration/", "ksoftirqd/", "kworker/", "rcu_", "cpuhp/")


def each(names, cpus):
    return [f"tasks.{name}.affinity={cpus}" for name in names.split()]


# Workload: floor, in make check?, what is told.
table = {
    "two-tasks": (100, CHECK, []),
    # How often the nice one of three hogs on two cpus moves, and who has it then.
    "quickstart": (65, CHECK, []),
    "io-wait": (100, CHECK, []),
    "smt-numa": (100, CHECK, []),
    "stop-cont": (100, CHECK, []),
    "pid-wrap": (100, CHECK, []),
    "producer-consumer": (100, CHECK, []),
    "rt-push-pull": (95, CHECK, []),
    # One number: typist's first turn.
    "cfs-eevdf": (90, CHECK, each("A B C", 0) + each("typist hog", 1)),
    # Who of equals is preempted, by some microseconds.
    "thundering-herd": (78, CHECK, []),
    # Who comes last, by some microseconds.
    "barrier": (85, CHECK, []),
    # An idle group within one with a quota passes for a task of the idle policy.
    "containers": (85, CHECK, each("web cc0 cc1 cc2", 0) + each("tenant scraper db", 1)),
    "fork-storm": (95, False, []),
    # Single latencies and the one linker, of ten numbers.
    "make-j": (68, False, []),
    # Who of equal workers takes a request.
    "web-server": (82, False, []),
    # A crowd on 64 cpus.
    "mix-64": (65, False, [f"tasks.batch{i}.policy=batch" for i in range(12)] + [f"tasks.seti{i}.policy=idle" for i in range(8)]),
    "nice-ladder": (98, False, each("with-1 nice-1", 0) + each("with-5 nice-5", 1) + each("minus-5 with-minus-5", 2) + each("with-19 nice-19", 3)),
    "background": (93, False, each("w-nice-0 nice-0", 0) + each("w-batch batch", 1) + each("w-nice-19 nice-19", 2) + each("w-idle idle", 3)
                   + ["tasks.batch.policy=batch", "tasks.idle.policy=idle"]),
    "pi-inversion": (95, False, []),
    "signals": (84, False, []),  # a stop by a signal is a wait
    # Nothing costs anything there, and jobs meet to the nanosecond.
    "rate-monotonic": (66, False, []),
    "slices": (95, False, each("hog0 short", 0) + each("hog1 base", 1) + each("hog2 long", 2) + each("hog3 nice5", 3) + each("hog4 batch", 4)
               + each("hog5 idle", 5) + ["tasks.short.slice=100us", "tasks.long.slice=20ms", "tasks.batch.policy=batch", "tasks.idle.policy=idle"]),
}


def run(args):
    done = subprocess.run([program] + args, capture_output=True, text=True)
    if not done.stdout.startswith("{"):
        sys.exit(f"{' '.join(args)}: exit code {done.returncode}: {done.stderr[:500]}")
    return json.loads(done.stdout)


def numbers(document):
    found = {}
    for comm in document["comms"]:
        if comm["comm"].startswith(MACHINES_OWN):
            continue
        latency = comm["wakeup_latency"]
        found[comm["comm"]] = {"cpu_ns": comm["cpu_ns"], "run_delay_ns": comm["run_delay_ns"], "wakeups": comm["wakeups"],
                               "involuntary": comm["involuntary_switches"], "tasks": comm["tasks"], "count": latency["count"],
                               "p50_ns": latency["p50_ns"], "p99_ns": latency["p99_ns"]}
    return found


def hold(truth, lucks, replayed, tick):
    """How many numbers there are, and those that do not hold."""
    least = {"wakeups": 5, "involuntary": 5, "p50_ns": 5000, "p99_ns": 50000}
    nr, missed = 0, []
    for comm, real in truth.items():
        mine = replayed.get(comm, dict.fromkeys(real, 0))
        for key in ("cpu_ns", "run_delay_ns", "wakeups", "involuntary", "p50_ns", "p99_ns"):
            if key.startswith("p") and real["count"] < 20:
                continue
            luck = max([abs(other[comm][key] - real[key]) for other in lucks if comm in other] or [0])
            within = max(least.get(key, 2 * tick * real["tasks"]), 2 * luck)
            if max(mine[key], real[key]) <= within:
                continue
            nr += 1
            if abs(mine[key] - real[key]) > max(real[key] * 0.05, within):
                missed.append((comm, key, real[key], mine[key]))
    return nr, missed


def originals(path, kernel, hz):
    """What the workload comes to, and what it does if ticks come later."""
    args = [path, "--kernel", kernel, "--json", "--no-timing"]
    later = [["--set", f"machine.tick_phase={10**9 // hz * part // 3}ns"] for part in (1, 2)]
    return numbers(run(args)), [numbers(run(args + setting)) for setting in later]


def replays(path, folder, told):
    """The worst share of numbers that hold, and what does not."""
    document = run([path, "--json", "--no-timing"])
    own, hz = document["kernel"], document["machine"]["hz"]
    truth = {kernel: originals(path, kernel, hz) for kernel in {own, OTHER}}
    worst, lists = 1, []
    settings = [word for setting in told for word in ("--set", setting)]
    for recorded, simulated in sorted({(own, own), (own, OTHER), (OTHER, own)}):
        trace = os.path.join(folder, f"{recorded}-{simulated}.txt")
        subprocess.run([program, path, "--kernel", recorded, "-q", "--trace", trace], capture_output=True)
        if not os.path.getsize(trace):
            sys.exit(f"{path} as {recorded}: no trace")
        replayed = numbers(run(["replay", trace, "--kernel", simulated, "--json", "--no-timing"] + settings))
        nr, missed = hold(*truth[simulated], replayed, 10**9 // hz)
        lists.append((recorded, simulated, nr, missed))
        worst = min(worst, 1 - len(missed) / nr)
    return worst, lists


failed = passed = 0
for name, (floor, in_check, told) in table.items():
    if not (in_check or everything):
        continue
    with tempfile.TemporaryDirectory() as folder:
        worst, lists = replays(os.path.join(workloads, name + ".yaml"), folder, told)
    good = 100 * worst >= floor
    passed += good
    failed += not good
    if everything or not good:
        print(f"{name:20}", "  ".join(f"{recorded} as {simulated} {nr - len(missed)}/{nr}" for recorded, simulated, nr, missed in lists),
              "" if good else f"  less than {floor} %")
    for recorded, simulated, _, missed in lists if verbose or not good else []:
        for comm, key, real, mine in missed:
            print(f"  {recorded} as {simulated}: {key} of '{comm}' is {mine}, not {real}")
print(f"# passed: {passed} failed: {failed}")
sys.exit(failed > 0)
PYTHON
