"""A hit of a function that reaches 60 names, beside one that reaches none."""

from keeping import keep
from timing import alternate, tell

names = {}
exec("".join(f"N{n} = {n}\n" for n in range(60)), names)
exec(f"def many(x): return x + {' + '.join(f'N{n}' for n in range(60))}\ndef none(x): return x + 1\n", names)
many, none = keep(names["many"]), keep(names["none"])
many(1), none(1)
tell(alternate({"none": lambda: none(1), "60 names": lambda: many(1)}, 1000, 100))
