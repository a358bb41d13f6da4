"""What the programs of the traps say: that a function truly ran, and what came back."""

import os


def ran() -> None:
    """Counts a true run."""
    tally = os.open(os.environ["TALLY"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(tally, b".")
    os.close(tally)


def show(*values) -> None:
    """Prints values as they would be written, with their types."""
    print(*map(repr, values), flush=True)


def attempt(function, *arguments):
    """Returns what a call returns, or the name of what it raises."""
    try:
        return function(*arguments)
    except Exception as error:
        return type(error).__name__
