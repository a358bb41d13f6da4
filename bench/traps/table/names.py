"""Functions that share a name."""

from __future__ import annotations

from ..trap import FIRST_LINE, Step, Trap, calls, once

TWO_MODULES = {
    "one.py": "def f(x): return ran(), 'one', x\nfrom witness import ran\n",
    "two.py": "def f(x): return ran(), 'two', x\nfrom witness import ran\n",
    "main.py": "import one, two\nshow(keep(one.f)(1), keep(two.f)(1))\n",
}

NAMES = (
    Trap("the same name in two modules", (Step(TWO_MODULES), Step()), 2),
    calls(
        "functions made by a function",
        """
        def make(n):
            @keep
            def f(x):
                ran()
                return x + n
            return f
        show(make(1)(1), make(2)(1))
        """,
        2,
    ),
    calls(
        "two lambdas on one line are kept",
        """
        f, g = keep(lambda x: (ran(), x + 1)), keep(lambda x: (ran(), x + 2))
        show(f(1), g(1))
        """,
        2,
    ),
    calls(
        "lambdas from a loop, by default and by closure",
        """
        by_default = [keep(lambda x, n=n: (ran(), x + n)) for n in range(3)]
        show([f(1) for f in by_default])
        def closure(n):
            return lambda x: (ran(), x * n)
        show([keep(closure(n))(2) for n in range(3)])
        """,
        6,
    ),
    calls(
        "a method of two objects",
        """
        class Scale:
            def __init__(self, by): self.by = by
            @keep
            def f(self, x):
                ran()
                return x * self.by
        show(Scale(2).f(1), Scale(3).f(1))
        """,
        2,
        refusable=True,
    ),
    once(
        "a method after its object changed",
        """
        class Scale:
            def __init__(self, by): self.by = by
            @keep
            def f(self, x):
                ran()
                return x * self.by
        scale = Scale(2)
        show(scale.f(1))
        scale.by = 3
        show(scale.f(1))
        """,
        2,
        refusable=True,
    ),
    calls(
        "bound methods of two objects are kept",
        """
        class Scale:
            def __init__(self, by): self.by = by
            def f(self, x):
                ran()
                return x * self.by
        show(keep(Scale(2).f)(1), keep(Scale(3).f)(1))
        """,
        2,
        refusable=True,
    ),
    calls(
        "methods of one name in two classes",
        """
        class A:
            @keep
            def f(self): return ran(), "A"
        class B:
            @keep
            def f(self): return ran(), "B"
        show(A().f(), B().f())
        """,
        2,
        refusable=True,
    ),
    calls(
        "an inherited method that looks at its class",
        """
        class Base:
            @keep
            def f(self): return ran(), self.name
        class A(Base): name = "A"
        class B(Base): name = "B"
        show(A().f(), B().f())
        """,
        2,
        refusable=True,
    ),
    calls(
        "class methods of two subclasses",
        """
        class Base:
            @classmethod
            @keep
            def f(cls): return ran(), cls.name
        class A(Base): name = "A"
        class B(Base): name = "B"
        show(A.f(), B.f(), A().f())
        """,
        2,
        refusable=True,
    ),
    calls(
        "static methods of one name in two classes",
        """
        class A:
            @staticmethod
            @keep
            def f(): return ran(), "A"
        class B:
            @staticmethod
            @keep
            def f(): return ran(), "B"
        show(A.f(), B().f())
        """,
        2,
    ),
    calls(
        "objects that can be called",
        """
        class Adds:
            def __init__(self, n): self.n = n
            def __call__(self, x): return ran(), x + self.n
        show(keep(Adds(1))(1), keep(Adds(2))(1))
        """,
        2,
        refusable=True,
    ),
    calls(
        "partials of one function",
        """
        import functools
        def add(a, b): return ran(), a + b
        show(keep(functools.partial(add, 1))(1), keep(functools.partial(add, 2))(1))
        """,
        2,
        refusable=True,
    ),
    calls(
        "functions written in C",
        """
        import operator
        show(keep(operator.add)(2, 3), keep(operator.mul)(2, 3), keep(max)(2, 3), keep(min)(2, 3))
        """,
        None,
        refusable=True,
    ),
    calls(
        "a function and its wrapper, which has its name",
        """
        import functools
        def twice(function):
            @functools.wraps(function)
            def call(*arguments): return 2 * function(*arguments)
            return call
        def f(x): return x + int(not ran())
        show(keep(f)(1), keep(twice(f))(1), keep(twice(twice(f)))(1))
        """,
        3,
    ),
    calls(
        "functions of one decorator without `functools.wraps`",
        """
        def logged(function):
            def call(*arguments): return function(*arguments)
            return call
        @keep
        @logged
        def f(x): return ran(), x + 1
        @keep
        @logged
        def g(x): return ran(), x + 2
        show(f(1), g(1))
        """,
        2,
    ),
    once(
        "a name that is defined again",
        """
        def f(x): return ran(), x + 1
        first = keep(f)
        def f(x): return ran(), x + 2
        second = keep(f)
        show(first(1), second(1), first(1))
        """,
        2,
    ),
    calls(
        "text that is executed twice with other globals",
        """
        made = []
        for n in (1, 2):
            names = {"n": n, "ran": ran, "__name__": "made"}
            exec("def f(x): return ran(), x + n", names)
            made.append(keep(names["f"]))
        show([f(1) for f in made])
        """,
        2,
        refusable=True,
    ),
    Trap(
        "two scripts of one name",
        (
            Step(
                {
                    "a/job.py": FIRST_LINE + "@keep\ndef f(x): return ran(), 'a', x\nshow(f(1))\n",
                    "b/job.py": FIRST_LINE + "@keep\ndef f(x): return ran(), 'b', x\nshow(f(1))\n",
                },
                program="a/job.py",
            ),
            Step(program="b/job.py"),
        ),
        2,
    ),
    Trap(
        "a script that is imported the next time",
        (
            Step(
                {
                    "job.py": FIRST_LINE + "@keep\ndef f(x): return ran(), x\nif __name__ == '__main__': show(f(1))\n",
                    "main.py": "import job\nshow(job.f(1))\n",
                },
                program="job.py",
            ),
            Step(),
        ),
        1,
    ),
    calls(
        "a coroutine function, awaited twice",
        """
        import asyncio
        @keep
        async def f(x):
            ran()
            await asyncio.sleep(0)
            return x + 1
        show(asyncio.run(f(1)), asyncio.run(f(1)))
        """,
        1,
        refusable=True,
    ),
    calls(
        "a generator function",
        """
        @keep
        def f(n):
            ran()
            yield from range(n)
        show(list(f(2)))
        """,
        None,
        refusable=True,
    ),
)
