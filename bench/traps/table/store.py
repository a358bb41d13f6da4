"""What happens to the store: damage, forgery, a full disk."""

from __future__ import annotations

import os
import pickle
import shutil
import sqlite3
from pathlib import Path
from typing import Callable

from ..trap import Step, Trap, dedent

MARK = b"the value that was kept"
PROGRAM = dedent(
    """
    import os
    @keep
    def f(x):
        ran()
        return ["the value that was kept", x] * 20
    show(f(1), f(2))
    show(os.path.exists("executed"))
    """
)


def after(name: str, happens: Callable[[Path, Path], None], runs: int | None = 4, program: str = PROGRAM) -> Trap:
    """Returns a trap in which something happens to the store between two runs of a program."""
    return Trap(name, (Step({"main.py": program}), Step(happens=happens), Step()), runs)


def each(change: Callable[[bytes], bytes]) -> Callable[[Path, Path], None]:
    """Returns what changes the bytes of all files in the store that hold the value, as damage on a disk would."""

    def happens(_folder: Path, store: Path) -> None:
        for path in files(store):
            text = path.read_bytes()
            if MARK in text:
                path.chmod(0o600)
                with path.open("r+b") as file:
                    file.write(change(text))
                    file.truncate()

    return happens


def files(store: Path) -> list[Path]:
    """Returns all files in the store, in order."""
    return sorted(path for path in store.rglob("*") if path.is_file() and not path.is_symlink())


def flipped(text: bytes) -> bytes:
    """Returns bytes in which one bit of each value is another: 'the value' becomes 'uhe value'."""
    return text.replace(MARK, bytes([MARK[0] ^ 1]) + MARK[1:])


def cut(quarters: int) -> Callable[[bytes], bytes]:
    """Returns what leaves so many quarters of some bytes."""
    return lambda text: text[: len(text) * quarters // 4]


class Executes:
    """Leaves a mark where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        """Opens a file for writing."""
        return open, ("executed", "w")


def forge(_folder: Path, store: Path) -> None:
    """Puts a pickle of somebody else in the place of each value."""
    forged = pickle.dumps(Executes(), 2)
    for path in files(store):
        text = path.read_bytes()
        if text.startswith(b"SQLite format 3"):
            with sqlite3.connect(path) as database:
                database.execute(
                    "UPDATE Cache SET value = ?, mode = 4 WHERE value IS NOT NULL", (sqlite3.Binary(forged),)
                )
        elif MARK in text:
            path.write_bytes(text[: text.index(b"\x80")] + forged if b"\x80" in text[:2] else forged)


def swap(_folder: Path, store: Path) -> None:
    """Puts each entry that holds a value in the place of another."""
    kept = [path for path in files(store) if MARK in path.read_bytes() and not is_database(path)]
    texts = [path.read_bytes() for path in kept]
    for path, text in zip(kept, texts[1:] + texts[:1]):
        path.write_bytes(text)


def is_database(path: Path) -> bool:
    """Tells whether a file is a database or belongs to one."""
    return path.name.startswith("cache.db")


def empty(_folder: Path, store: Path) -> None:
    """Takes everything out of the store."""
    for path in store.glob("*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


FULL = dedent(
    """
    import resource
    @keep
    def f(x):
        ran()
        return bytes(x)
    limit = 2000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    show(len(f(100_000)), len(f(100_000)))
    """
)
ANOTHER_PROGRAM = dedent(
    """
    import os
    @keep
    def f(x):
        ran()
        return x
    show(f(1))
    """
)
KILLED = """
import os, signal
@keep
def f(x):
    ran()
    if not os.path.exists("again"):
        open("again", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return x
show(f(1))
"""

STORE = (
    after("damage: a bit of each value is flipped", each(flipped)),
    after("damage: cut to nothing", each(cut(0))),
    after("damage: cut to a quarter", each(cut(1))),
    after("damage: cut to a half", each(cut(2))),
    after("damage: cut to three quarters", each(cut(3))),
    after("damage: all zeros, as after a power cut", each(lambda text: bytes(len(text)))),
    after(
        "damage: the second half is zeros",
        each(lambda text: text[: len(text) // 2] + bytes(len(text) - len(text) // 2)),
    ),
    after("damage: a byte too many", each(lambda text: text + b"."), None),
    after("damage: the first byte is missing", each(lambda text: text[1:])),
    after("damage: other people's text", each(lambda _text: b"<html>not found</html>")),
    after("forgery: a pickle that runs code", forge, None),
    after("forgery: two entries change places", swap, None),
    after("everything in the store is removed", empty),
    after("the store is removed", lambda _folder, store: shutil.rmtree(store, ignore_errors=True)),
    after("the store was copied there and back", lambda _folder, store: copied(store), 2),
    Trap("no room for the value", (Step({"main.py": FULL}),), 2),
    Trap(
        "the process is killed in the middle",
        (Step({"main.py": KILLED}), Step()),
        2,
    ),
    Trap(
        "the clock goes back ten years",
        (Step({"main.py": ANOTHER_PROGRAM}), Step(happens=lambda _folder, store: at(store, 2_000_000_000)), Step()),
        1,
    ),
    Trap(
        "entries look very old",
        (Step({"main.py": ANOTHER_PROGRAM}), Step(happens=lambda _folder, store: at(store, 1_000_000_000)), Step()),
        1,
    ),
)


def copied(store: Path) -> None:
    """Copies the store away and back, so that each file is another one."""
    if not store.exists():
        return
    shutil.copytree(store, store.with_name("copy"), symlinks=True)
    shutil.rmtree(store)
    shutil.copytree(store.with_name("copy"), store, symlinks=True)


def at(store: Path, then: int) -> None:
    """Makes each file in the store look as if it had been written `then`."""
    for path in files(store):
        os.utime(path, (then, then))
