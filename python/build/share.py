"""Lays what the command brings along where systems look for it: manual pages, and completions for the shells.

The command makes all of it from its own definitions. As a program it installs the command too: `make install` is
`share.py DESTDIR/PREFIX [PROGRAM]`, which builds the program where none is named.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import command

# Where each shell looks, below `share` of a prefix.
COMPLETIONS = {
    "bash": "bash-completion/completions/jobstamp",
    "zsh": "zsh/site-functions/_jobstamp",
    "fish": "fish/vendor_completions.d/jobstamp.fish",
}


def lay(program: Path, share: Path) -> list[Path]:
    """Has `program` write its pages and completions below `share`; returns the files."""
    names = said(program, "manual", "--names").decode().split()
    pages = [write(share / "man" / "man1" / f"{name}.1", said(program, "manual", name)) for name in names]
    scripts = [write(share / place, said(program, "completions", shell)) for shell, place in COMPLETIONS.items()]
    return pages + scripts


def install(prefix: Path, program: Path) -> list[Path]:
    """Installs `program` and what it brings along below `prefix`; returns the files."""
    installed = prefix / "bin" / program.name
    installed.parent.mkdir(parents=True, exist_ok=True)
    # Not over the old one: a program that runs cannot be written to.
    fresh = installed.with_name(f".{installed.name}.new")
    shutil.copyfile(program, fresh)
    fresh.chmod(0o755)
    fresh.replace(installed)
    return [installed, *lay(installed, prefix / "share")]


def said(program: Path, *words: str) -> bytes:
    """Returns what `program` prints."""
    return subprocess.run([program, *words], check=True, stdout=subprocess.PIPE).stdout


def write(file: Path, text: bytes) -> Path:
    """Writes a file that everybody may read, and returns it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)
    file.chmod(0o644)
    return file


if __name__ == "__main__":
    programs = [Path(word) for word in sys.argv[2:]] or [command.build()]
    for file in install(Path(sys.argv[1]), programs[0]):
        print(file)
