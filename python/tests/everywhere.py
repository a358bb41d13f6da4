"""Runs the tests with each Python that the package is for and that is found here; says which are not.

`make test-pythons` calls it from `.venv`, whose own Python `make test-python` takes care of. Words that are given to it
go to pytest.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import interpreters

ROOT = Path(__file__).resolve().parents[2]
# What no test needs but those left out below, for which one Python is enough: one builds the package, the other checks
# its types for all Pythons.
TOOLS = ("#", "maturin", "mypy", "nodejs", "pip", "pyright", "ruff")
LEFT_OUT = ("test_install.py", "test_types.py")


def main(words: list[str]) -> int:
    """Returns 0 if all tests passed on all Pythons that were found, else 1."""
    failed = []
    for version in interpreters.VERSIONS:
        name = interpreters.name(version)
        if version == sys.version_info[:2]:
            continue
        python = interpreters.find(version)
        if python is None:
            print(f"SKIPPED: {name} is not installed", flush=True)
            continue
        print(f"{name}: {python}", flush=True)
        ignored = [f"--ignore={ROOT / 'python' / 'tests' / test}" for test in LEFT_OUT]
        command = [prepared(Path(sys.prefix) / name, python), "-m", "pytest", "-q", *ignored, *words]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


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
