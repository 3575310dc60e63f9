"""Whether what a class says of itself still holds for those that inherit from it."""


def declares(cls: type, what: str, *of: str) -> bool:
    """Whether the method `what`, which describes the methods `of`, is no older than any of them in `cls`.

    A subclass that changes how something works, and not what is said of it, declares nothing.
    """
    lines = [vars(line) for line in cls.__mro__]
    said, *done = (next(i for i, names in enumerate(lines) if method in names) for method in (what, *of))
    return said <= min(done)
