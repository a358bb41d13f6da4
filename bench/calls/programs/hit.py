"""A small hit beside the floor."""

from keeping import keep
from timing import VALUE, alternate, floor, tell

LIMIT = 3


def parse(path):
    """Something that the function reaches."""
    return [path] * LIMIT


@keep
def lint(path, strict=False):
    """Returns a small value, as a linter would."""
    return dict(VALUE) if parse(path) or strict else None


assert lint("lint.py") == VALUE == lint("lint.py")
tell(alternate({"floor": floor(), "hit": lambda: lint("lint.py")}, 1000, 100))
