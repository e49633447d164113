"""Spelling: what a query that finds nothing may have meant, in the catalogue's own words."""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, islice
from typing import NamedTuple

from symspellpy import SymSpell, Verbosity

from shop.search import MAX_WORDS, fold

MAX_VOCABULARY_WORDS = 50_000
MIN_WORD_LETTERS = 3
SHORT_LETTERS = 2
"""The shortest part of two words that were written as one: single letters are at the ends of too many."""

MAX_WORD_LETTERS = 24
MAX_READINGS = 8
"""Readings of a whole query that are kept, the likeliest; each costs the index a look."""

MAX_SHORTER = 24
"""Ways to leave words out that are tried; each costs the index a look."""

_READINGS_OF_A_WORD = 5
_MAX_EDITS = 2
_WORD = re.compile(r"\w+")
_LETTERS_MEET_DIGITS = re.compile(r"(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])")


Doubt = tuple[bool, bool, int]
"""Sorts a word by how easily it can be spared."""


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
        # Words that nobody can spell wrong, such as 7, xl and 64: they are only believed.
        self._short: dict[str, int] = {}
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
            elif len(self._short) < MAX_VOCABULARY_WORDS:
                self._short[word] = count
        self._sorted = sorted(self._counts)
        self._read.clear()

    def learn(self, raw: str, folded: str) -> None:
        """Takes up the words of a product that changed, or is new: those that are known don't count once more."""
        self._note_accents(raw)
        for word in set(folded.split()):
            if not _worth(word):
                if len(self._short) < MAX_VOCABULARY_WORDS:
                    self._short.setdefault(word, 1)
            elif word not in self._counts and len(self._counts) < MAX_VOCABULARY_WORDS:
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

        Known words are believed, and so are numbers and what is too short to be wrong.
        """
        # best[n] holds the likeliest readings of the first n words.
        best: list[list[Reading]] = [[Reading(0, 0, ())]]
        for end, word in enumerate(words[:MAX_WORDS], 1):
            longer = [_joined(start, next_) for start in best[end - 1] for next_ in self._of_word(word)]
            if end > 1:
                together = words[end - 2] + word
                if count := self._count(together):
                    one_word = Reading(1, -count, (together,))
                    longer += [_joined(start, one_word) for start in best[end - 2]]
            best.append(sorted(longer)[: MAX_READINGS + 1])
        return [reading for reading in best[-1] if reading.words != tuple(words)][:MAX_READINGS]

    def shorter(self, words: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """What may have been meant if some of the words, at most half of them, are too many: the fewest are left out, first
        those that are not known as they were typed, then short ones (for, the) and common ones, which say least."""
        sources = [tuple(words)]
        if not all(map(self._count, words)):
            sources = [*[reading.words for reading in self.readings(words)[:1]], *sources]
        ways = (
            _without(source, self._doubtful(source, words), left_out)
            for left_out in range(1, MAX_WORDS // 2 + 1)
            for source in dict.fromkeys(sources)
        )
        return islice(dict.fromkeys(chain.from_iterable(ways)), MAX_SHORTER)

    def _doubtful(self, source: Sequence[str], typed: Sequence[str]) -> list[Doubt]:
        counts = [self._count(word) for word in source]
        return [
            (bool(count) and word in typed, len(word) > MIN_WORD_LETTERS or not word.isalpha(), -count)
            for word, count in zip(source, counts, strict=True)
        ]

    def _count(self, word: str) -> int:
        return self._counts.get(word) or self._short.get(word, 0)

    def _of_word(self, word: str) -> list[Reading]:
        if count := self._count(word):
            return [Reading(0, -count, (word,)), *self._of_other_number(word)]
        found = [Reading(0, 0, (word,))] if not _worth(word) or self.knows(word) else []
        if _worth(word):
            # Short words are near to far too many others.
            edits = _MAX_EDITS if len(word) > MIN_WORD_LETTERS + 1 else 1
            near = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)[:_READINGS_OF_A_WORD]
            found += [Reading(item.distance, -item.count, (item.term,)) for item in near]
        return found + self._apart(word)

    def _of_other_number(self, word: str) -> list[Reading]:
        """Of a known word the one with an s more or less: mugs and mug are both in the catalogue, but not everywhere."""
        other = word[:-1] if word.endswith("s") else f"{word}s"
        return [Reading(1, -self._counts[other], (other,))] if other in self._counts else []

    def _apart(self, word: str) -> list[Reading]:
        """The word as two words without their space, of which the second may be unfinished. Where letters meet digits, as in
        64gb, some write a space and some don't: that is no edit."""
        if len(word) > 2 * MAX_WORD_LETTERS:
            return []
        meeting = {match.start() for match in _LETTERS_MEET_DIGITS.finditer(word)}
        found = []
        for cut in range(1, len(word)):
            left, right = word[:cut], word[cut:]
            count, further = self._count(left), self._count(right)
            if not count or not (further or self.knows(right)):
                continue
            long = min(len(left), len(right)) >= (SHORT_LETTERS if further else MIN_WORD_LETTERS)
            if long or cut in meeting:
                found.append(Reading(int(cut not in meeting), -min(count, further), (left, right)))
        return found


def _without(words: Sequence[str], doubtful: Sequence[Doubt], left_out: int) -> list[tuple[str, ...]]:
    """The words without so many of them, the most doubtful first; at least half remain, and not only short ones."""
    if 2 * left_out > len(words):
        return []
    ways = sorted(combinations(range(len(words)), left_out), key=lambda way: [doubtful[place] for place in way])
    shorter = [tuple([word for place, word in enumerate(words) if place not in way]) for way in ways]
    return [some for some in shorter if any(map(_worth, some))]


def _worth(word: str) -> bool:
    """Whether it is a word that somebody may spell wrong."""
    return MIN_WORD_LETTERS <= len(word) <= MAX_WORD_LETTERS and not word.isdecimal()


def _joined(start: Reading, further: Reading) -> Reading:
    return Reading(start.edits + further.edits, start.rarity + further.rarity, start.words + further.words)
