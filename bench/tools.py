"""Where programs come from: this tree, crates.io (into target/tools/), PATH; or they are said to be missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python" / "build"))

import command  # noqa: E402

# A newer version here is made anew.
VERSIONS = {"b3sum": "1.8.7", "bkt": "0.8.2"}


def from_tree(name: str) -> Path:
    """Returns a program of this tree, built as people get `jobstamp`."""
    return command.build(name)


def output(*words: str) -> str:
    """Returns what a command prints."""
    return command.output(*words)


def from_crates(name: str, target: str | None = None) -> Path | None:
    """Returns a program from crates.io, built as `cargo install` does, or for `target` as ours is; makes it once."""
    version = VERSIONS[name]
    folder = ROOT / "target" / "tools" / "-".join([name, version, *([target] if target else [])])
    program = folder / "bin" / name
    if not program.exists():
        built = folder / "build"
        words = ["cargo", "install", "--quiet", "--locked", "--root", str(folder), f"{name}@{version}"]
        # In our tree, where `.cargo/config.toml` says how to build for a target.
        environment = {**os.environ, "CARGO_TARGET_DIR": str(built)}
        subprocess.run([*words, *(["--target", target] if target else [])], cwd=ROOT, env=environment, check=False)
        shutil.rmtree(built, ignore_errors=True)
    if not program.exists():
        skipped(f"{name} {version} could not be installed from crates.io")
        return None
    return program


def musl() -> str | None:
    """Returns the target that ours is built for, if that is a static one."""
    host = output("rustc", "-vV").split("host: ")[1].split()[0]
    target = host.replace("-linux-gnu", "-linux-musl")
    return target if "-linux-musl" in target and command.has_target(target) else None


def on_path(name: str) -> Path | None:
    """Returns a program that is on PATH."""
    found = shutil.which(name)
    if found is None:
        skipped(f"{name} is not on PATH")
    return Path(found) if found else None


def skipped(why: str) -> None:
    """Says what is left out."""
    print(f"SKIPPED: {why}", file=sys.stderr, flush=True)
