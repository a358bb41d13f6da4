"""What comes back, and what does not."""

from __future__ import annotations

from ..trap import Step, Trap, calls, edit, once


def given(
    name: str, value: str, runs: int | None = 1, before: str = "", show: str = "show(f(), f())", **more: object
) -> Trap:
    """Returns a trap whose function returns a value; in two processes, twice in each."""
    return calls(name, f"{before}\n@keep\ndef f():\n    ran()\n    return {value}\n{show}\n", runs, **more)


MADE = "def made(): return C()\n@keep\ndef f():\n    ran()\n    return made()\nshow(f().n)\n"
UNPICKLABLE = "import threading\nclass Holds:\n    def __init__(self): self.lock = threading.Lock()\n"

VALUES = (
    given("None is a value", "None"),
    given("False, zero and nothing are values", "[False, 0, '', (), 0.0]"),
    given("NaN and -0.0 are values", "[float('nan'), -0.0]"),
    given("a tuple stays a tuple, an integer key an integer", "({1: (2, 3)}, frozenset({4}))"),
    given("half a character is a value", "'\\ud800'", show="show(ascii(f()))"),
    given("a value of ten megabytes", "bytes(10 ** 7)", show="show(len(f()), f() == bytes(10 ** 7))"),
    given("a part that is there twice stays one", "[a, a]", before="a = [1]", show="x = f(); show(x[0] is x[1])"),
    given(
        "a value that contains itself",
        "made()",
        before="def made():\n    x = [1]\n    x.append(x)\n    return x",
        show="x = f(); show(x[1] is x)",
    ),
    given(
        "an object of ours",
        "C(1)",
        before="class C:\n    def __init__(self, n): self.n = n",
        show="show(f().n, type(f()) is C)",
    ),
    given(
        "a writable array",
        "np.zeros(3)",
        before="import numpy as np",
        needs=("numpy",),
        show="a = f()\na += 1\nshow(a.tolist(), f().tolist())\nb = f()\nb += 1\nshow(b.tolist(), f().tolist())",
    ),
    given(
        "a writable array of a megabyte",
        "np.zeros(1 << 17)",
        before="import numpy as np",
        needs=("numpy",),
        show="a = f()\na += 1\nshow(a.sum(), f().sum())\nb = f()\nb += 1\nshow(b.sum(), f().sum())",
    ),
    given(
        "an array turned over, and a view",
        "[np.arange(6).reshape(2, 3).T, np.arange(8)[::2]]",
        before="import numpy as np",
        needs=("numpy",),
        show="show([(a.shape, a.tolist()) for a in f()])",
    ),
    once(
        "a value that the caller changes",
        """
        @keep
        def f():
            ran()
            return {"list": [1]}
        for _ in range(3):
            value = f()
            show(value)
            value["list"].append(2)
        """,
        1,
    ),
    once(
        "a value that is the argument, which the caller changes",
        """
        @keep
        def f(x):
            ran()
            return x
        for _ in range(3):
            x = [1]
            y = f(x)
            show(y)
            x.append(2)
            y.append(3)
        """,
        1,
    ),
    given("a value that cannot be pickled: a lambda", "lambda: 5", 4, show="show(f()(), f()())"),
    given("a value that cannot be pickled: a generator", "(n for n in range(3))", 4, show="show(list(f()), list(f()))"),
    given(
        "a value that cannot be pickled: a lock deep in it",
        "[{'a': Holds()}]",
        4,
        UNPICKLABLE,
        "show(type(f()[0]['a']).__name__, len(f()))",
    ),
    given(
        "a value nested deeper than the stack",
        "made()",
        4,
        "def made():\n    x = []\n    for _ in range(100_000): x = [x]\n    return x",
        "def depth(x):\n    n = 0\n    while x: n, x = n + 1, x[0]\n    return n\nshow(depth(f()), depth(f()))",
    ),
    given(
        "a value whose pickling raises",
        "C()",
        4,
        "class C:\n    def __reduce__(self): raise KeyError('no')",
        "show(type(f()).__name__, type(f()).__name__)",
    ),
    given(
        "a value that is pickled and does not load",
        "C(1)",
        4,
        "def load(*a): raise KeyError('no')\nclass C:\n    def __init__(self, n): self.n = n\n"
        "    def __reduce__(self): return load, (1,)",
        "show(f().n, f().n)",
    ),
    given(
        "a value whose pickling changes it",
        "C()",
        None,
        "class C:\n    n = 1\n    def __getstate__(self):\n        self.n = 2\n        raise ValueError('no')",
        "show(type(f()).__name__)",
    ),
    Trap(
        "the class of a value has gone",
        (
            Step({"main.py": "import old\n" + MADE.replace("C()", "old.C()"), "old.py": "class C:\n    n = 1\n"}),
            Step(
                {"main.py": "class C:\n    n = 1\n" + MADE},
                happens=lambda folder, _store: (folder / "old.py").unlink(),
            ),
        ),
        2,
    ),
    edit(
        "the class of a value is edited",
        "class C:\n    def __init__(self): self.n = 1\n" + MADE.replace("f().n", "vars(f())"),
        "self.n",
        "self.m",
    ),
    once(
        "what is raised is not remembered",
        """
        import os
        @keep
        def f(x):
            ran()
            if not os.path.exists("there"):
                raise LookupError(x)
            return x
        show(attempt(f, 1), attempt(f, 1))
        open("there", "w").close()
        show(attempt(f, 1), attempt(f, 1))
        """,
        3,
    ),
    once(
        "the exception is the function's own object",
        """
        error = ValueError("mine")
        @keep
        def f():
            ran()
            raise error
        try: f()
        except ValueError as caught: show(caught is error, caught.args)
        """,
        1,
    ),
    once(
        "sys.exit and Ctrl-C inside the function",
        """
        tries = iter([SystemExit(3), KeyboardInterrupt(), None])
        @keep
        def f():
            ran()
            error = next(tries)
            if error is not None: raise error
            return "done"
        for _ in range(3):
            try: show(f())
            except BaseException as error: show(type(error).__name__)
        """,
        3,
    ),
    once(
        "StopIteration passes",
        """
        @keep
        def f():
            ran()
            raise StopIteration(5)
        try: f()
        except StopIteration as error: show(error.value)
        """,
        1,
    ),
    calls(
        "recursion with other arguments",
        """
        @keep
        def fib(n):
            ran()
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        show(fib(20))
        """,
        21,
    ),
    once(
        "recursion with the same argument",
        """
        depth = []
        @keep
        def f(x):
            ran()
            depth.append(x)
            return x if len(depth) > 1 else f(x) + 1
        show(f(5))
        """,
        2,
    ),
    calls(
        "a kept function that calls another",
        """
        @keep
        def g(x): return ran(), x + 1
        @keep
        def f(x): return ran(), g(x)
        show(f(1), g(1))
        """,
        2,
    ),
    once(
        "loading a value calls another kept function",
        """
        @keep
        def g(x):
            ran()
            return x + 1
        class C:
            def __init__(self): self.n = 2
            def __getstate__(self): return {"n": 1}
            def __setstate__(self, state): self.n = g(state["n"])
        @keep
        def f():
            ran()
            return C()
        show(f().n, f().n, f().n)
        """,
        2,
    ),
    once(
        "the library knows the function's name, text and parameters",
        """
        import inspect
        @keep
        def f(x: int, *, y: str = "a") -> str:
            "Says."
            return y * x
        show(f.__name__, f.__doc__, str(inspect.signature(f)), f(2))
        """,
        None,
    ),
    once(
        "a kept function goes to another process",
        """
        import pickle
        @keep
        def f(x):
            ran()
            return x + 1
        show(pickle.loads(pickle.dumps(f))(1))
        """,
        1,
    ),
)
