"""The Pythons that the package is for, and where they are on this machine."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = [(3, minor) for minor in range(9, 14)]


def name(version: tuple[int, int]) -> str:
    """Returns the name of a version's interpreter."""
    return "python{}.{}".format(*version)


@functools.cache
def find(version: tuple[int, int]) -> str | None:
    """Returns the first interpreter of a version that runs: pyenv's launchers for versions that it has not do not."""
    for path in places(version):
        done = subprocess.run([path, "-c", ""], stderr=subprocess.DEVNULL, check=False)
        if done.returncode == 0:
            return path
    return None


def places(version: tuple[int, int]) -> list[str]:
    """Returns where the interpreter of a version may be: the one that runs us, one on PATH, those that pyenv made."""
    ours = [sys.executable] if sys.version_info[:2] == version else []
    on_path = shutil.which(name(version))
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*ours, *([on_path] if on_path else []), *map(str, sorted(root.glob(f"versions/*/bin/{name(version)}")))]
