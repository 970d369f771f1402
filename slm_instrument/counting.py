"""Numbers of things, as they are said to people."""


def count_of(number: int, one: str, many: str = "") -> str:
    """So many of something: ``1 task``, ``1,200 tasks``; ``many`` where it is not formed by an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
