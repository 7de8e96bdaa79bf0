#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
The examples in README.md and docs/ are true: each command is run as a reader would, in a folder with
workloads/ and traces/ in it, and what the page shows below it must come out.

	examples.py             compare
	examples.py --rewrite   write what comes out into the pages: look at the diff before you commit it

What counts as an example: in a fenced block, a line that begins with "$ " (what follows, up to the next
one, is its output; a line "..." stands for any number of lines), and in a block marked `sh` each line; in
an indented block of README.md, each line. Commands other than ossim are left alone; the policies that a
page shows in C are there as NAME.so when its commands run. How long a run took is not compared.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TIMING = re.compile(r"(events simulated, ).*")
ELLIPSIS = "..."


class Page:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")

    def blocks(self):
        """(language, index of the first line, index behind the last), from the last to the first."""
        found = []
        start = None
        for i, line in enumerate(self.lines):
            if not line.startswith("```"):
                continue
            if start is None:
                start = (line[3:], i + 1)
            else:
                found.append((start[0], start[1], i))
                start = None
        return reversed(found)

    def programs(self):
        """Name and text of each policy that the page shows."""
        for language, first, last in self.blocks():
            text = "\n".join(self.lines[first:last]) + "\n"
            name = re.search(r"^EXT_POLICY\((\w+)\)", text, re.M)
            if language == "c" and name:
                yield name.group(1), text

    def examples(self):
        """(command, first line of its output, line behind it; None: whatever comes out), last first."""
        for language, first, last in self.blocks():
            commands = [i for i in range(first, last) if self.lines[i].startswith("$ ")]
            for i, end in reversed(list(zip(commands, commands[1:] + [last]))):
                yield self.lines[i][2:], (i + 1, end) if end > i + 1 else None
            if language == "sh":
                for i in range(first, last):
                    yield self.lines[i], None
        if os.path.basename(self.path) == "README.md":
            for line in self.lines:
                if re.match(r"    build/ossim ", line):
                    yield line.strip(), None


def same(shown, came):
    """Does what came out look as shown?"""
    if ELLIPSIS not in shown:
        return shown == came
    i = shown.index(ELLIPSIS)
    head, rest = shown[:i], shown[i + 1:]
    if came[:i] != head:
        return False
    return any(same(rest, came[j:]) for j in range(i, len(came) + 1))


def shortened(shown, came):
    """What came out, with its middle left out if that was so before. None: that is for a human."""
    if ELLIPSIS not in shown:
        return came
    if shown.count(ELLIPSIS) > 1 or len(came) < len(shown):
        return None
    i = shown.index(ELLIPSIS)
    tail = len(shown) - i - 1
    return came[:i] + [ELLIPSIS] + came[len(came) - tail:]


def comparable(lines):
    return [TIMING.sub(r"\1", line) for line in lines]


class Runner:
    def __init__(self, source, ossim, rewrite):
        self.source, self.ossim, self.rewrite = source, ossim, rewrite
        self.passed = self.failed = 0

    def fail(self, page, command, why):
        self.failed += 1
        print(f"FAILED: {os.path.relpath(page.path, self.source)}: {command}")
        print("".join(f"    {line}\n" for line in why[:40]), end="")

    def run(self, command, folder):
        command = re.sub(r"(^|&& )(build/)?ossim ", r"\1ossim ", command)
        environment = dict(os.environ, PATH=f"{folder}/bin:{os.environ['PATH']}", LC_ALL="C.UTF-8")
        done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.rstrip("\n").split("\n")

    def page(self, page):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("workloads", "traces"):
                os.symlink(os.path.join(self.source, name), os.path.join(folder, name))
            os.mkdir(f"{folder}/bin")
            os.symlink(self.ossim, f"{folder}/bin/ossim")
            for name, text in page.programs():
                with open(f"{folder}/{name}.c", "w", encoding="utf-8") as file:
                    file.write(text)
                code, out = self.run(f"${{CC:-cc}} -Wall -Wextra -Werror -shared -fPIC -I '{self.source}/src' "
                                     f"{name}.c -o {name}.so", folder)
                if code:
                    self.fail(page, f"{name}.c", out)
            for command, output in list(page.examples()):
                if re.match(r"(build/)?ossim ", command):
                    self.example(page, folder, command, output)

    def example(self, page, folder, command, output):
        code, came = self.run(command, folder)
        shown = page.lines[output[0]:output[1]] if output else None
        # Who shows a failure means it.
        if code and not (code == 1 and shown):
            self.fail(page, command, [f"exit code {code}"] + came)
        elif shown and not same(comparable(shown), comparable(came)):
            shorter = shortened(shown, came) if self.rewrite else None
            if shorter:
                page.lines[output[0]:output[1]] = shorter
            else:
                self.fail(page, command, ["comes out as"] + came)
                return
        self.passed += 1


def check_quickstart(runner, page):
    """The workload that README.md shows is the one that is there."""
    for language, first, last in page.blocks():
        if language != "yaml":
            continue
        with open(f"{runner.source}/workloads/quickstart.yaml", encoding="utf-8") as file:
            there = file.read().rstrip("\n").split("\n")
        if "SPDX" in there[0]:
            there = there[2:]
        if page.lines[first:last] == there:
            runner.passed += 1
        elif runner.rewrite:
            page.lines[first:last] = there
        else:
            runner.fail(page, "workloads/quickstart.yaml", ["is shown as it is not"])


def main():
    source = os.path.realpath(os.environ.get("top_srcdir", os.path.dirname(__file__) + "/../.."))
    ossim = os.path.realpath(shutil.which(os.environ.get("OSSIM", "ossim")))
    runner = Runner(source, ossim, "--rewrite" in sys.argv[1:])
    pages = ["README.md"] + sorted("docs/" + name for name in os.listdir(f"{source}/docs") if name.endswith(".md"))
    for name in pages:
        page = Page(f"{source}/{name}")
        before = list(page.lines)
        runner.page(page)
        if name == "README.md":
            check_quickstart(runner, page)
        if page.lines != before:
            print(f"rewritten: {name}")
            with open(page.path, "w", encoding="utf-8") as file:
                file.write("\n".join(page.lines))
    print(f"# passed: {runner.passed} failed: {runner.failed}")
    return runner.failed != 0


sys.exit(main())
