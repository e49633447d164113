"""Rows of bits: sets of slots as Python's long integers, made from plain arrays of one number a slot.

A row is made when it is first asked for, by a few passes of C over the array, and grows when the array has grown. What is written
to a slot afterwards changes one bit of the rows that are there. Slots that are used no more may keep their bits:
whoever uses a row has a set of slots to take out of it.
"""

import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress

MAX_CODES = 60_000
"""Values that can be told apart; further ones have the code 0, as none."""

SPARSE = 32
"""Of a set that has one slot in more than so many, the slots are looked up one by one."""

_FLAGS = bytes.maketrans(b"01", b"\0\1")
_NOT_ZERO = re.compile(rb"[^\0]")
_BITS = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]
_WITH_BIT = [bytes(b"1"[0] if byte >> bit & 1 else b"0"[0] for byte in range(256)) for bit in range(8)]
_IS = [bytes(b"1"[0] if byte == code else b"0"[0] for byte in range(256)) for code in range(256)]
_LOW_BYTE_FIRST = sys.byteorder == "little"


def row_of(text: bytes | bytearray, digits: bytes) -> int:
    """The set of places whose byte has a "1" in the table `digits`."""
    return int(text.translate(digits)[::-1], 2) if text else 0


def row_where(text: bytes | bytearray, byte: int) -> int:
    """The set of places that have this byte."""
    return row_of(text, _IS[byte])


def slots_in(row: int, *, falling: bool = False) -> Iterator[int]:
    """The slots of a set, in their order or from the last to the first."""
    text = row.to_bytes((row.bit_length() + 7) // 8, "little")
    if falling:
        last = len(text) - 1
        for found in _NOT_ZERO.finditer(text[::-1]):
            first = (last - found.start()) * 8
            for bit in reversed(_BITS[found[0][0]]):
                yield first + bit
        return
    for found in _NOT_ZERO.finditer(text):
        first = found.start() * 8
        for bit in _BITS[found[0][0]]:
            yield first + bit


class Numbers:
    """A number below 2**32 for each slot; row n has bit n of every number (bit-sliced: O'Neil and Quass, SIGMOD 1997)."""

    def __init__(self) -> None:
        self.values = array("I")
        self._rows: list[int] = []
        self._made = 0

    def put(self, slot: int, value: int) -> None:
        before, self.values[slot] = self.values[slot], value
        if slot < self._made and before != value:
            self._rows += [0] * (value.bit_length() - len(self._rows))
            for bit, row in enumerate(self._rows):
                if (before ^ value) >> bit & 1:
                    self._rows[bit] = row ^ 1 << slot

    def rows(self) -> list[int]:
        """The rows of bits, the lowest first."""
        if self._made < len(self.values):
            fresh = self.values[self._made :]
            text, size = fresh.tobytes(), fresh.itemsize
            self._rows += [0] * (max(fresh).bit_length() - len(self._rows))
            for bit, row in enumerate(self._rows):
                byte = bit // 8 if _LOW_BYTE_FIRST else size - 1 - bit // 8
                self._rows[bit] = row | row_of(text[byte::size], _WITH_BIT[bit % 8]) << self._made
            self._made = len(self.values)
        return self._rows

    def at_least(self, among: int, number: int) -> int:
        """Those of the slots whose number is as large."""
        rows = self.rows()
        if number >> len(rows):
            return 0
        above, equal = 0, among
        for bit in reversed(range(len(rows))):
            ones = equal & rows[bit]
            if number >> bit & 1:
                equal = ones
            else:
                above |= ones
                equal ^= ones
        return above | equal

    def at_most(self, among: int, number: int) -> int:
        """Those of the slots whose number is no larger."""
        return among ^ self.at_least(among, number + 1)

    def lowest(self, among: int) -> int:
        """The smallest number of the slots, of which there must be one."""
        found = 0
        for bit, row in reversed(list(enumerate(self.rows()))):
            zeros = among ^ (among & row)
            if zeros:
                among = zeros
            else:
                found |= 1 << bit
        return found

    def highest(self, among: int) -> int:
        """The largest number of the slots, of which there must be one."""
        found = 0
        for bit, row in reversed(list(enumerate(self.rows()))):
            ones = among & row
            if ones:
                among = ones
                found |= 1 << bit
        return found

    def first(self, among: int, count: int, *, falling: bool) -> tuple[int, int]:
        """The `count` slots with the smallest numbers (the largest, when falling): those that are surely among them, and
        equals to fill up from."""
        surely = 0
        for row in reversed(self.rows()):
            ones = among & row
            better, rest = (ones, among ^ ones) if falling else (among ^ ones, ones)
            if (found := better.bit_count()) >= count:
                among = better
            else:
                surely |= better
                count -= found
                among = rest
        return surely, among


class Codes:
    """A word for each slot, or none. `uses` counts how often each was put."""

    def __init__(self, length: int = 0) -> None:
        self.uses: Counter[str] = Counter()
        self._words: list[str | None] = [None]
        self._known: dict[str, int] = {}
        self._codes = array("H", bytes(2 * length))
        self._rows: dict[int, tuple[int, int]] = {}

    def extend(self, words: Sequence[str | None]) -> None:
        """Says the words of further slots."""
        self._codes.extend([0 if word is None else self._code(word, 1) for word in words])

    def repeat(self, word: str, times: int) -> None:
        """Says one word of several further slots."""
        self._codes.extend(array("H", (self._code(word, times),)) * times)

    def at(self, slot: int) -> str | None:
        return self._words[self._codes[slot]]

    def counted(self, row: int) -> Counter[str]:
        """How many slots of the set have each word."""
        codes = self._codes
        if row.bit_count() * SPARSE > row.bit_length():
            flags = format(row, "b").encode().translate(_FLAGS)[::-1]
            found = Counter(compress(codes, flags))
        else:
            found = Counter([codes[slot] for slot in slots_in(row)])
        words = self._words
        return Counter({word: count for code, count in found.items() if (word := words[code]) is not None})

    def of(self, word: str) -> int:
        """The set of slots that have this word."""
        code = self._known.get(word)
        if code is None:
            return 0
        row, made = self._rows.get(code, (0, 0))
        if made < len(self._codes):
            fresh = self._codes[made:].tobytes()
            low, high = (0, 1) if _LOW_BYTE_FIRST else (1, 0)
            more = row_where(fresh[low::2], code & 255)
            if len(self._words) > 256:  # noqa: PLR2004  more than one byte tells apart
                more &= row_where(fresh[high::2], code >> 8)
            row |= more << made
            self._rows[code] = row, len(self._codes)
        return row

    def _code(self, word: str, times: int) -> int:
        self.uses[word] = self.uses.get(word, 0) + times
        code = self._known.get(word)
        if code is None:
            if len(self._words) > MAX_CODES:
                return 0
            code = self._known[word] = len(self._words)
            self._words.append(word)
        return code
