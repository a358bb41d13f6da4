"""A trap: a program, what happens between two of its runs, and whether a library that remembers calls falls into it.

The right answer is what the same programs print without a library; so no row of the table has to state it, and none can
state it wrongly. A trap is set in a folder of its own, and each of its steps is a fresh process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Callable, NamedTuple

LIBRARIES = Path(__file__).resolve().parent / "libraries"
PATIENCE = 60
FIRST_LINE = "from keeping import keep; from witness import attempt, ran, show\n"


class Verdict(Enum):
    """What became of a library in a trap."""

    RIGHT = "right"
    WRONG = "wrong answer"
    CRASH = "crash"
    AGAIN = "ran again without need"
    UNABLE = "has no such thing"


class Step(NamedTuple):
    """One moment of a trap: files are written, something happens to the folder and the store, a program runs."""

    files: Mapping[str, str] = {}
    happens: Callable[[Path, Path], None] | None = None
    program: str = "main.py"
    environment: Mapping[str, str] = {}
    options: tuple[str, ...] = ()


class Trap(NamedTuple):
    """What is done to a library, and how often the function truly has to run in it."""

    name: str
    steps: tuple[Step, ...]
    # None where it does not matter or cannot be told.
    runs: int | None
    # What has to be importable.
    needs: tuple[str, ...] = ()
    # A clear TypeError instead of an answer is as good.
    refusable: bool = False
    # Only for libraries to which files can be declared.
    declares: bool = False


class Library(NamedTuple):
    """What is trapped: a Python in which it can be imported, and the name of its folder in `libraries`."""

    name: str
    python: str
    folder: str
    declares: bool = False
    # Where that Python finds what else a trap needs.
    beside: str = ""

    @property
    def path(self) -> str:
        """Returns where the programs find `keeping`, `witness` and what they need."""
        return os.pathsep.join(filter(None, [str(LIBRARIES / self.folder), str(LIBRARIES), self.beside]))


class Seen(NamedTuple):
    """What could be seen of the programs of a trap."""

    output: str
    code: int
    error: str
    runs: int


class Fallen(NamedTuple):
    """A verdict, and what a person would want to see of it."""

    verdict: Verdict
    details: str


def calls(name: str, program: str, runs: int | None, **more: object) -> Trap:
    """Returns a trap that runs a program twice, with two seeds of the hash function."""
    files = {"main.py": dedent(program)}
    seeds = [{"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    steps = (Step(files, environment=seeds[0]), Step(environment=seeds[1]))
    return Trap(name, steps, runs, **more)  # type: ignore[arg-type]


def once(name: str, program: str, runs: int | None, **more: object) -> Trap:
    """Returns a trap that runs a program one time; it does all that matters itself."""
    return Trap(name, (Step({"main.py": dedent(program)}),), runs, **more)  # type: ignore[arg-type]


def edit(name: str, program: str, old: str, new: str, runs: int = 2, **files: str) -> Trap:
    """Returns a trap in which `old` becomes `new` in all files between two runs; `files` are modules by their names."""
    before = {"main.py": dedent(program), **{f"{module}.py": dedent(text) for module, text in files.items()}}
    after = {file: text.replace(old, new) for file, text in before.items()}
    assert before != after, f"{name}: nothing to edit"
    return Trap(name, (Step(before), Step(after)), runs)


def dedent(program: str) -> str:
    """Returns a program without the indentation of the table."""
    return textwrap.dedent(program).lstrip("\n")


def judge(trap: Trap, library: Library) -> Fallen:
    """Sets the trap for a library and says what became of it."""
    if trap.declares and not library.declares:
        return Fallen(Verdict.UNABLE, "no files can be declared to it")
    right, seen = without_a_library(trap, library), spring(trap, library)
    assert right.code == 0, f"{trap.name}: the program itself fails\n{right.error}"
    details = f"{seen.runs} runs, of {trap.runs}\nprinted {seen.output!r}\nnot {right.output!r}\n{seen.error}"
    if seen.code != right.code:
        refused = trap.refusable and seen.error.strip().splitlines()[-1:] and "TypeError" in last_line(seen.error)
        return Fallen(Verdict.RIGHT if refused else Verdict.CRASH, details)
    if seen.output != right.output:
        return Fallen(Verdict.WRONG, details)
    if trap.runs is not None and seen.runs > trap.runs:
        return Fallen(Verdict.AGAIN, details)
    return Fallen(Verdict.RIGHT, details)


def last_line(text: str) -> str:
    """Returns where a traceback says what was raised."""
    return text.strip().rsplit("\n", 1)[-1]


RIGHT: dict[tuple[str, str], Seen] = {}


def without_a_library(trap: Trap, library: Library) -> Seen:
    """Returns what is right; asked once for each trap and Python."""
    asked = (trap.name, library.python)
    if asked not in RIGHT:
        RIGHT[asked] = spring(trap, library._replace(folder="none"))
    return RIGHT[asked]


LACKING: dict[tuple[str, ...], str] = {}


def lacking(trap: Trap, library: Library) -> str:
    """Returns which modules that a trap needs cannot be imported in the library's Python; asked once for each."""
    asked = (library.python, library.folder, *trap.needs)
    if asked not in LACKING:
        missing = []
        for module in trap.needs:
            path = {"PYTHONPATH": library.path, "STORE": tempfile.gettempdir() + "/trap-unused"}
            done = subprocess.run(
                [library.python, "-c", f"import {module}"],
                env={**os.environ, **path},
                stderr=subprocess.PIPE,
                check=False,
            )
            missing += [module] if done.returncode else []
        LACKING[asked] = ", ".join(missing)
    return LACKING[asked]


def spring(trap: Trap, library: Library) -> Seen:
    """Goes through the steps of a trap in a folder of its own; stops where a program ends otherwise than in peace."""
    output, code, error = "", 0, ""
    with tempfile.TemporaryDirectory(prefix="trap-") as name:
        around = Path(name)
        folder, store, tally = around / "program", around / "store", around / "tally"
        for made in (folder, around / "home", around / "config"):
            made.mkdir()
        for step in trap.steps:
            for file, text in step.files.items():
                path = folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(FIRST_LINE + text if path.name == "main.py" else text, encoding="utf-8")
            if step.happens is not None:
                step.happens(folder, store)
            try:
                done = subprocess.run(
                    [library.python, *step.options, step.program],
                    cwd=folder,
                    env=environment(library, around, step),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=PATIENCE,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                code, error = -1, "it hangs"
                break
            output += done.stdout.decode("utf-8", "backslashreplace")
            code, error = done.returncode, done.stderr.decode("utf-8", "backslashreplace")
            if "Traceback" in error and code != 0:
                break
        runs = len(tally.read_bytes()) if tally.exists() else 0
        for made in around.rglob("*"):
            if made.is_dir() and not made.is_symlink():
                made.chmod(0o700)
        shutil.rmtree(store, ignore_errors=True)
    return Seen(output, code, error, runs)


def environment(library: Library, around: Path, step: Step) -> dict[str, str]:
    """Returns the variables of a step: nothing that two libraries could share, and no byte code kept by Python."""
    given = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return {
        **given,
        "HOME": str(around / "home"),
        "XDG_CONFIG_HOME": str(around / "config"),
        "STORE": str(around / "store"),
        "TALLY": str(around / "tally"),
        "PYTHONPATH": library.path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        **step.environment,
    }
