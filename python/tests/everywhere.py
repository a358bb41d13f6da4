"""Runs the tests with each Python that the package is for and that is found here; says which are not.

`make test-pythons` calls it from `.venv`, whose own Python `make test-python` takes care of. Words that are given to it
go to pytest.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import interpreters

ROOT = Path(__file__).resolve().parents[2]
# What no test needs but those left out below, for which one Python is enough: one builds the package, one checks its
# types for all Pythons, and the others are about the store, which the same native code keeps for all.
TOOLS = ("#", "cmake", "maturin", "mypy", "nodejs", "nox", "pip", "pre_commit", "pyright", "ruff", "tox")
LEFT_OUT = (
    "test_install.py",
    "test_kills.py",
    "test_limits.py",
    "test_planted.py",
    "test_recipes.py",
    "test_report.py",
    "test_store_faults.py",
    "test_types.py",
    "test_users.py",
)
# `run` and `stamp` know functions in one way: the decorator stands for both.
LEFT_OUT_OF_TRAPS = "python/tests/test_traps.py::test_no_trap_catches_us[run-"


def main(words: list[str]) -> int:
    """Returns 0 if all tests passed on all Pythons that were found, else 1."""
    others = [version for version in interpreters.VERSIONS if version != sys.version_info[:2]]
    found = [version for version in others if interpreters.find(version)]
    for version in others:
        if version not in found:
            print(f"SKIPPED: {interpreters.name(version)} is not installed", flush=True)
    # Two at a time: most of a run waits for programs that it has started.
    with ThreadPoolExecutor(2) as pool:
        passed = list(pool.map(lambda version: passes(version, found, words), found))
    return 0 if all(passed) else 1


def passes(version: tuple[int, int], found: list[tuple[int, int]], words: list[str]) -> bool:
    """Runs the tests with one Python, and says how that went: all of it where a test failed."""
    name, python = interpreters.name(version), interpreters.find(version)
    assert python is not None
    # The battery of traps takes longer than all others: the oldest and the newest Python stand for those between.
    left_out = LEFT_OUT if version in (found[0], found[-1]) else (*LEFT_OUT, "test_traps.py")
    ignored = [f"--ignore={ROOT / 'python' / 'tests' / test}" for test in left_out]
    command = [
        prepared(Path(sys.prefix) / name, python),
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--deselect={LEFT_OUT_OF_TRAPS}",
        *ignored,
        *words,
    ]
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.splitlines()
    if done.returncode == 0:
        lines = lines[-1:]
    print(f"{name} ({python}), without {', '.join(left_out)}:", *lines, sep="\n", flush=True)
    return done.returncode == 0


def prepared(environment: Path, python: str) -> Path:
    """Returns the interpreter of an environment in which the newest wheel and all that tests need are installed."""
    ours = environment / "bin" / "python"
    if not ours.exists():
        subprocess.run([python, "-m", "venv", environment], check=True)
    lines = (ROOT / "python" / "requirements.txt").read_text().splitlines()
    needed = [line for line in lines if not line.startswith(TOOLS)]
    wheels = map(str, ROOT.glob("dist/*.whl"))
    install = [ours, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *needed], check=True)
    subprocess.run([*install, "--force-reinstall", "--no-deps", *wheels], check=True)
    return ours


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
