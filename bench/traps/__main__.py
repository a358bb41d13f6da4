"""Sets all traps for all libraries that can be had here, prints a table and keeps it in bench/results/.

`python -m traps` in the folder `bench`; words after it choose the traps whose names hold one of them, and then what was
seen is told and nothing is kept.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import peers

from .table import TRAPS
from .trap import Fallen, Library, Trap, Verdict, judge, lacking

CELLS = {
    Verdict.RIGHT: "",
    Verdict.WRONG: "**wrong**",
    Verdict.CRASH: "crash",
    Verdict.AGAIN: "again",
    Verdict.UNABLE: "-",
}
Rows = list[tuple[Trap, list[Fallen]]]


def main(words: list[str]) -> None:
    """Sets the traps, prints and keeps the page."""
    ours, others = peers.ours(), peers.others()
    beside = peers.packages(others[-1].python) if others else ""
    libraries = [Library(p.name, str(p.python), p.folder, p.declares, beside) for p in ours]
    libraries += [Library(p.name, str(p.python), p.folder, p.declares) for p in others]
    libraries = [library for library in libraries if usable(library)]
    tables = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for title, traps in TRAPS.items():
            chosen = [trap for trap in traps if not words or any(word in trap.name for word in words)]
            fallen = pool.map(lambda trap: [judge_or_skip(trap, library) for library in libraries], chosen)
            tables[title] = list(zip(chosen, fallen))
    page = "\n".join(page_lines(libraries, tables)) + "\n"
    print(page)
    if words:
        tell(libraries, tables)
        return
    path = peers.ROOT / "bench" / "results" / f"{datetime.date.today().isoformat()}-traps.md"
    path.write_text(page, encoding="utf-8")
    print(f"written to {path.relative_to(peers.ROOT)}")


def usable(library: Library) -> bool:
    """Tells whether a library's `keep` can be imported; says so where not."""
    trap = Trap("usable", (), None)
    missing = lacking(trap._replace(needs=("keeping",)), library)
    if missing:
        print(f"SKIPPED: {library.name} cannot be used here", file=sys.stderr)
    return not missing


def judge_or_skip(trap: Trap, library: Library) -> Fallen:
    """Judges, unless the library's Python lacks what the trap needs."""
    missing = lacking(trap, library)
    return Fallen(Verdict.UNABLE, f"{missing} is not installed there") if missing else judge(trap, library)


def page_lines(libraries: list[Library], tables: dict[str, Rows]) -> list[str]:
    """Returns the page."""
    rows = [row for table in tables.values() for row in table]
    lines = [
        f"# Traps, {datetime.date.today().isoformat()}",
        "",
        f"{len(rows)} traps; Python {platform.python_version()}, {platform.system()}. Each step is a new process;",
        "right is what the same programs print without a library. *again*: the answer was right, and the function ran",
        "more often than it had to. *crash*: an exception that the program alone does not raise, or no end in time.",
        "`-`: files cannot be declared to it, or what the trap needs is not installed beside it.",
        "",
        "| |" + "".join(f" {library.name} |" for library in libraries),
        "|---|" + "---|" * len(libraries),
    ]
    for verdict in Verdict:
        counts = [sum(fallen[number].verdict is verdict for _, fallen in rows) for number in range(len(libraries))]
        lines.append(f"| {verdict.value} |" + "".join(f" {count} |" for count in counts))
    for title, table in tables.items():
        if table:
            lines += ["", f"## {title}", "", "| |" + "".join(f" {library.name} |" for library in libraries)]
            lines.append("|---|" + "---|" * len(libraries))
            lines += [f"| {trap.name} |" + "".join(f" {CELLS[f.verdict]} |" for f in fallen) for trap, fallen in table]
    return lines


def tell(libraries: list[Library], tables: dict[str, Rows]) -> None:
    """Prints what was seen where a library was not right."""
    for table in tables.values():
        for trap, fallen in table:
            for library, (verdict, details) in zip(libraries, fallen):
                if verdict is not Verdict.RIGHT:
                    print(f"--- {trap.name}, {library.name}: {verdict.value}\n{details}")


if __name__ == "__main__":
    main(sys.argv[1:])
