"""Finds out what of the program a hit touches, and writes it down for the linker (`cli/hit.ld`).

A page of a program that is touched for the first time is a page fault, and the kernel then maps 64 KiB around it: some
5 us for each such stretch until the process has ended. What a hit needs is a tenth of the program; side by side it
fills two of them. To be run again (`make layout`) when hits have come to need other functions: a name that is not
there any more only costs its place. Needs Linux on x86_64 and valgrind; the list that it writes needs neither.
"""

from __future__ import annotations

import bisect
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TARGET = "x86_64-unknown-linux-musl"
SCRIPT = ROOT / "cli" / "hit.ld"
MAP = ROOT / "target" / "layout" / "map"
# Hits of all kinds, the most common first.
HITS = [
    "jobstamp -- echo hello",
    "LANG=C.UTF-8 jobstamp --stamp-directory stamps -- /bin/echo hello",
    "JOBSTAMPS_DIRECTORY=stamps jobstamp -- echo hello",
    "jobstamp --dependencies a b c --output-files out -- cp a out",
    "jobstamp --use-hashes --dependencies a b c -- sh -c 'echo out; echo err >&2; exit 3'",
    "jobstamp --dependencies 'folder/*' folder -- cat a",
    "echo input | jobstamp -- cat",
]


class Section(NamedTuple):
    """A section of an object file, and where it came to lie."""

    start: int
    size: int
    name: str
    file: str


def main() -> None:
    """Builds, watches some hits, and writes the script."""
    program = build()
    sections = sections_of(MAP.read_text(encoding="utf-8"))
    touched = watch(program, sections)
    SCRIPT.write_text(script(touched, sections), encoding="utf-8")
    print(f"{SCRIPT.relative_to(ROOT)}: KiB of code that each needs more than those before it")
    for number, line in enumerate(HITS):
        code = sum(section.size for section, first in touched.items() if first == number and kind(section) == "text")
        print(f"{code / 1024:6.1f}  {line}")


def build() -> Path:
    """Builds the program as it is shipped, since any other profile has other hashes, and a map of what lies where."""
    MAP.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(MAP.parent)}
    words = ["cargo", "rustc", "--locked", "--release", "--package=jobstamp", f"--target={TARGET}", "--"]
    subprocess.run([*words, f"-Clink-arg=-Wl,-Map={MAP}"], cwd=ROOT, env=environment, check=True)
    return MAP.parent / TARGET / "release" / "jobstamp"


def sections_of(text: str) -> list[Section]:
    """Reads the map that GNU ld writes: a line for each section, or two where its name is long."""
    found = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        short = re.match(r"^ (\S+) +0x([0-9a-f]+) +0x([0-9a-f]+) (\S.*)$", line)
        long = re.match(r"^ +0x([0-9a-f]+) +0x([0-9a-f]+) (\S.*)$", line)
        name = re.match(r"^ (\S+)$", lines[number - 1])
        if short:
            found.append(Section(int(short[2], 16), int(short[3], 16), short[1], short[4]))
        elif long and name:
            found.append(Section(int(long[1], 16), int(long[2], 16), name[1], long[3]))
    return sorted(section for section in found if section.start and section.size)


def watch(program: Path, sections: list[Section]) -> dict[Section, int]:
    """Returns the sections that hits touch, each with the first kind of hit that does."""
    starts = [section.start for section in sections]
    touched: dict[Section, int] = {}
    with tempfile.TemporaryDirectory(prefix="jobstamps-layout-") as name:
        folder, trace = Path(name), Path(name) / "trace"
        for file in ("a", "b", "c", "folder/d", "folder/e"):
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(file, encoding="utf-8")
        environment = {**os.environ, "TMPDIR": name}
        environment.pop("JOBSTAMPS_DIRECTORY", None)

        def run(line: str, jobstamp: str) -> None:
            words, null = ["sh", "-c", line.replace("jobstamp", jobstamp)], subprocess.DEVNULL
            subprocess.run(words, check=False, cwd=folder, env=environment, stdin=null, stdout=null, stderr=null)

        # A file that is younger than two seconds is not trusted, and what is looked up twice has been renewed.
        for _ in range(2):
            time.sleep(2.5)
            for line in HITS:
                run(line, str(program))
        for number, line in enumerate(HITS):
            run(line, f"valgrind --tool=lackey --trace-mem=yes --log-file={trace} {program}")
            for address in re.findall(r"^(?:I | [LSM]) +([0-9a-f]+),", trace.read_text(encoding="utf-8"), re.MULTILINE):
                place = int(address, 16)
                section = sections[bisect.bisect(starts, place) - 1]
                if section.start <= place < section.start + section.size:
                    touched.setdefault(section, number)
    return touched


def kind(section: Section) -> str:
    """Returns the first part of its name: `text`, `rodata`, `bss`."""
    return "bss" if section.name == "COMMON" else section.name.strip(".").split(".")[0]


def pattern(section: Section) -> str:
    """Returns what matches the section in this build and in those to come: hashes of crates and of functions change."""
    name = re.sub(r"17h[0-9a-f]{16}E", "17h*E", section.name)
    name = re.sub(r"Cs[0-9a-zA-Z]+_", "Cs*_", name)
    name = re.sub(r"\.llvm\.\d+$", ".llvm.*", name)
    # A constant without a name: the number that it has in its crate, which stays as long as that crate's code does.
    name = re.sub(r"^\.rodata\.\.Lanon\.[0-9a-f]+\.", ".rodata..Lanon.*.", name)
    if name in (".text", ".rodata", ".bss", "COMMON"):
        # Without a name of its own, as all that was assembled by hand: known by its file.
        file = re.sub(r"^.*[/(]([^/()]+)\)?$", r"\1", section.file)
        return f"*{file}({name})"
    return f"*({name})"


def exactly(section: Section) -> str:
    """Returns what matches the section in this build: of generic functions of one name, a hit touches few."""
    return f"*({section.name})"


def script(touched: dict[Section, int], sections: list[Section]) -> str:
    """Returns the linker script: what the first kind of hit needs comes first, and so on.

    Functions that share their name with others of which no hit knows are listed by their own hashes; where another
    toolchain has other hashes, they are found behind all others.
    """
    listed = {}
    shared = {pattern(section) for section in sections if section not in touched and ".text" in section.name}
    for which in ("text", "rodata", "bss"):
        # What is larger than a page comes behind what fits into the first with others.
        ones = sorted(
            (
                number,
                section.size > 4096 and which == "bss",
                exactly(section) if pattern(section) in shared else pattern(section),
            )
            for section, number in touched.items()
            if kind(section) == which
        )
        patterns = {pattern(section) for section in touched if kind(section) == which}
        ones += [(len(HITS), False, one) for one in sorted(patterns & shared)]
        listed[which] = "\n".join(f"    {one}" for one in dict.fromkeys(one for *_, one in ones))
    return TEMPLATE.format(**listed)


TEMPLATE = """\
/* What a hit touches, side by side. Made by `make layout`, see python/build/layout.py. */

/* Constants first, beside the head of the file, which is read anyway. Most have numbers instead of names, which change
   with the code: those that are not found here any more lie with all others. */
SECTIONS {{
  .rodata.hit : {{
    *(.rodata.cst*)
{rodata}
  }}
}} INSERT AFTER .note.gnu.build-id;

/* Right behind them: the kernel maps stretches of 64 KiB. */
SECTIONS {{
  .text.hit : {{
    KEEP(*(SORT_NONE(.init)))
    KEEP(*(SORT_NONE(.fini)))
{text}
  }}
}} INSERT BEFORE .text;

/* What is left of ours, together. */
SECTIONS {{
  .rodata.ours : {{
    *(.rodata.main .rodata._ZN8jobstamp* .rodata._ZN9jobstamps* .rodata._ZN*jobstamp*)
    *(.rodata..Lswitch.table._ZN*)
    *(.rodata..Lanon.*)
  }}
}} INSERT AFTER .text.hit;

SECTIONS {{
  .bss.hit (NOLOAD) : {{
{bss}
  }}
}} INSERT BEFORE .bss;
"""


if __name__ == "__main__":
    main()
