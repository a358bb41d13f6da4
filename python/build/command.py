"""Builds the native `jobstamp` in the form that starts fastest of those this machine can build, and says which.

Static against musl, else static against glibc, else as the toolchain builds by default. As a program it prints the path
of what it built; `python/build/backend.py` takes it into the wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(package: str = "jobstamp") -> Path:
    """Builds the program of the crate `package` and returns its path; says on stderr how it was built."""
    host = output("rustc", "-vV").split("host: ")[1].split()[0]
    musl = host.replace("-linux-gnu", "-linux-musl")
    if "-linux-" in host and has_target(musl) and (built := cargo_build(package, musl)):
        return said(built, f"statically against musl ({musl})")
    static = ["-Ctarget-feature=+crt-static", "-Crelocation-model=static"]
    if "-linux-gnu" in host and (built := cargo_build(package, host, "--config", f"target.{host}.rustflags={static}")):
        return said(built, f"statically against glibc; the target {musl}, which would start faster, cannot be had here")
    if built := cargo_build(package, host):
        return said(built, f"dynamically linked, for {host}")
    sys.exit(f"{package}: could not be built; cargo's own message is above")


def cargo_build(package: str, target: str, *options: str) -> Path | None:
    """Builds for `target`; returns None when that failed, which cargo has then explained on stderr."""
    # Named even where it is cargo's default, so that the place of the result is known.
    folder = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve()
    arguments = ["--release", "--locked", f"--package={package}", f"--target={target}", f"--target-dir={folder}"]
    done = subprocess.run(["cargo", "build", *arguments, *options], cwd=ROOT, check=False)
    program = package + (".exe" if "windows" in target else "")
    return folder / target / "release" / program if done.returncode == 0 else None


def has_target(target: str) -> bool:
    """Tells whether `target` is installed, after asking rustup for it where there is a rustup."""
    installed = Path(output("rustc", "--print=target-libdir", f"--target={target}").strip())
    if not installed.is_dir() and shutil.which("rustup"):
        subprocess.run(["rustup", "target", "add", target], cwd=ROOT, stdout=sys.stderr, check=False)
    return installed.is_dir()


def output(*command: str) -> str:
    """Returns what `command` prints."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def said(built: Path, how: str) -> Path:
    """Returns `built`, having said how it was built."""
    print(f"{built.stem}: built {how}", file=sys.stderr, flush=True)
    return built


if __name__ == "__main__":
    print(build(*sys.argv[1:]))
