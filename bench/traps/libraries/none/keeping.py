"""Nothing is remembered."""


def keep(function, files=(), outputs=(), by="mtime"):
    """Returns the function as it is."""
    return function
