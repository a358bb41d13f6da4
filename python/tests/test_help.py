"""Whoever asks for help is told: each public name has a docstring, and it agrees with the types."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path

import jobstamps
import pytest
from jobstamps import BoundStamped, Stamped, Stamps, jobstamp, stamp

PACKAGE = Path(jobstamps.__file__).parent


class Definitions(ast.NodeVisitor):
    """What a stub or a module defines: functions with their parameters, classes with their attributes."""

    def __init__(self, file: str) -> None:
        self.functions: dict[str, list[str]] = {}
        self.attributes: dict[str, set[str]] = {}
        self.inside: list[str] = []
        self.visit(ast.parse((PACKAGE / file).read_text()))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.inside.append(node.name)
        self.attributes[node.name] = {
            line.target.id
            for line in node.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        }
        self.generic_visit(node)
        self.inside.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        given = node.args
        names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        name = ".".join([*self.inside, node.name])
        known = self.functions.setdefault(name, [])
        known += [one for one in names if one not in (*known, "self", "cls")]


class Example:
    @stamp
    def method(self) -> None:
        """Is there."""


NATIVE = Definitions("_native.pyi")
ANSWERS = Definitions("answers.py")
DECLARED = Definitions("declared.py")

STAMPED = [(Stamped, stamp(len)), (BoundStamped, Example().method)]
MEMBERS = [(kind, name) for kind, _ in [*STAMPED, (Stamps, None)] for name in vars(kind) if not name.startswith("_")]


def told(docstring: str, title: str) -> set[str]:
    """Returns the names that a section of a docstring explains."""
    section = re.search(rf"^{title}:\n((?:    .*\n?|\n)+)", inspect.cleandoc(docstring), re.MULTILINE)
    return set(re.findall(r"^    (\w+)(?: \([^)]*\))?:", section[1], re.MULTILINE)) if section else set()


# A bound one's docstring is the function's, so that its class cannot have one.
@pytest.mark.parametrize("name", sorted({*jobstamps.__all__} - {"__version__", "BoundStamped"}))
def test_every_public_name_says_what_it_is(name):
    first = inspect.getdoc(getattr(jobstamps, name)).partition("\n\n")[0]
    assert first.endswith(".")
    assert Example.method.__doc__ == Example().method.__doc__ == "Is there."


@pytest.mark.parametrize(("kind", "name"), MEMBERS, ids=[f"{kind.__name__}.{name}" for kind, name in MEMBERS])
def test_every_method_says_what_it_does_and_has_a_type(kind, name):
    assert inspect.getdoc(getattr(kind, name))
    assert f"{kind.__name__}.{name}" in NATIVE.functions


@pytest.mark.parametrize(("kind", "one"), STAMPED, ids=["Stamped", "BoundStamped"])
def test_every_method_that_has_a_type_is_there(kind, one):
    names = [name.partition(".")[2] for name in NATIVE.functions if name.startswith(f"{kind.__name__}.")]
    assert names
    assert [name for name in names if not hasattr(one, name) and name not in ("__get__", "__new__")] == []


@pytest.mark.parametrize(
    ("name", "function"),
    [("stamp", stamp), ("Stamps.__new__", Stamps), ("Stamps.stamp", Stamps.stamp)],
    ids=["stamp", "Stamps", "Stamps.stamp"],
)
def test_help_names_the_parameters_that_the_types_name(name, function):
    if function is Stamps and sys.version_info < (3, 10):
        pytest.skip("Python 3.9 finds no signature of a native class")
    typed = NATIVE.functions[name]
    assert typed
    assert [one for one in inspect.signature(function).parameters if one != "self"] == typed
    if function is not Stamps.stamp:
        assert told(function.__doc__, "Args") == set(typed)


@pytest.mark.parametrize("name", ["run", "out_of_date"])
def test_help_names_each_keyword_of_ours(name):
    with pytest.raises(TypeError) as raised:
        jobstamp.run(print, jobstamps_none_such=1)
    keywords = set(str(raised.value).rpartition(" are ")[2].split(", "))
    assert len(keywords) == 4
    assert keywords == {one for one in NATIVE.functions[name] if one.startswith("jobstamps_")}
    assert keywords <= told(getattr(jobstamp, name).__doc__, "Args")


@pytest.mark.parametrize("name", sorted(ANSWERS.attributes))
def test_help_names_each_attribute_of_an_answer(name):
    kind = getattr(jobstamps, name)
    assert told(kind.__doc__, "Attributes") == ANSWERS.attributes[name]
    others = [one for one in vars(kind) if one[0] != "_" and one not in ANSWERS.attributes[name]]
    assert [one for one in others if not inspect.getdoc(getattr(kind, one))] == []


@pytest.mark.parametrize("name", sorted(name for name in DECLARED.attributes))
def test_help_names_each_parameter_of_what_is_declared(name):
    assert told(getattr(jobstamps, name).__doc__, "Args") == set(DECLARED.functions.get(f"{name}.__init__", []))


def test_what_can_go_wrong_is_told():
    for function in (stamp, jobstamp.run, jobstamp.out_of_date):
        assert "TypeError" in told(function.__doc__, "Raises")
