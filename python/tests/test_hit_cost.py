"""What a hit of the command costs in instructions and in stretches of the program, whoever else is busy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).with_name("jobstamp")
ECHO = ["--", "/bin/echo", "hello"]
# What `valgrind --tool=callgrind` counted when this was written down last. Who makes a hit cheaper writes less here.
RECORDED = {
    "no dependencies": 29_500,
    "10 dependencies": 66_600,
    "10 dependencies, hashes": 67_500,
    "200 dependencies": 808_900,
}
# The kernel maps so many bytes around a byte that is touched for the first time, at a cost of some 5 us.
STRETCH = 64 * 1024
# An address of the program itself, as lackey writes it: of an instruction, or of what it loads, stores or modifies.
TOUCHED = r"^(?:I | [LSM]) +(00[0-9a-f]{6}),"

pytestmark = [
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="SKIPPED: valgrind is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="SKIPPED: the counts are those of Linux"),
]


def valgrind(words: list[str], *tool: str) -> str:
    """Runs a command under valgrind with next to no environment, and returns what valgrind says."""
    done = subprocess.run(
        ["valgrind", *tool, COMMAND, *words],
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "hello\n"
    return done.stderr


@pytest.mark.parametrize("kind", RECORDED)
def test_a_hit_takes_at_most_a_tenth_more_instructions_than_were_written_down(kind, store):
    count = int(kind.split()[0]) if kind[0].isdigit() else 0
    # Not files of our own: what was made a moment ago is hashed, until it is two seconds old.
    files = sorted(Path(os.__file__).parent.glob("**/*.py"))[:count]
    assert len(files) == count
    words = ["--stamp-directory", str(store), *(["--use-hashes"] if "hashes" in kind else [])]
    words += [*(["--dependencies", *map(str, files)] if files else []), *ECHO]
    for _ in range(2):
        valgrind(words, "--tool=none")
    said = valgrind(words, "--tool=callgrind", "--callgrind-out-file=/dev/null")
    counted = int(re.search(r"Collected : (\d+)", said)[1])
    assert counted <= RECORDED[kind] * 1.1, f"{kind}: {counted:,} instructions, written down are {RECORDED[kind]:,}"


def test_what_a_hit_touches_of_the_program_lies_side_by_side(tmp_path, store):
    if b".text.hit" not in COMMAND.read_bytes():
        pytest.skip("SKIPPED: only the program for musl on x86_64 is laid out so")
    words = ["--stamp-directory", str(store), *ECHO]
    for _ in range(2):
        valgrind(words, "--tool=none")
    trace = tmp_path / "trace"
    valgrind(words, "--tool=lackey", "--trace-mem=yes", f"--log-file={trace}")
    touched = {int(address, 16) // STRETCH for address in re.findall(TOUCHED, trace.read_text(), re.MULTILINE)}
    assert 0 < len(touched) <= 6, "`make layout` lists anew what a hit touches"


def test_docs_name_every_system_call_of_a_hit_and_no_other(tmp_path, store):
    if shutil.which("strace") is None or b".text.hit" not in COMMAND.read_bytes():
        pytest.skip("SKIPPED: strace is not installed, or this is not the program for musl on x86_64")
    files = sorted(Path(os.__file__).parent.glob("*.py"))[:2]
    words = [COMMAND, "--stamp-directory", store, "--dependencies", *files, "--", "echo", "hello"]
    trace = tmp_path / "trace"
    for tracing in ([], ["strace", "-o", trace]):
        done = subprocess.run(
            [*tracing, *words], env={"PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        assert done.stdout == b"hello\n"
    seen = set(re.findall(r"^(\w+)\(", trace.read_text(), re.MULTILINE)) - {"execve"}
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "performance.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_0-9]+)`", row)}
    # Asked only where both streams may be one.
    assert seen | {"kcmp"} == named
