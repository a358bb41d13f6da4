"""Shows a job remembered, replayed, explained and re-run: the Rust compiler over a copy of files of this repository.

Each step says what it expects, and the demo fails when something else happens. Whether the compiler ran is told by
what it wrote, not by how long it took.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python" / "build"))

import command  # noqa: E402

# The program that checks the order of this repository's modules: two files, no crates, a second of compiling.
SOURCES = Path("core") / "tests"
PROGRAM = "reading_order"
DECLARED = ["--dependencies", str(SOURCES), "--output-files", PROGRAM]
JOB = ["rustc", "--edition", "2024", "-O", "--test", "-o", PROGRAM, str(SOURCES / "reading_order.rs")]


class Demo:
    """A folder with a copy of the sources, a store of its own, and the command."""

    def __init__(self, folder: Path, jobstamp: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "CARGO_MANIFEST_DIR": str(ROOT / "core"),
            "JOBSTAMPS_DIRECTORY": str(folder / "stamps"),
            "PATH": f"{jobstamp.parent}{os.pathsep}{os.environ['PATH']}",
        }

    def step(self, title: str, *words: str, code: int = 0, runs: bool) -> float:
        """Runs one command, shows it with its output and its time, and holds it to its exit code and what it ran."""
        print(f"\n# {title}\n$ {shlex.join(words)}", flush=True)
        before = self.written()
        start = time.perf_counter()
        done = subprocess.run(words, cwd=self.folder, env=self.environment, check=False)
        taken = time.perf_counter() - start
        ran = self.written() != before
        print(f"  [{'ran' if ran else 'did not run'} the compiler, exit code {done.returncode}, {taken * 1000:.1f} ms]")
        if (ran, done.returncode) != (runs, code):
            sys.exit(f"demo: expected exit code {code}, and that the compiler {'ran' if runs else 'did not run'}")
        return taken

    def written(self) -> int:
        """Returns when the compiler last wrote its program; 0 when there is none."""
        program = self.folder / PROGRAM
        return program.stat().st_mtime_ns if program.exists() else 0

    def append(self, name: str, text: str) -> None:
        """Edits a file, and says so."""
        print(f"\n# Somebody edits {SOURCES / name}\n$ echo {shlex.quote(text)} >> {SOURCES / name}")
        with (self.folder / SOURCES / name).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


def main() -> None:
    """Runs the demo in a temporary folder."""
    jobstamp = command.build()
    with tempfile.TemporaryDirectory(prefix="jobstamps-demo-") as name:
        demo = Demo(Path(name), jobstamp)
        shutil.copytree(ROOT / SOURCES, demo.folder / SOURCES)
        job = ["jobstamp", *DECLARED, "--", *JOB]
        why = ["jobstamp", "why", *DECLARED, "--", *JOB]

        print(f"In a copy of {SOURCES} of this repository; the job is the Rust compiler, its dependency the folder.")
        first = demo.step("The first time, it runs", *job, runs=True)
        again = demo.step("Nothing has changed: remembered, not run", *job, runs=False)
        demo.append("reading_order/tokens.rs", "fn forgotten() {}")
        demo.step("Why would it run again? (asks only; exit code 1 says stale)", *why, code=1, runs=False)
        demo.step("It runs, and the compiler has a warning", *job, runs=True)
        warned = demo.step("Remembered, with the warning", *job, runs=False)
        (demo.folder / PROGRAM).unlink()
        print(f"\n# Somebody removes what it made\n$ rm {PROGRAM}")
        demo.step("So it runs, and makes it again", *job, runs=True)
        demo.step("Is there anything left to do? (exit code 0 says fresh)", *why, runs=False)
        replayed = (again + warned) / 2
        print(f"\nRun {first * 1000:.0f} ms, remembered {replayed * 1000:.1f} ms: {first / replayed:.0f} times faster.")


if __name__ == "__main__":
    main()
