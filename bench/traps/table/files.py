"""Files that a function reads and writes, for libraries to which they can be declared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

from ..trap import Step, Trap, dedent

THEN = 1_600_000_000
READS = """
import os
def look(path):
    if os.path.isdir(path):
        return sorted((name, look(os.path.join(path, name))) for name in os.listdir(path))
    return open(path).read() if os.path.exists(path) else None
def f():
    ran()
    return READ
kept = keep(f, files=[FILES], by="METHOD")
show(kept())
"""


def reads(
    name: str, happens: Callable[[Path, Path], None], runs: int = 2, files: str = "'in'", read: str = "look('in')"
) -> tuple[Trap, ...]:
    """Returns traps, one for each method, in which something happens to what a function reads."""
    return tuple(
        Trap(
            f"{name} ({method})",
            (
                Step({"main.py": program(files, read, method), "in": "one"}, happens=prepare),
                Step(happens=happens),
            ),
            runs,
            declares=True,
        )
        for method in ("mtime", "hash")
    )


def program(files: str, read: str, method: str) -> str:
    """Returns a program that reads files."""
    return dedent(READS).replace("READ", read).replace("FILES", files).replace("METHOD", method)


def prepare(folder: Path, _store: Path) -> None:
    """Makes what the traps read, all of it old."""
    (folder / "tree" / "deep").mkdir(parents=True)
    (folder / "tree" / "deep" / "a.txt").write_text("a")
    (folder / "tree" / "b.txt").write_text("b")
    (folder / "link").symlink_to("in")
    for path in [folder / "in", folder / "tree" / "deep" / "a.txt", folder / "tree" / "b.txt"]:
        os.utime(path, (THEN, THEN))


def write(path: str, text: str, then: int = THEN) -> Callable[[Path, Path], None]:
    """Returns what writes a file and makes it look as if it had been written `then`."""

    def happens(folder: Path, _store: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        os.utime(folder / path, (then, then))

    return happens


def replace(folder: Path, _store: Path) -> None:
    """Puts another file in the place of `in`, of the same size and time."""
    write("new", "two")(folder, _store)
    (folder / "new").replace(folder / "in")


def at_the_link(folder: Path, _store: Path) -> None:
    """Lets the link point elsewhere."""
    write("other", "two")(folder, _store)
    (folder / "link").unlink()
    (folder / "link").symlink_to("other")


def rename(folder: Path, _store: Path) -> None:
    """Gives a file in the tree another name."""
    (folder / "tree" / "deep" / "a.txt").rename(folder / "tree" / "deep" / "z.txt")


DURING = """
def f():
    ran()
    text = open("in").read()
    if text == "one":
        open("in", "w").write("two")
    return text
f = keep(f, files=["in"], by="hash")
show(f())
"""
WRITES = """
import os
def f():
    ran()
    open("out", "w").write("made")
    return "made"
f = keep(f, outputs=["out"])
show(f(), os.path.exists("out"))
"""

FILES = (
    *reads("a file is edited", write("in", "three", THEN + 10)),
    *reads("a file is edited, same size, same time", write("in", "two")),
    *reads("a file gets an older text with an older time", write("in", "two", THEN - 100_000)),
    *reads("a file is replaced by another of the same size and time", replace),
    *reads("a file is edited in the future", write("in", "two", THEN + 10**9)),
    *reads("a file is removed", lambda folder, _store: (folder / "in").unlink()),
    *reads("a file that was missing is made", write("new", "two"), files="'new'", read="look('new')"),
    *reads("a file comes into a directory", write("tree/c.txt", "c"), files="'tree'", read="look('tree')"),
    *reads("a file deep in a directory is edited", write("tree/deep/a.txt", "z"), files="'tree'", read="look('tree')"),
    *reads("a file in a directory is renamed", rename, files="'tree'", read="look('tree')"),
    *reads(
        "a file leaves a directory",
        lambda folder, _store: (folder / "tree" / "b.txt").unlink(),
        files="'tree'",
        read="look('tree')",
    ),
    *reads("a file comes to match a pattern", write("tree/new.txt", "n"), files="'tree/*.txt'", read="look('tree')"),
    *reads(
        "a file that matches `**` is edited",
        write("tree/deep/a.txt", "z"),
        files="'tree/**/*.txt'",
        read="look('tree')",
    ),
    *reads("a link leads elsewhere", at_the_link, files="'link'", read="look('link')"),
    *reads("what a link leads to is edited", write("in", "two"), files="'link'", read="look('link')"),
    *reads("nothing happens to a file", lambda _folder, _store: None, 1),
    reads("a file is touched, its bytes are the same", write("in", "one", THEN + 10), 1)[1],
    *reads("a file beside it is edited", write("beside", "two"), 1),
    Trap(
        "a file is edited while the function reads it",
        (Step({"main.py": dedent(DURING), "in": "one"}), Step()),
        2,
        declares=True,
    ),
    Trap(
        "an output is removed",
        (Step({"main.py": dedent(WRITES)}), Step(happens=lambda folder, _store: (folder / "out").unlink())),
        2,
        declares=True,
    ),
    Trap("an output is there", (Step({"main.py": dedent(WRITES)}), Step()), 1, declares=True),
    Trap(
        "the same relative path in another directory",
        (
            Step(
                {
                    "main.py": program("'in'", "look('in')", "hash")
                    + "os.chdir('other')\nshow(keep(f, files=['in'], by='hash')())\n",
                    "in": "one",
                    "other/in": "two",
                }
            ),
        ),
        2,
        declares=True,
    ),
)
