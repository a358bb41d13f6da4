"""The recipes work: what docs/recipes.md has is written to files as it stands there, and used with its tools.

Nothing is downloaded: what a recipe installs is put into its place beforehand, or is what is installed here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

RECIPES = Path(__file__).resolve().parents[2] / "docs" / "recipes.md"
HERE = Path(sys.executable).parent
BLOCK = re.compile(r"^```\w+\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DID = {"running": "ran", "replayed": "replayed"}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="SKIPPED: the recipes are tried on Linux")


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool, path=f"{HERE}{os.pathsep}{os.environ['PATH']}") is None]
    return pytest.mark.skipif(bool(missing), reason=f"SKIPPED: {', '.join(missing)} cannot be found")


class Project:
    """A directory with a program and its tests, in which a recipe is followed."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{home / 'bin'}{os.pathsep}{HERE}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "JOBSTAMPS_DIRECTORY": str(home.with_name("stamps")),
            "JOBSTAMPS_DEBUG": "1",
            # Where a pytest that is run here has its files: not among those of the one that runs us.
            "PYTEST_DEBUG_TEMPROOT": str(home),
            "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        }
        self.write("src/thing.py", "def double(number: int) -> int:\n    return 2 * number\n")
        self.write("tests/test_thing.py", "from thing import double\n\n\ndef test_it():\n    assert double(2) == 4\n")
        self.write("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "src"\n')
        self.write("requirements.txt", "pytest\nruff\n")

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def follow(self, recipe: str) -> None:
        """Writes the files of a recipe."""
        section = re.search(rf"^## {recipe}\n(.*?)(?=^## |\Z)", RECIPES.read_text(), re.MULTILINE | re.DOTALL)
        assert section, recipe
        for match in BLOCK.finditer(section[1]):
            self.write(match[1], match[2])

    def does(self, *words: str, code: int = 0) -> list[str]:
        """Runs a command; returns what jobstamp did, one by one."""
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert "jobstamp: warning" not in said, said
        return [DID[word] for word in re.findall(r"jobstamp: (running|replayed)\b", said)]


@pytest.fixture
def project(tmp_path) -> Project:
    for name in ("project", "home/bin"):
        (tmp_path / name).mkdir(parents=True)
    return Project(tmp_path / "project", tmp_path / "home")


@needs("make", "ruff")
def test_make_makes_anew_what_has_another_content(project):
    project.follow("Make")
    project.write("pages/first.txt", "first")
    project.write("to-html", '#!/bin/sh\necho "<p>$(cat "$1")</p>" > "$2"\n', 0o755)
    everything = ("make", "check", "site/first.html")
    assert project.does(*everything) == ["ran", "ran", "ran"]
    assert project.does(*everything) == ["replayed", "replayed", "replayed"]
    for path in project.folder.glob("*/*.*"):
        path.touch()
    assert project.does(*everything) == ["replayed", "replayed", "replayed"]
    project.write("tests/test_thing.py", "def test_it():\n    assert False\n")
    for did in ("ran", "replayed"):
        assert project.does("make", "check", code=2) == ["replayed", did]
    project.write("pages/first.txt", "second")
    assert project.does("make", "site/first.html") == ["ran"]
    assert (project.folder / "site" / "first.html").read_text() == "<p>second</p>\n"


@needs("cmake", "make", "cc")
def test_cmake_generates_and_tests_anew_what_has_another_content(project):
    project.follow("CMake")
    project.write("table.txt", "7\n")
    project.write("generate", '#!/bin/sh\necho "#define TABLE $(cat "$1")" > "$2"\n', 0o755)
    project.write("slow.c", '#include "table.h"\nvolatile int table = TABLE;\nint main(void) { return table == 0; }\n')
    project.write("data/one", "1\n")
    build = ("cmake", "--build", "build")
    test = ("ctest", "--test-dir", "build", "--verbose")
    project.does("cmake", "-S", ".", "-B", "build", "-G", "Unix Makefiles")
    assert project.does(*build) == ["ran"]
    assert (project.does(*test), project.does(*test)) == (["ran"], ["replayed"])
    # Touched: come by again, however often, and neither generated nor tested.
    (project.folder / "table.txt").touch()
    assert set(project.does(*build) + project.does(*test)) == {"replayed"}
    project.write("table.txt", "8\n")
    assert "ran" in project.does(*build)
    assert project.does(*test) == ["ran"]
    project.write("data/one", "2\n")
    assert project.does(*test) == ["ran"]


@needs("tox")
def test_tox_runs_the_tests_of_an_environment_once(project):
    project.follow("tox")
    # Instead of a download.
    tox = ("tox", "-x", "testenv.deps=", "-x", f"testenv.set_env+=\nPYTHONPATH={Path(pytest.__file__).parents[1]}")
    assert (project.does(*tox), project.does(*tox)) == (["ran"], ["replayed"])


@needs("nox")
def test_nox_runs_the_tests_of_a_session_once(project):
    project.follow("nox")
    # Instead of a download: an environment that is there already, and finds pytest where it is.
    environment = project.folder / ".nox" / "tests"
    venv.create(environment, symlinks=True)
    packages = next(environment.glob("lib/python*/site-packages"))
    (packages / "here.pth").write_text(str(Path(pytest.__file__).parents[1]))
    nox = ("nox", "-R", "--no-install")
    assert project.does(*nox) == ["ran"]
    assert project.does(*nox) == ["replayed"]
    project.write("src/thing.py", "def double(number: int) -> int:\n    return number + number\n")
    assert project.does(*nox) == ["ran"]


@needs("pre-commit", "git", "mypy")
def test_a_hook_of_pre_commit_looks_again_at_what_has_another_content(project):
    project.follow("pre-commit")
    hook = ("pre-commit", "run", "--verbose", "--all-files")
    for words in (["init", "-q"], ["add", "."]):
        project.does("git", *words)
    assert (project.does(*hook), project.does(*hook)) == (["ran"], ["replayed"])
    # Put aside and back, since it is not staged.
    project.write("src/other.py", "")
    project.does("git", "add", "-N", "src/other.py")
    project.write("src/thing.py", "def double(number: int) -> int:\n    return str(number)\n")
    project.does("git", "add", "src/thing.py")
    assert (project.does(*hook, code=1), project.does(*hook, code=1)) == (["ran"], ["replayed"])


class Runner:
    """A machine as GitHub's: everything on it is new, but what is in the cache."""

    def __init__(self, project: Project, cache: Path) -> None:
        self.project, self.cache = project, cache
        self.home = Path(project.environment["HOME"])

    def begin(self) -> None:
        shutil.rmtree(self.home)
        (self.home / "bin").mkdir(parents=True)
        for tool in ("ruff", "pytest"):
            shutil.copyfile(HERE / tool, self.home / "bin" / tool)
            (self.home / "bin" / tool).chmod(0o755)
        checkout = self.project.folder.with_name("checkout")
        shutil.copytree(self.project.folder, checkout, copy_function=shutil.copyfile)
        shutil.rmtree(self.project.folder)
        checkout.rename(self.project.folder)
        (self.home / "environment").touch()
        self.project.environment["GITHUB_ENV"] = str(self.home / "environment")

    def steps(self) -> list[str]:
        """Takes the steps of the workflow; returns what jobstamp did."""
        yaml = pytest.importorskip("yaml", reason="SKIPPED: yaml cannot be imported")
        workflow = yaml.safe_load((self.project.folder / ".github/workflows/check.yml").read_text())
        did = []
        for step in workflow["jobs"]["check"]["steps"]:
            if step.get("uses", "").startswith("actions/cache@"):
                self.place = self.home / step["with"]["path"].removeprefix("~/")
                if self.cache.exists():
                    self.place.mkdir(parents=True)
                    self.project.does("tar", "-xf", str(self.cache), "-C", str(self.place))
            # Where pip would install, it has.
            if not step.get("run", "pip").startswith("pip"):
                did += self.project.does("bash", "-e", "-o", "pipefail", "-c", step["run"])
            lines = (self.home / "environment").read_text().splitlines()
            self.project.environment.update(line.split("=", 1) for line in lines)
        return did

    def end(self) -> None:
        self.project.does("tar", "-cf", str(self.cache), "-C", str(self.place), ".")


@needs("bash", "tar", "ruff")
def test_github_actions_check_on_a_new_machine_only_what_has_another_content(project, tmp_path):
    project.follow("GitHub Actions")
    runner = Runner(project, tmp_path / "cache.tar")
    for change, expected in [
        (None, ["ran", "ran"]),
        (None, ["replayed", "replayed"]),
        ("tests/test_other.py", ["replayed", "ran"]),
        ("requirements.txt", ["ran", "ran"]),
    ]:
        if change:
            project.write(change, "")
        runner.begin()
        assert runner.steps() == expected, change
        runner.end()


@pytest.mark.parametrize(("shell", "file"), [("bash", "bashrc"), ("zsh", "zshrc"), ("fish", "config.fish")])
def test_a_shell_asks_once_for_each_version_and_once_in_a_while(project, shell, file):
    if shutil.which(shell) is None:
        pytest.skip(f"SKIPPED: {shell} is not installed")
    project.follow("Your shell")
    tool = Path(project.environment["HOME"], "bin", "kubectl")

    def begin() -> list[str]:
        return project.does(shell, "-c", f'. ./{file}; test "$completed" = {shell}')

    for version in ("1.0", "1.0.1"):
        assignment = "set -g completed $2" if shell == "fish" else "completed=$2"
        tool.write_text(f'#!/bin/sh\n# {version}\necho "{assignment}"\n')
        tool.chmod(0o755)
        assert (begin(), begin()) == (["ran"], ["replayed"])
    assert project.does(shell, "-c", f". ./{file}; lately echo; lately echo") == ["replayed", "ran", "replayed"]
