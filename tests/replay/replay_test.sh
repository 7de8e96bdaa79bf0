#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Replays of real recordings resemble them: those under traces/, and all of the corpus of recordings
# if it is there ($OSSIM_TRUTH_CORPUS, or the folder beside the project).
#
# Every recording must be rebuilt and simulated. Its numbers are held where a trace tells what they
# depend on: one cpu, or tasks that are free to move. Written tolerances, per name of task: cpu time
# within 3 % of the window (12 % with several cpus, where placement is luck) or, in short ones, 3 ms (so far may
# tasks of 6.1 be ahead of each other when the window begins, and nothing tells: half its latency), wakeups within
# 20 % (or 8); and four cases of five within 1 % and 5 %. VERBOSE=1 lists those beyond that.
set -u
: "${OSSIM:?OSSIM must name the program under test}" "${top_srcdir:?}"
corpus=${OSSIM_TRUTH_CORPUS:-$top_srcdir/../shared/truth/corpus}
exec python3 - "$OSSIM" "$top_srcdir/traces" "$corpus" <<'PYTHON'
import glob, json, lzma, os, re, subprocess, sys, tempfile

program, traces, corpus = sys.argv[1:4]
kernels = {"g61": "v6.1", "g612": "v6.12", "g612s2": "v6.12", "host618": "v6.18",
           "6.1": "v6.1", "6.12": "v6.12", "6.18": "v6.18"}
# What no trace of these events tells, so that a replay has to differ.
untold = [
    (r"^c\d\d", "cgroup weights, quotas and autogroups"),
    (r"^a0[15]", "affinities"),
    (r"^r08", "which way fifo tasks happen to push others"),
    (r"^l05", "where eight hogs on four cpus happen to stay"),
    (r"^a02.*g612", "when within a slice a task reniced itself"),
    (r"^k09", "that a buffer has four slots"),
    (r"^k07.*g612", "signals that found who waits for them awake"),
    (r"^f01.*g612", "microseconds, on which it hangs which of its courses a storm of forks takes: the kernel's own differ by as much"),
    (r"^f03.*g612", "when ticks come, in a text without flags: on that hangs which of four alike workers takes a job"),
    (r"^k05.*g612", "microseconds, on which it hangs who comes last to a barrier"),
    (r"^h01", "messages that found their reader awake: a quarter of its wakeups is missing, and a fifth may be off"),
    (r"^h03.*(g612|host)", "messages that found their reader awake"),
]
START_NS = 3000000     # by so much tasks may be ahead of others at first
WORKLOAD_CPU = 0.001   # of the window: tasks with less are not held


def recordings():
    for path in sorted(glob.glob(os.path.join(traces, "*.txt"))):
        yield os.path.basename(path)[:-4], kernels[re.search(r"(6\.\d+)\.txt$", path)[1]], path, None
    for path in sorted(glob.glob(os.path.join(corpus, "*", "*", "**", "report.txt.xz"), recursive=True)):
        parts = os.path.relpath(path, corpus).split(os.sep)
        yield ".".join(parts[:-1]), kernels[parts[1]], path, os.path.join(corpus, parts[0])


def pinned(case):
    """Does the workload bind tasks to cpus?"""
    for name in ("workload.tw", "workload.json"):
        path = os.path.join(case, name) if case else ""
        if path and os.path.exists(path):
            return bool(re.search(r'cpus=|setaff|"cpus"', open(path).read()))
    return False


def run(args):
    done = subprocess.run([program] + args, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def by_comm(document):
    return {c["comm"]: c for c in document["comms"]}


def compare(recorded, simulated):
    """The worst deviations: cpu time in parts of the window, wakeups relative and absolute."""
    window = recorded["window"]["duration_ns"]
    worst_cpu, worst_wakeups = (0, ""), (0, 0, "")
    theirs = by_comm(simulated)
    for comm, real in by_comm(recorded).items():
        if comm.startswith(("swapper/", "migration/")) or real["cpu_ns"] < window * WORKLOAD_CPU:
            continue
        model = theirs.get(comm, {"cpu_ns": 0, "wakeups": 0})
        cpu = abs(model["cpu_ns"] - real["cpu_ns"]) / window
        few = abs(model["wakeups"] - real["wakeups"])
        worst_cpu = max(worst_cpu, (cpu, comm))
        if few > 8:
            worst_wakeups = max(worst_wakeups, (few / max(real["wakeups"], 1), few, comm))
    return worst_cpu, worst_wakeups


passed, failed, held, near = 0, 0, 0, 0
for name, kernel, path, case in recordings():
    with tempfile.NamedTemporaryFile("wb", suffix=".txt") as plain:
        if path.endswith(".xz"):
            plain.write(lzma.open(path).read())
            plain.flush()
            path = plain.name
        text = open(path, errors="replace").read()
        begin, end = ("TW_START", "TW_END") if "TW_START" in text else ("TW_CMD_START", "TW_CMD_END")
        window = [path, "--json", "--from-mark", begin] + (["--to-mark", end] if end in text else [])
        code, recorded, err = run(["stat"] + window)
        code2, simulated, err2 = run(["replay"] + window + ["--kernel", kernel])
        # Without marks, whatever else the recording holds is rebuilt too.
        code3, _, err3 = run(["replay", path, "-q"])
    if code or code2 or code3:
        print(f"{name}: exit codes {code} {code2} {code3}: {(err + err2 + err3)[:300]}")
        failed += 1
        continue
    recorded, simulated = json.loads(recorded), json.loads(simulated)
    several = len(recorded["cpus"]) > 1
    if any(re.search(pattern, name) for pattern, _ in untold) or (several and (pinned(case) or not case)):
        passed += 1
        continue
    cpu, wakeups = compare(recorded, simulated)
    held += 1
    if os.environ.get("VERBOSE") and not (cpu[0] <= 0.01 and wakeups[0] <= 0.05):
        print(f"  {name}: {cpu} {wakeups}")
    near += cpu[0] <= 0.01 and wakeups[0] <= 0.05
    if cpu[0] > max(0.12 if several else 0.03, START_NS / recorded["window"]["duration_ns"]) or wakeups[0] > 0.2:
        print(f"{name}: cpu time of '{cpu[1]}' is off by {100 * cpu[0]:.1f} % of the window, "
              f"wakeups of '{wakeups[2]}' by {100 * wakeups[0]:.0f} %")
        failed += 1
    else:
        passed += 1
if held >= 20 and near < 0.8 * held:
    print(f"only {near} of {held} replays are near their recording")
    failed += 1
print(f"{held} replays held to numbers, {near} of them within 1 % and 5 %")
print(f"# passed: {passed} failed: {failed}")
sys.exit(failed > 0)
PYTHON
