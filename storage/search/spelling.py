"""Spelling: what a query that finds nothing may have meant, in the catalogue's own words."""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from symspellpy import SymSpell, Verbosity

from shop.search import fold

MAX_VOCABULARY_WORDS = 50_000
MIN_WORD_LETTERS = 3
MAX_WORD_LETTERS = 24
MAX_READINGS = 8
"""Readings of a whole query that are kept, the likeliest; each costs the index a look."""

MAX_READ_WORDS = 5
_READINGS_OF_A_WORD = 5
_MAX_EDITS = 2
_WORD = re.compile(r"\w+")


class Reading(NamedTuple):
    """One way to understand a query: its edits, how rare its words are (less is better), and its words."""

    edits: int
    rarity: int
    words: tuple[str, ...]


class Spelling:
    """The words of the catalogue, folded. It never forgets: whoever uses a reading checks that it finds something."""

    def __init__(self) -> None:
        self._symspell = SymSpell(max_dictionary_edit_distance=_MAX_EDITS, prefix_length=7)
        self._counts: dict[str, int] = {}
        self._read: Counter[str] = Counter()
        self._sorted: list[str] = []
        self._written: dict[str, str] = {}

    def read(self, raw: str, folded: str) -> None:
        """Counts the words of a product that was not read before; they are known once `finish` was called."""
        self._note_accents(raw)
        self._read.update(set(folded.split()))

    def finish(self) -> None:
        """Learns the words that were read, the commonest first: each once, however many products have it."""
        for word, count in self._read.most_common():
            if len(self._counts) >= MAX_VOCABULARY_WORDS:
                break
            if _worth(word):
                self._counts[word] = count
                self._symspell.create_dictionary_entry(word, count)
        self._sorted = sorted(self._counts)
        self._read.clear()

    def learn(self, raw: str, folded: str) -> None:
        """Takes up the words of a product that changed, or is new: those that are known don't count once more."""
        self._note_accents(raw)
        for word in set(folded.split()):
            if word not in self._counts and _worth(word) and len(self._counts) < MAX_VOCABULARY_WORDS:
                insort(self._sorted, word)
                self._counts[word] = 1
                self._symspell.create_dictionary_entry(word, 1)

    def _note_accents(self, raw: str) -> None:
        if not raw.isascii():
            self._written |= {folded: word for word in _WORD.findall(raw.lower()) if (folded := fold(word)) != word}

    def shown(self, words: Iterable[str]) -> str:
        """The words as the catalogue writes them, with their accents."""
        return " ".join(self._written.get(word, word) for word in words)

    def knows(self, word: str) -> bool:
        """Whether a known word begins so."""
        at = bisect_left(self._sorted, word)
        return at < len(self._sorted) and self._sorted[at].startswith(word)

    def has(self, word: str) -> bool:
        """Whether it is a known word as it stands."""
        return word in self._counts

    def readings(self, words: Sequence[str]) -> list[Reading]:
        """Other ways to read the words, the likeliest first: letters wrong, spaces missing, spaces too many.

        Known words are believed; more than a few words are too many to wonder about.
        """
        if len(words) > MAX_READ_WORDS:
            return []
        # best[n] holds the likeliest readings of the first n words.
        best: list[list[Reading]] = [[Reading(0, 0, ())]]
        for end, word in enumerate(words, 1):
            longer = [_joined(start, next_) for start in best[end - 1] for next_ in self._of_word(word)]
            if end > 1:
                together = words[end - 2] + word
                if together in self._counts:
                    one_word = Reading(1, -self._counts[together], (together,))
                    longer += [_joined(start, one_word) for start in best[end - 2]]
            best.append(sorted(longer)[: MAX_READINGS + 1])
        return [reading for reading in best[-1] if reading.words != tuple(words)][:MAX_READINGS]

    def _of_word(self, word: str) -> list[Reading]:
        if word in self._counts:
            return [Reading(0, -self._counts[word], (word,))]
        found = [Reading(0, 0, (word,))] if self.knows(word) else []
        if MIN_WORD_LETTERS <= len(word) <= MAX_WORD_LETTERS:
            # Short words are near to far too many others.
            edits = _MAX_EDITS if len(word) > MIN_WORD_LETTERS + 1 else 1
            near = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)[:_READINGS_OF_A_WORD]
            found += [Reading(item.distance, -item.count, (item.term,)) for item in near]
        return found + self._apart(word)

    def _apart(self, word: str) -> list[Reading]:
        """The word as two words without their space; the second may be unfinished."""
        if len(word) > 2 * MAX_WORD_LETTERS:
            return []
        cuts = ((word[:cut], word[cut:]) for cut in range(MIN_WORD_LETTERS, len(word) - MIN_WORD_LETTERS + 1))
        return [
            Reading(1, -self._counts[left] - self._counts.get(right, 0), (left, right))
            for left, right in cuts
            if left in self._counts and self.knows(right)
        ]


def _worth(word: str) -> bool:
    """Whether it is a word that somebody may spell wrong."""
    return MIN_WORD_LETTERS <= len(word) <= MAX_WORD_LETTERS and not word.isdecimal()


def _joined(start: Reading, further: Reading) -> Reading:
    return Reading(start.edits + further.edits, start.rarity + further.rarity, start.words + further.words)
