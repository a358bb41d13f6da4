"""Where the libraries are that we compare ourselves with: in environments below target/, or said to be missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
OLD = "jobstamps==0.0.20"


class Peer(NamedTuple):
    """A library, the Python that can import it, and what its folder in `traps/libraries` is called."""

    name: str
    python: Path
    folder: str
    declares: bool = False


def ours() -> list[Peer]:
    """Returns both ways to use this tree, in the environment that this program runs in."""
    python = Path(sys.executable)
    return [Peer("jobstamps, `@stamp`", python, "stamp", True), Peer("jobstamps, `run`", python, "run", True)]


def others() -> list[Peer]:
    """Returns the peers that can be had here; says which cannot."""
    wanted = [Peer(OLD, installed([OLD, *tools()], "old"), "run", True)]
    python = installed(requirements(), "peers")
    for name in ("joblib", "diskcache", "cachier", "checkpointer"):
        pinned = next((line.split(";")[0] for line in requirements() if line.startswith(name)), name)
        wanted.append(
            Peer(
                pinned,
                python,
                {"joblib": "joblib_memory", "diskcache": "diskcache_memoize"}.get(name, f"{name}_decorator"),
            )
        )
    found = []
    for peer in wanted:
        module = peer.name.split("==")[0]
        if imports(peer.python, module):
            found.append(peer)
        else:
            print(f"SKIPPED: {peer.name} could not be installed", file=sys.stderr)
    return found


def requirements(folder: str = ".") -> list[str]:
    """Returns the pinned versions that a folder of `bench` names: the peers', or others."""
    lines = (ROOT / "bench" / folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def tools() -> list[str]:
    """Returns what every environment needs for the cases."""
    return [line for line in requirements() if line.startswith(("numpy", "pandas", "blake3"))]


def installed(wanted: list[str], name: str) -> Path:
    """Returns the Python of an environment with all of `wanted` that can be had; makes it once."""
    version = ".".join(map(str, sys.version_info[:2]))
    environment = ROOT / "target" / "peers" / f"{name}-{version}"
    python, written = environment / "bin" / "python", environment / "requirements.txt"
    text = "\n".join(wanted) + "\n"
    if not written.exists() or written.read_text(encoding="utf-8") != text:
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        # One by one: what cannot be had takes nothing else along.
        for requirement in wanted:
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement], check=False
            )
        written.write_text(text, encoding="utf-8")
    return python


def packages(python: Path) -> str:
    """Returns where the packages of a Python lie."""
    where = "import sysconfig; print(sysconfig.get_paths()['platlib'])"
    return subprocess.run([python, "-c", where], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def imports(python: Path, module: str) -> bool:
    """Tells whether a Python can import a module."""
    return subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL, check=False).returncode == 0
