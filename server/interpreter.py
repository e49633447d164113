"""How Python itself is set while the shop serves: when it looks for cycles, and how long one thread keeps it from another."""

import gc
import sys

COLLECT_AFTER = (20_000, 10, 10)
"""How many more objects there are before Python looks for cycles among the new ones, and how many such rounds make one among
older ones. Requests make hardly any cycle, and dozens at once are more than the 700 objects of Python's own habit: it looked
through them again and again while they were needed, a twentieth of all CPU."""

SWITCH_SECONDS = 0.001
"""How long the loop waits for another thread's turn to end, a fifth of Python's own habit: by so much the loop is late while the
writer has all it can do."""


def tune() -> None:
    """Sets both, for the process."""
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)


def settle() -> None:
    """Takes everything there is by now out of the way of the search for cycles: it was made to stay."""
    gc.collect()
    gc.freeze()
