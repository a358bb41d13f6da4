"""Runs the programs, each in fresh processes and in turns with those of the other libraries, and pools their times."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from peers import ROOT, Peer, packages

PROGRAMS = Path(__file__).resolve().parent / "programs"
LIBRARIES = ROOT / "bench" / "traps" / "libraries"
# By library, then by case: microseconds.
Samples = dict[str, dict[str, list[float]]]


class Bench(NamedTuple):
    """Where it is measured: a folder of our own, and what the programs need beside a library."""

    folder: Path
    statx: Path
    peers: str

    def run(self, program: str, peer: Peer, pinned: bool = True, **more: str) -> dict[str, list[float]]:
        """Runs a program for one library and returns what it measured."""
        done = subprocess.run(
            [peer.python, PROGRAMS / f"{program}.py"],
            env=self.environment(program, peer, **more),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            preexec_fn=on_one_processor if pinned else None,
        )
        measured: dict[str, list[float]] = json.loads(done.stdout)
        return measured

    def rounds(self, program: str, subjects: list[Peer], times: int, pinned: bool = True) -> Samples:
        """Runs a program for all libraries in turn, `times` times; a first time before that does not count."""
        pooled: Samples = {peer.name: {} for peer in subjects}
        for number in range(-1, times):
            for peer in subjects:
                for what, measured in self.run(program, peer, pinned).items():
                    if number >= 0:
                        pooled[peer.name].setdefault(what, []).extend(measured)
            if number < 0:
                grow_old()
        return pooled

    def side_by_side(self, subjects: list[Peer], processes: int, times: int) -> Samples:
        """Lets several processes hit one key from the same moment on; returns the hits of all per second.

        As in `rounds`, a first time does not count.
        """
        pooled: Samples = {peer.name: {"a second": []} for peer in subjects}
        for number in range(-1, times):
            for peer in subjects:
                started = [
                    subprocess.Popen(
                        [peer.python, PROGRAMS / "process.py"],
                        env=self.environment("process", peer),
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                    for _ in range(processes)
                ]
                for process in started:
                    assert process.stdout is not None
                    process.stdout.readline()
                for process in started:
                    assert process.stdin is not None
                    process.stdin.write("\n")
                    process.stdin.flush()
                total = sum(json.loads(process.communicate()[0])["a second"][0] for process in started)
                if number >= 0:
                    pooled[peer.name]["a second"].append(total)
            if number < 0:
                grow_old()
        return pooled

    def first(self, subjects: list[Peer], times: int) -> tuple[Samples, Samples]:
        """Measures first calls of processes: those that hit, and those that run the function."""
        hits: Samples = {peer.name: {} for peer in subjects}
        runs: Samples = {peer.name: {} for peer in subjects}
        for number in range(-1, times):
            for peer in subjects:
                for pooled, argument in ((runs, f"{number}"), (hits, "the same")):
                    for what, measured in self.run("first", peer, ARGUMENT=argument).items():
                        # The first time nothing is compiled yet, and nothing kept.
                        if number >= 0:
                            pooled[peer.name].setdefault(what, []).extend(measured)
        return hits, runs

    def importing(self, python: Path, module: str, times: int) -> list[float]:
        """Measures the import of a module in fresh processes, compiled before."""
        measured = []
        for _ in range(times + 1):
            done = subprocess.run(
                [python, PROGRAMS / "importing.py", module],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                preexec_fn=on_one_processor,
            )
            measured += json.loads(done.stdout)["import"]
        return measured[1:]

    def environment(self, program: str, peer: Peer, **more: str) -> dict[str, str]:
        """Returns the variables of a program: each library has a store for each program."""
        home = self.folder / f"{program}-{peer.folder}"
        home.mkdir(exist_ok=True)
        (self.folder / "config").mkdir(exist_ok=True)
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("JOBSTAMPS_", "PYTHON"))}
        return {
            **ours,
            "STORE": str(home / "store"),
            "FILES": str(self.folder),
            "STATX": str(self.statx),
            "PEERS": self.peers,
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "PYTHONPATH": os.pathsep.join([str(LIBRARIES / peer.folder), str(PROGRAMS)]),
            **more,
        }


def prepared(folder: Path, peers_python: Path) -> Bench:
    """Returns a bench whose files are no longer young: a young file is hashed again by each look, and rightly."""
    for number in range(10):
        (folder / f"dependency{number}").write_bytes(os.urandom(10_000))
    (folder / "large").write_bytes(os.urandom(1000) * 100_000)
    statx = folder / "statx.so"
    source = Path(__file__).resolve().parent / "statx.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", statx, source], check=True)
    grow_old()
    return Bench(folder, statx, packages(peers_python))


def grow_old() -> None:
    """Waits until files are old enough for their times to be believed: a young one is read again, and rightly."""
    time.sleep(2.5)


def on_one_processor() -> None:
    """Keeps a process on one processor: to move costs more than a hit."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
