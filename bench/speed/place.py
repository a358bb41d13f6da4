"""Where it is measured: a folder of our own, the programs in it, and how they are started."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Callable, NamedTuple

import tools
from calls.measure import on_one_processor

from .times import Times

# Ours in the first place; the others help to measure.
PROGRAMS = ("jobstamp", "noop", "spawn", "look", "job", "fill")


class Place(NamedTuple):
    """What a scenario needs to know of where it is measured."""

    folder: Path
    # How many stamps the largest store shall have.
    stamps: int

    def program(self, name: str) -> str:
        """Returns the path of one of `PROGRAMS`."""
        return str(self.folder / "bin" / name)

    def ours(self, *options: str | Path, store: str = "stamps") -> list[str]:
        """Returns the beginning of a command line of ours, up to the command."""
        return [self.program("jobstamp"), "--stamp-directory", str(self.folder / store), *map(str, options), "--"]

    def environment(self) -> dict[str, str]:
        """Returns the variables of what is measured: none says where stamps are kept; where ccache does."""
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("JOBSTAMPS_", "CCACHE_"))}
        return {**ours, "CCACHE_DIR": str(self.folder / "ccache")}

    def measure(
        self,
        commands: dict[str, list[str]],
        rounds: int,
        how: str = "null",
        warm_up: int = 10,
        spread: bool = False,
    ) -> dict[str, Times]:
        """Runs all commands in turn, `rounds` times, with `folder` as their directory; see `bench/spawn`.

        On one processor unless they are to be `spread` over all: to wake another takes a third of a hit, or nothing.
        """
        joined: list[str] = []
        for words in commands.values():
            joined += [*words, "---"]
        done = subprocess.run(
            [self.program("spawn"), how, str(rounds), str(warm_up), *joined[:-1]],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=self.folder,
            env=self.environment(),
            preexec_fn=None if spread else on_one_processor,
        )
        return {what: parsed(line) for what, line in zip(commands, done.stdout.splitlines())}

    def measure_prepared(
        self, commands: dict[str, list[str]], rounds: int, prepare: Callable[[int], object], how: str = "null"
    ) -> dict[str, Times]:
        """Measures long commands, spread, with something done before each; the first round does not count."""
        names, pooled = list(commands), dict.fromkeys(commands, Times([]))
        for number in range(rounds + 1):
            for turn in range(len(names)):
                what = names[(number + turn) % len(names)]
                prepare(number)
                times = self.measure({what: commands[what]}, 1, how, warm_up=0, spread=True)[what]
                pooled[what] = pooled[what].with_all(times) if number > 1 else times
        return pooled

    def instructions(self, words: list[str]) -> int | None:
        """Returns how many instructions a command executes, where valgrind is there to count them."""
        if not shutil.which("valgrind"):
            return None
        said = self.said(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words])
        counted = re.search(r"Collected *: *(\d+)", said or "")
        return int(counted.group(1)) if counted else None

    def calls(self, words: list[str]) -> int | None:
        """Returns how many system calls a command makes after it was started, where strace is there to count them."""
        if not shutil.which("strace"):
            return None
        said = self.said(["strace", "-f", "-qq", *words])
        # The first is the `execve` by strace itself.
        return None if said is None else len(re.findall(r"^(?:\[pid +\d+\] )?\w+\(", said, re.MULTILINE)) - 1

    def said(self, words: list[str]) -> str | None:
        """Returns what a command says on standard error; nothing if it fails, as where nobody may be traced."""
        null = subprocess.DEVNULL
        done = subprocess.run(
            words,
            stdin=null,
            stdout=null,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment(),
            check=False,
        )
        return done.stderr if done.returncode == 0 else None

    def remember(self, words: list[str]) -> None:
        """Runs a command of ours once, so that it is remembered."""
        subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            env=self.environment(),
            check=True,
        )


def parsed(line: str) -> Times:
    """Returns what `spawn` tells of one command."""
    told = json.loads(line)
    return Times(
        [nanoseconds / 1000 for nanoseconds in told["nanoseconds"]],
        told["peak"],
        told["faults"],
        tuple(map(tuple, told["ends"])),
    )


def prepared(folder: Path, stamps: int) -> Place:
    """Builds the programs and returns the place."""
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        # Copied in one go, as an installation does: the pages of what a linker wrote here and there map slower.
        shutil.copy(tools.from_tree(name), folder / "bin" / name)
    return Place(folder, stamps)


def grow_old() -> None:
    """Waits until files are old enough for their times to be believed: a young one is read again, and rightly."""
    time.sleep(2.5)
