#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report.py SCORE.json SIMULATED DIR CORPUS [--rewrite]: holds the scores against DIR/expected, or writes them anew.

`expected` has a line per case and rig: checks that hold, checks in all. A case that holds a smaller part
than before is a failure. With --rewrite the tables of docs/fidelity.md are made too; what explains a
miss is taken from DIR/reasons, a line "CASE RIG text" each (RIG * for all). CORPUS is the name of the
folder scored: `corpus`, or another, which has an expectation and a table of its own and no reasons."""
import collections, json, os, re, sys

score, simulated, here, corpus, mode = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:6]
expected = f"{here}/expected" if corpus == "corpus" else f"{here}/expected-{corpus}"
TOPICS = [
    ("n", "nice and weights"), ("s", "sleepers against hogs"), ("p", "periodic tasks"), ("e", "custom slices"),
    ("b", "batch and idle policies"), ("y", "yield"), ("a", "changes in mid-run"), ("f", "fork and pools"),
    ("k", "pipes, locks, barriers"), ("g", "stop and continue"), ("r", "real-time"), ("i", "priority inheritance"),
    ("d", "deadline"), ("c", "cgroups, autogroup"), ("l", "balancing"), ("m", "mixes"),
]
RIGS = ["g61", "g612", "g618", "g612s2", "host618"]
KERNEL = {"g61": "6.1, one cpu", "g612": "6.12, one cpu", "g618": "6.18, one cpu", "g612s2": "6.12, two cpus", "host618": "6.18, two cpus, real"}

def lines(path):
    return [l.rstrip("\n") for l in open(path)] if os.path.exists(path) else []

def compare():
    old = {tuple(w[:2]): (int(w[2]), int(w[3])) for w in (l.split() for l in lines(expected)) if len(w) == 4 and w[0] != "#"}
    passed = failed = 0
    for r in score:
        was = old.get((r["case"], r["rig"]))
        if was and r["ok"] * was[1] < was[0] * r["n"]:
            print(f"FAILED: {r['case']} on {r['rig']}: {r['ok']} of {r['n']} checks hold, {was[0]} of {was[1]} did before")
            failed += 1
        else:
            passed += 1
    print(f"# passed: {passed} failed: {failed}")
    return failed

def percent(ok, n):
    return f"{100 * ok / n:.1f} %" if n else ""

def tables():
    by = collections.defaultdict(lambda: [0, 0])
    for r in score:
        for key in ((r["case"][0], r["rig"]), ("all", r["rig"])):
            by[key][0] += r["ok"]; by[key][1] += r["n"]
    rigs = [r for r in RIGS if ("all", r) in by]
    out = ["| topic | " + " | ".join(KERNEL[r] for r in rigs) + " |", "|---|" + "---|" * len(rigs)]
    for letter, name in TOPICS + [("all", "**all**")]:
        if any((letter, r) in by for r in rigs):
            out.append(f"| {name} | " + " | ".join(
                f"{percent(*by[letter, r])} ({by[letter, r][0]}/{by[letter, r][1]})" if (letter, r) in by else "" for r in rigs) + " |")
    return out

def misses():
    why = {}
    for l in lines(f"{here}/reasons"):
        w = l.split(None, 2)
        if len(w) == 3 and not l.startswith("#"): why[w[0], w[1]] = w[2]
    needs = {tuple(m.group(1, 2)): m.group(3) for m in (re.match(r"(\S+) (\S+): (needs .*)", l) for l in lines(simulated)) if m}
    out = ["| case | rig | holds | overlap | reason |", "|---|---|---|---|---|"]
    for r in sorted(score, key=lambda r: (RIGS.index(r["rig"]) if r["rig"] in RIGS else 9, r["case"])):
        if not r["fails"]: continue
        short = r["case"].split("-")[0]
        text = needs.get((r["case"], r["rig"])) or why.get((short, r["rig"])) or why.get((short, "*")) or "not understood yet"
        overlap = f"{r['overlap']:.3f}" if r["overlap"] is not None else ""
        out.append(f"| {r['case']} | {r['rig']} | {r['ok']}/{r['n']} | {overlap} | {text} |")
    return out

def rewrite():
    with open(expected, "w") as f:
        f.write("# SPDX-License-Identifier: MIT\n#\n# Made by run.sh --rewrite: case, rig, checks that hold, checks.\n")
        for r in sorted(score, key=lambda r: (r["case"], r["rig"])): f.write(f"{r['case']} {r['rig']} {r['ok']} {r['n']}\n")
    path = f"{here}/../../docs/fidelity.md"
    text = open(path).read()
    made = (("topics", tables()), ("misses", misses())) if corpus == "corpus" else ((corpus, tables()),)
    for name, table in made:
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m: m.group(1) + "\n".join([""] + table + [""]) + "\n" + m.group(2), text, flags=re.S)
    open(path, "w").write(text)
    print(f"rewritten: {expected} and docs/fidelity.md")
    return 0

sys.exit(1 if (rewrite() if mode == ["--rewrite"] else compare()) else 0)
