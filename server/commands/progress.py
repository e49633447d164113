"""How far a command is: a bar on a terminal, and a plain line now and then in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LINES = 10
"""How many lines at most say how far it is, where there is no terminal."""


@contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields what to call with the count of the newly done; `doing` says what, such as "Importing"."""
    if not sys.stdout.isatty():
        yield _in_lines(doing, total)
        return
    # It takes a tenth of a second to import, and a log needs none of it.
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda count: bar.advance(task, count)


def _in_lines(doing: str, total: int) -> Callable[[int], None]:
    done = told = 0

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        if (done - told) * LINES >= total or done == total:
            told = done
            print(f"{doing}: {done} of {total}", flush=True)

    return advance
