"""Edits to the function itself, between two processes."""

from __future__ import annotations

from ..trap import Step, Trap, calls, dedent, edit, once

F = """
def g(x): return x
@keep
def f(x, n=10, *, m=100):
    ran()
    return x + n + m + 1000
show(f(1))
"""


def back(name: str, program: str, old: str, new: str, runs: int = 2) -> Trap:
    """Returns a trap in which an edit is undone."""
    before = dedent(program)
    return Trap(
        name, (Step({"main.py": before}), Step({"main.py": before.replace(old, new)}), Step({"main.py": before})), runs
    )


def of_constants(name: str, old: str, new: str) -> Trap:
    """Returns a trap that puts one constant in the place of another."""
    return edit(name, "@keep\ndef f():\n    ran()\n    return CONSTANT\nshow(f())\n".replace("CONSTANT", old), old, new)


CODE = (
    edit("the body", F, "1000", "1001"),
    edit("a default", F, "n=10", "n=11"),
    edit("a default of a keyword", F, "m=100", "m=101"),
    edit("another operator", F, "+ 1000", "- 1000"),
    edit("a name is used that was not", F, "return x", "return -x"),
    edit("a comment", F, "    ran()", "    # A comment.\n    ran()", runs=1),
    edit("a docstring", F, "    ran()", '    """Says."""\n    ran()', runs=1),
    edit("lines are moved", F, "@keep", "\n\n\n@keep", runs=1),
    edit("formatting", F, "return x + n + m + 1000", "return (\n        x + n\n        + m + 1_000)", runs=1),
    edit("a function that is not used", F, "def g(x): return x", "def g(x): return -x", runs=1),
    edit("another function comes before it", F, "@keep", "def other(): return 1\n@keep", runs=1),
    back("an edit and its undoing", F, "1000", "1001"),
    of_constants("the constants 1 and True", "1", "True"),
    of_constants("the constants 1 and 1.0", "1", "1.0"),
    of_constants("the constants 0.0 and -0.0", "0.0", "-0.0"),
    of_constants("constants that are lists and tuples", "[1, 2]", "(1, 2)"),
    of_constants("constants that are text and bytes", "'a'", "b'a'"),
    of_constants("a constant deep in a tuple", "(1, (2, (3, 4)))", "(1, (2, (3, 5)))"),
    of_constants("a text that begins the body and is no docstring", "'one'", "'two'"),
    calls(
        "a set among the constants, for two seeds",
        """
        @keep
        def f(x):
            ran()
            return x in {"a", "b", "c", "d", "e"}
        show(f("a"))
        """,
        1,
    ),
    edit("a lambda", "f = keep(lambda x: (ran(), x + 1))\nshow(f(1))\n", "+ 1", "+ 2"),
    edit(
        "a function inside it",
        """
        @keep
        def f(x):
            ran()
            def inner(y): return y + 1
            return inner(x)
        show(f(1))
        """,
        "+ 1",
        "+ 2",
    ),
    edit(
        "a comprehension inside it",
        "@keep\ndef f(x):\n    ran()\n    return [n + 1 for n in range(x)]\nshow(f(2))\n",
        "n + 1",
        "n + 2",
    ),
    edit(
        "a class inside it",
        """
        @keep
        def f(x):
            ran()
            class Inner:
                def method(self): return x + 1
            return Inner().method()
        show(f(1))
        """,
        "+ 1",
        "+ 2",
    ),
    edit(
        "a decorator below ours",
        """
        import functools
        def scaled(function):
            @functools.wraps(function)
            def call(*arguments): return 2 * function(*arguments)
            return call
        @keep
        @scaled
        def f(x):
            ran()
            return x
        show(f(1))
        """,
        "2 *",
        "3 *",
    ),
    edit(
        "a function from text that is executed",
        """
        names = {"ran": ran, "__name__": "made"}
        exec("def f(x): return ran(), x + 1", names)
        f = keep(names["f"])
        show(f(1))
        """,
        "+ 1",
        "+ 2",
    ),
    edit(
        "the value of a closure",
        "def make(n):\n    @keep\n    def f(x): return ran(), x + n\n    return f\nshow(make(1)(1))\n",
        "make(1)",
        "make(2)",
    ),
    Trap(
        "python -O takes the assertions away",
        (
            Step({"main.py": "@keep\ndef f(x):\n    ran()\n    return __debug__\nshow(f(1))\n"}),
            Step(options=("-O",)),
        ),
        2,
    ),
    Trap(
        "the file is edited while the old text runs",
        (
            Step(
                {
                    "main.py": dedent(
                        """
                        @keep
                        def f(x):
                            ran()
                            return x + 1
                        text = open(__file__).read()
                        if "+ 1" in text.split("text =")[0]:
                            open(__file__, "w").write(text.replace("return x + 1", "return x + 2", 1))
                        show(f(1))
                        """
                    )
                }
            ),
            Step(),
        ),
        2,
    ),
    once(
        "the code of the function is replaced",
        """
        def f(x): return ran(), x + 1
        def g(x): return ran(), x + 2
        kept = keep(f)
        show(kept(1))
        f.__code__ = g.__code__
        show(kept(1))
        """,
        2,
    ),
    once(
        "the defaults of the function are replaced",
        """
        def f(x=1): return ran(), x
        kept = keep(f)
        show(kept())
        f.__defaults__ = (2,)
        show(kept())
        """,
        2,
    ),
    once(
        "a default is changed in place",
        """
        options = {"n": 1}
        def f(x, options=options): return ran(), x + options["n"]
        kept = keep(f)
        show(kept(1))
        options["n"] = 2
        show(kept(1))
        """,
        2,
    ),
    once(
        "the variable of a closure is set",
        """
        def make():
            n = 1
            def f(x): return ran(), x + n
            def put(value):
                nonlocal n
                n = value
            return keep(f), put
        f, put = make()
        show(f(1))
        put(2)
        show(f(1))
        """,
        2,
    ),
    once(
        "a list in a closure grows",
        """
        def make():
            items = [1]
            def f(x): return ran(), x + sum(items)
            return keep(f), items
        f, items = make()
        show(f(1))
        items.append(2)
        show(f(1))
        """,
        2,
    ),
)
