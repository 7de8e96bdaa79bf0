# SPDX-License-Identifier: MIT
"""What must hold for any workload, tried on generated ones.

    results.py [--seeds FIRST LAST]      200 seeds; a failure prints its seed
    results.py --show SEED               the workload of a seed

Each workload is run on each of its kernels with --check-invariants (no task lost, no task on two cpus,
states follow each other as they may, ...). Then the result itself is looked at:

  - every cpu's time adds up: busy and idle are the whole run
  - every task's time adds up: running, waiting and sleeping are its life
  - a cpu is busy with somebody: the tasks' time and the cpus' time agree within what costs explain
  - hogs of one cpu share it by weight
  - the same run gives the same bytes, and measuring its trace gives the same counts
  - the demand in its trace is a workload that runs
"""
import json
import os
import random
import subprocess
import sys
import tempfile

OSSIM = os.environ.get("OSSIM", "build/ossim")
KERNELS = ["v6.1", "v6.12", "v6.18"]
SEEDS = (1, 200)


def ns(rng, low, high):
    """A time between two powers of ten of nanoseconds, as text."""
    return f"{int(10 ** rng.uniform(low, high))}ns"


def quantity(rng, low, high):
    kind = rng.randrange(6)
    if kind < 3:
        return ns(rng, low, high)
    a, b = sorted(int(10 ** rng.uniform(low, high)) for _ in range(2))
    if kind == 3:
        return {"uniform": [f"{a}ns", f"{b}ns"]}
    if kind == 4:
        return {"exponential": {"mean": f"{a}ns", "max": f"{10 * b}ns"}}
    return {"empirical": [{"value": f"{a}ns", "weight": rng.randint(1, 9)}, f"{b}ns"]}


def cpus(rng, nr):
    first = rng.randrange(nr)
    return f"{first}-{rng.randrange(first, nr)}"


def attributes(rng, nr_cpus):
    task = {}
    policy = rng.choice(["other"] * 6 + ["batch", "idle", "fifo", "rr"])
    if policy != "other":
        task["policy"] = policy
    if policy in ("fifo", "rr"):
        task["priority"] = rng.randint(1, 99)
    elif rng.random() < 0.3:
        task["nice"] = rng.randint(-20, 19)
    if rng.random() < 0.2:
        task["affinity"] = cpus(rng, nr_cpus)
    return task


def change(rng, nr_cpus):
    """An action upon oneself."""
    return rng.choice([
        "yield",
        {"nice": rng.randint(-20, 19)},
        {"affinity": cpus(rng, nr_cpus)},
        {"affinity": "all"},
        {"policy": {"policy": "rr", "priority": rng.randint(1, 50)}},
        {"policy": {"policy": "other", "nice": rng.randint(-10, 10)}},
        {"policy": "batch"},
        {"slice": f"{rng.randint(1, 100) * 100}us"},
        {"mark": "here"},
    ])


def steps(rng, nr_cpus, depth=0):
    """A block of actions in which time passes and nothing waits for what may not come."""
    block = [{"run": quantity(rng, 3, 6.5)}]
    for _ in range(rng.randrange(4)):
        what = rng.randrange(9)
        if what < 2:
            block.append({"run": quantity(rng, 2, 6.5)})
        elif what < 4:
            block.append({"sleep": quantity(rng, 3.5, 7)})
        elif what == 4:
            block.append({"timer": ns(rng, 5.5, 7)})
        elif what == 5:
            name = rng.choice(["m", "n"])
            block += [{"lock": name}, {"run": quantity(rng, 3, 5.5)}, {"unlock": name}]
        elif what == 6 and depth < 2:
            block.append({"loop": {"count": rng.randint(1, 4), "do": steps(rng, nr_cpus, depth + 1)}})
        else:
            block.append(change(rng, nr_cpus))
    return block


def pair(rng, name):
    """Two tasks that wake each other."""
    if rng.random() < 0.5:
        first = [{"run": quantity(rng, 3, 5)}, {"pipe_write": {"pipe": name, "bytes": rng.randint(1, 9000)}}]
        second = [{"pipe_read": {"pipe": name, "bytes": rng.randint(1, 9000)}}, {"run": quantity(rng, 3, 5)}]
    else:
        first = [{"run": quantity(rng, 3, 5)}, {"sem_post": name}, {"sem_wait": name + "back"}]
        second = [{"sem_wait": name}, {"run": quantity(rng, 3, 5)}, {"sem_post": name + "back"}]
    return first, second


def machine(rng):
    kind = rng.randrange(5)
    if kind == 0:
        shape = {"cpus": 1}
    elif kind < 3:
        shape = {"cpus": rng.randint(2, 8)}
    else:
        shape = {"sockets": rng.choice([1, 1, 2, 4]), "cores": rng.randint(1, 8), "threads": rng.choice([1, 2])}
    shape["hz"] = rng.choice([100, 250, 300, 1000])
    if rng.random() < 0.5:
        shape["costs"] = "zero"
    if rng.random() < 0.3:
        shape["preempt"] = rng.choice(["none", "voluntary", "full"])
    if rng.random() < 0.2:
        shape["nohz"] = False
    if rng.random() < 0.2:
        shape["skew_tick"] = True
    return shape


def workload(seed):
    rng = random.Random(seed)
    shape = machine(rng)
    nr_cpus = shape.get("cpus") or shape["sockets"] * shape["cores"] * shape["threads"]
    tasks = []
    for i in range(rng.randint(1, 6)):
        task = {"name": f"task{i}x", "count": rng.choice([1, 1, 2, rng.randint(1, 3 * nr_cpus)])}
        task.update(attributes(rng, nr_cpus))
        body = steps(rng, nr_cpus)
        if rng.random() < 0.7:
            body = [{"loop": body}]
        if rng.random() < 0.3:
            task["start"] = ns(rng, 3, 8)
            task["start_step"] = ns(rng, 2, 6)
        if rng.random() < 0.1:
            task["birth"] = "woken"
        task["program"] = body
        tasks.append(task)
    for i in range(rng.randrange(3)):
        first, second = pair(rng, f"p{i}")
        for half, body in (("a", first), ("b", second)):
            task = {"name": f"pair{i}{half}", **attributes(rng, nr_cpus), "program": {"loop": body}}
            tasks.append(task)
    if rng.random() < 0.4:
        child = {"name": "child", "template": True, "program": steps(rng, nr_cpus)}
        thread = {"name": "thread", "template": True, "program": steps(rng, nr_cpus)}
        tasks += [child, thread]
        tasks.append({"name": "parent", "program": {"loop": [
            {"run": quantity(rng, 4, 6)}, {"fork": "child"}, {"clone": "thread"}, {"run": quantity(rng, 4, 6)},
            rng.choice(["wait", "waitall"]), {"sleep": quantity(rng, 5, 6.5)}]}})
    if rng.random() < 0.3:
        tasks.append({"name": "meddler", "program": {"loop": [
            {"sleep": ns(rng, 6, 7)}, {"stop": "task0x"}, {"sleep": ns(rng, 5, 7)}, {"cont": "task0x"},
            {"nice": {"value": rng.randint(-5, 15), "task": "task0x"}}]}})
    document = {"seed": seed, "duration": f"{rng.randint(20, 120)}ms", "machine": shape, "tasks": tasks}
    if rng.random() < 0.4:
        document["mutexes"] = {"m": {"pi": True}}
    return document


def run(arguments, out=None):
    done = subprocess.run([OSSIM, *arguments], capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"ossim {' '.join(arguments)}: exit code {done.returncode}: "
                             f"{done.stderr.decode(errors='replace').strip()[:900]}")
    if out:
        with open(out, "wb") as file:
            file.write(done.stdout)
    return done.stdout


def check_result(document, result):
    free = document["machine"].get("costs") == "zero"
    duration = int(document["duration"][:-2]) * 1000000
    for cpu in result["cpus"]:
        assert cpu["busy_ns"] + cpu["idle_ns"] + cpu.get("offline_ns", 0) == duration, f"cpu {cpu['cpu']}: {cpu}"
    for task in result["tasks"]:
        end = task["end_ns"] if task["end_ns"] >= 0 else duration
        life = end - task["start_ns"]
        parts = task["cpu_ns"] + task["run_delay_ns"] + task["sleep_ns"]
        assert abs(life - parts) <= 1, f"{task['comm']} {task['pid']}: lives {life}, has {parts}"
    busy = sum(cpu["busy_ns"] for cpu in result["cpus"])
    ran = sum(task["cpu_ns"] for task in result["tasks"])
    assert ran <= busy, f"tasks ran {ran}, cpus were busy {busy}"
    if free:
        assert ran == busy, f"tasks ran {ran}, cpus were busy {busy}, and nothing costs anything"


def check_counts(simulated, measured):
    """A trace says the same as the run that wrote it."""
    there = {task["pid"]: task for task in measured["tasks"]}
    for task in simulated["tasks"]:
        other = there.get(task["pid"])
        if other is None:
            assert task["cpu_ns"] == 0 or not task["wakeups"], f"{task['comm']} {task['pid']} is not in its trace"
            continue
        for key in ("wakeups", "voluntary_switches", "involuntary_switches"):
            assert task[key] == other[key], f"{task['comm']} {task['pid']}: {key} {task[key]}, in its trace {other[key]}"


def check_shares(seed):
    """Hogs on one cpu get time by weight; nothing costs anything."""
    rng = random.Random(seed)
    weights = [88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100,
               4904, 3906, 3121, 2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172,
               137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15]
    nices = [rng.randint(-10, 10) for _ in range(rng.randint(2, 8))]
    document = {"duration": "20s", "machine": {"cpus": 1, "costs": "zero", "kernel_threads": False},
                "tasks": [{"name": f"hog{i}x", "nice": nice, "program": {"loop": [{"run": "10ms"}]}}
                          for i, nice in enumerate(nices)]}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(document, file)
        file.flush()
        for kernel in KERNELS:
            result = json.loads(run([file.name, "--json", "--kernel", kernel]))
            got = {task["comm"]: task["cpu_ns"] for task in result["tasks"]}
            total = sum(weights[nice + 20] for nice in nices)
            for i, nice in enumerate(nices):
                fair = 20e9 * weights[nice + 20] / total
                # A few slices or ticks on either side, and what the rounding of weights makes.
                assert abs(got[f"hog{i}x"] - fair) <= 60e6 + fair * 0.01, \
                    f"{kernel}: nice {nice} of {nices} got {got[f'hog{i}x']}, its share is {fair:.0f}"


def try_seed(seed, dir_):
    document = workload(seed)
    path = os.path.join(dir_, "w.yaml")
    trace = os.path.join(dir_, "trace")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    kernels = KERNELS if document["machine"].get("preempt") != "lazy" else KERNELS[-1:]
    for kernel in kernels:
        arguments = ["run", path, "--kernel", kernel, "--json", "--no-timing", "--check-invariants"]
        text = run(arguments)
        result = json.loads(text)
        try:
            check_result(document, result)
            if seed % 4 == 0:
                assert run(arguments + ["--trace", trace]) == text, "a second run, with a trace, differs"
                if result["total"]["switches"]:
                    check_counts(result, json.loads(run(["stat", trace, "--json"])))
                    rebuilt = os.path.join(dir_, "rebuilt.yaml")
                    run(["convert", trace, "-o", rebuilt])
                    run(["run", rebuilt, "--quiet", "--check-invariants"])
        except AssertionError as error:
            raise AssertionError(f"{kernel}: {error}") from None


def main():
    if sys.argv[1:2] == ["--show"]:
        print(json.dumps(workload(int(sys.argv[2])), indent=2))
        return
    first, last = (int(sys.argv[2]), int(sys.argv[3])) if sys.argv[1:2] == ["--seeds"] else SEEDS
    passed = failed = 0
    cases = [(f"seed {seed}", lambda d, s=seed: try_seed(s, d)) for seed in range(first, last + 1)]
    cases += [(f"shares {seed}", lambda d, s=seed: check_shares(s)) for seed in range(first, min(last, first + 9) + 1)]
    with tempfile.TemporaryDirectory() as dir_:
        for name, case in cases:
            try:
                case(dir_)
                passed += 1
            except (AssertionError, subprocess.TimeoutExpired, KeyError, ValueError) as error:
                failed += 1
                if failed <= 10:
                    print(f"{name}: {type(error).__name__}: {error}", flush=True)
    print(f"# passed: {passed} failed: {failed}")
    sys.exit(failed > 0)


main()
