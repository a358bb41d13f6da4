"""However jobstamps is installed, the native `jobstamp` lies on the PATH and the package finds it.

Each promise makes a fresh environment. What is compiled stays below `target/`, so that only the first run is slow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
# The sdist compiles in a folder of its own: to cargo, equal packages of two trees are one, and it would give one tree's
# command for the other's.
SDIST_TARGET = TARGET / "sdist" / "target"
UNPACKED = TARGET / "sdist" / "tree"

BUILD_SDIST = "import sys; sys.path.insert(0, 'python/build'); import backend; print(backend.build_sdist(sys.argv[1]))"
CALL_MAIN = "import sys; from jobstamps import jobstamp_cmd_main; sys.exit(jobstamp_cmd_main.main(sys.argv))"

# What lies below `share`, for man and the shells.
SHARED = [
    "man/man1/jobstamp.1",
    "man/man1/jobstamp-why.1",
    "bash-completion/completions/jobstamp",
    "zsh/site-functions/_jobstamp",
    "fish/vendor_completions.d/jobstamp.fish",
]

IMPORT = """
import importlib.metadata, jobstamps
print(jobstamps.__file__, jobstamps.__version__, importlib.metadata.version("jobstamps"), sep="\\n")
"""


def output(*command: str | Path, target: Path = TARGET) -> str:
    """Returns what `command` printed, both streams; fails the test with it when the command fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=ROOT,
        # The locale is in the key. Where there is none, Python sets LC_CTYPE for itself and what it calls (PEP 538).
        env={**os.environ, "PATH": path, "CARGO_TARGET_DIR": str(target), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def wheel() -> list[Path]:
    (built,) = (ROOT / "dist").glob("jobstamps-*.whl")
    return [built]


def sdist() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("SKIPPED: the sdist is what git tracks, and this is no git checkout")
    folder = TARGET / "sdist"
    name = output(sys.executable, "-c", BUILD_SDIST, folder).splitlines()[-1]
    return [unpack(folder / name)]


def unpack(archive: Path) -> Path:
    """Unpacks `archive` over what an earlier run left, writing only files that differ: cargo goes by their mtimes."""
    with tarfile.open(archive) as tar:
        contents = {UNPACKED / member.name: tar.extractfile(member).read() for member in tar if member.isfile()}
    for path in list(UNPACKED.rglob("*")):
        if path.is_file() and path not in contents:
            path.unlink()
    for path, data in contents.items():
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return UNPACKED / archive.name.removesuffix(".tar.gz")


def tree() -> list[Path]:
    return [ROOT]


def in_place() -> list[str | Path]:
    return ["--editable", ROOT]


@pytest.mark.parametrize("source", [wheel, sdist, tree, in_place], ids=lambda source: source.__name__)
def test_the_command_runs_and_is_found_by_the_package_when_installed_from(source, tmp_path):
    environment = tmp_path / "environment"
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    output(sys.executable, "-m", "venv", "--without-pip", environment)
    target = SDIST_TARGET if source is sdist else TARGET
    output(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", *source(), target=target)

    command = scripts / ("jobstamp.exe" if os.name == "nt" else "jobstamp")
    assert not command.read_bytes().startswith(b"#!"), "a script stands where the native command should be"
    tally = tmp_path / "tally"
    job = ["--stamp-directory", tmp_path / "stamps", "--", "sh", "-c", 'echo said; echo ran >> "$0"', tally]
    for caller in ([command], [command], [python, "-c", CALL_MAIN]):
        assert output(*caller, *job) == "said\n"
    assert tally.read_text() == "ran\n"

    for name in SHARED:
        assert "jobstamp" in (environment / "share" / name).read_text(encoding="utf-8")

    package, version, metadata = output(python, "-c", IMPORT).splitlines()
    assert package.startswith(str(ROOT / "python" / "src" if source is in_place else environment))
    assert version == metadata


@pytest.mark.skipif(os.name == "nt", reason="SKIPPED: there is no make")
def test_make_install_lays_the_command_and_what_it_brings_along_below_a_prefix(tmp_path):
    command = Path(sys.executable).parent / "jobstamp"
    words = ["make", "install", f"PROGRAM={command}", f"PYTHON={sys.executable}"]
    output(*words, f"DESTDIR={tmp_path}/package", "PREFIX=/opt/jobstamps")
    prefix = tmp_path / "package" / "opt" / "jobstamps"
    assert output(prefix / "bin" / "jobstamp", "--version").startswith("jobstamp ")
    pages = {f"man/man1/{name}.1" for name in output(command, "manual", "--names").split()}
    files = [path for path in (prefix / "share").rglob("*") if path.is_file()]
    assert {path.relative_to(prefix / "share").as_posix() for path in files} == pages | set(SHARED)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o644}
