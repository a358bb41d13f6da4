"""A hit of the command beside a program that does nothing, built the same way."""

from __future__ import annotations

import os

from figure import Figure

from ..place import Place, grow_old
from ..report import Report, Table

NOTHING = "a program that does nothing"
ROUNDS = 3000


def measured(place: Place) -> Report:
    """Measures hits of short command lines."""
    files = [place.folder / f"dependency{number}" for number in range(10)]
    for file in files:
        file.write_bytes(os.urandom(10_000))
    grow_old()
    declared = ["--dependencies", *map(str, files)]
    commands = {
        NOTHING: [place.program("noop")],
        "hit, no dependencies": [*place.ours(), "echo", "hello"],
        # Jobs of their own: variants of one would be looked through one after the other.
        "hit, 10 dependencies": [*place.ours(*declared), "echo", "hello", "files"],
        "hit, 10 dependencies, `--use-hashes`": [*place.ours(*declared, "--use-hashes"), "echo", "hello", "bytes"],
    }
    times = place.measure(commands, ROUNDS)
    floor, none, ten, hashed = times.values()
    figures = [
        Figure("hit, no dependencies, beside a no-op program", none.over(floor), "x", 1.3, told=none.minima(floor)),
        Figure("hit, 10 dependencies, beside a no-op program", ten.over(floor), "x", 1.4, told=ten.minima(floor)),
        Figure("10 dependencies by hash, beside mtime", hashed.over(ten), "x", 1.05, told=hashed.minima(ten)),
    ]
    return Report("A hit of the command", [Table("", times)], figures, notes=executed(place, commands))


def executed(place: Place, commands: dict[str, list[str]]) -> tuple[str]:
    """Returns what does not depend on the mood of the machine: instructions and system calls."""
    lines = ["| executed | instructions | system calls |", "|---|---|---|"]
    for what, words in commands.items():
        counted = [place.instructions(words), place.calls(words)]
        lines.append(f"| {what} | " + " | ".join("" if one is None else f"{one:,}" for one in counted) + " |")
    return ("\n".join(lines),)
