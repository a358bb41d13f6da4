"""What of a function's code counts: what it does, not how it was written down."""

from __future__ import annotations

import textwrap

import pytest
from jobstamps._native import identify


def code(source, name="lint"):
    names = {"__name__": "module"}
    exec(compile(textwrap.dedent(source), "module.py", "exec"), names)
    return identify(names[name], (), {})[1]


LINT = """
def lint(path=None, *, strict=False):
    found = [word for word in ("a", "b") if word in {"a", "b", "c"}]
    try:
        return len(found) + 1000, None
    except ValueError:
        raise
"""


@pytest.mark.parametrize(
    "change",
    [
        ("\ndef lint", "\n\n\n# a comment\ndef lint"),
        ("    try:", "    # a comment\n    try:"),
        ("    try:", "\n\n    try:"),
        ("=False):\n", '=False):\n    """Lints a file."""\n'),
        ("(path=None, *, strict=False)", "(\n    path=None,\n    *,\n    strict=False,\n)"),
        ('"a", "b", "c"', '"c", "b", "a"'),
        ("1000", "0x3e8"),
        ("len(found) + 1000", "(len(found)   +   1000)"),
        ("path=None", "path: str = None"),
    ],
)
def test_comments_docstrings_and_line_moves_do_not_count(change):
    assert change[0] in LINT
    assert code(LINT.replace(*change)) == code(LINT)


@pytest.mark.parametrize(
    "change",
    [
        ("1000", "1001"),
        ("1000", "1000.0"),
        ("len(found) +", "len(found) -"),
        ("len(found)", "sum(found)"),
        ('("a", "b")', '("a", "c")'),
        ('"a", "b", "c"', '"a", "b", "d"'),
        ("if word in", "if word not in"),
        ("path=None", "path=1"),
        ("strict=False", "strict=True"),
        ("strict=False", "lax=False"),
        (", *,", ","),
        ("ValueError", "TypeError"),
        (", None", ", 0"),
        ("raise", "return 1"),
    ],
)
def test_what_the_function_does_counts(change):
    assert change[0] in LINT
    assert code(LINT.replace(*change)) != code(LINT)


def test_another_docstring_or_none_makes_no_difference_even_beside_equal_words():
    plain = "def lint():\n    return None, 'Lints.'\n"
    for docstring in ("Lints.", "Other.", ""):
        assert code(plain.replace("():\n", f"():\n    {docstring!r}\n")) == code(plain)


def test_classes_and_functions_inside_count_by_what_they_do_too():
    source = """
    def lint():
        class Inner:
            def method(self):
                return 1
        def helper():
            return 2
        return Inner, helper
    """
    for change in [("return 1", "return 3"), ("return 2", "return 3")]:
        assert code(source.replace(*change)) != code(source)
    for change in [
        ("class Inner:", "class Inner:\n            # a comment\n"),
        ("class Inner:", "\n        class Inner:"),
        ("(self):", '(self):\n                """Says 1."""'),
        ("helper():", 'helper():\n            """Says 2."""'),
    ]:
        assert code(source.replace(*change)) == code(source)


def test_an_edit_and_its_undoing_give_the_old_code():
    assert code(LINT.replace("1000", "1001").replace("1001", "1000")) == code(LINT)


def test_large_functions_with_long_arguments_of_instructions_are_told_apart():
    body = "\n".join(f"    x{n} = {n + 1000}" for n in range(400))
    source = f"def lint():\n{body}\n    return x0\n"
    assert code(source) == code("\n\n" + source)
    assert code(source.replace("= 1399", "= 1400")) != code(source)
    assert code(source.replace("return x0", "return x399")) != code(source)
