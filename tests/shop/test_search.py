"""Search without I/O: how words are read, how hits are ranked, completed and narrowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import search
from shop.search import Hit

any_text = st.text(st.characters(), max_size=200)


def hit(
    name: str,
    number: int = 1,
    *,
    popularity: int = 10,
    available: bool = True,
    choices: str = "",
    maker: str = "Ilse Maan",
) -> Hit:
    place, named = search.place(number, popularity, available), f" {search.fold(name)} "
    slug = name.lower().replace(" ", "-")
    return Hit(place, slug, name, "tea", maker, named, f" {choices}", f"{named}{choices}")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Harbour mug", ("harbour", "mug")),
        ("  HM-RAIN ", ("hm", "rain")),
        ("Café CRÈME", ("cafe", "creme")),
        ("Straße, smørrebrød", ("strasse", "smorrebrod")),
        ("potter's wheel", ("potters", "wheel")),
        ('name:"mug" OR NEAR(a* ^b) - + {x}', ("name", "mug", "or", "near", "a", "b", "x")),
        ("!!!", ()),
        ("", ()),
    ],
)
def test_words_are_letters_and_digits_without_case_and_accents(typed: str, words: tuple[str, ...]) -> None:
    assert search.parse(typed).words == words


def test_a_query_is_cut_to_what_is_looked_at() -> None:
    query = search.parse("word " * 1000)
    assert len(query.text) <= search.MAX_QUERY_CHARACTERS
    assert len(query.words) == search.MAX_WORDS


@given(any_text)
def test_any_text_is_read_and_can_be_written_as_utf8(typed: str) -> None:
    query = search.parse(typed)
    query.text.encode()
    assert all(word.isalnum() for word in query.words)
    assert search.fold(" ".join(query.words)) == " ".join(query.words)


@given(st.integers(0, 2**32 - 1), st.integers(0, 10**12), st.booleans())
def test_a_place_names_its_product(product_id: int, popularity: int, available: bool) -> None:
    assert search.product_at(search.place(product_id, popularity, available)) == product_id


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_more_popular_come_first_and_what_is_sold_out_last(one: int, other: int) -> None:
    first, second = sorted((one, other), reverse=True)
    assert search.bucket(first, True) <= search.bucket(second, True) < search.bucket(first, False)


def test_a_single_sale_seldom_moves_a_product() -> None:
    assert search.bucket(1000, True) == search.bucket(1001, True)


def test_names_come_before_choices_and_choices_before_makers() -> None:
    start = hit("Mug", 1, popularity=1)
    inside = hit("Harbour mug", 2, popularity=5)
    choice = hit("Bowl", 3, popularity=50, choices="mug blue")
    elsewhere = hit("Jug", 4, popularity=500, maker="Mugford")
    assert search.ranked(("mug",), [elsewhere, choice, inside, start]) == [start, inside, choice, elsewhere]


def test_between_equal_matches_whole_words_then_popularity_decide() -> None:
    cupboard, cup, popular = hit("Cupboard", 1, popularity=90), hit("Cup", 2, popularity=1), hit("Cup", 3, popularity=9)
    assert search.ranked(("cup",), [cupboard, cup, popular]) == [popular, cup, cupboard]


def test_what_is_sold_out_ranks_last_however_well_it_matches() -> None:
    gone, there = hit("Mug", 1, popularity=99, available=False), hit("Plate", 2, popularity=0, maker="Mugford")
    assert search.ranked(("mug",), [gone, there]) == [there, gone]


def test_completions_finish_the_last_word_the_commonest_first() -> None:
    hits = [hit("Page lamp"), hit("Tall lamp"), hit("Lambswool throw")]
    assert search.completions(("lam",), hits) == [("lamp",), ("lambswool",)]
    assert search.completions(("page", "la"), hits[:1]) == [("page", "lamp")]


def test_a_finished_word_is_completed_with_choices() -> None:
    assert search.completions(("mug",), [hit("Harbour mug", choices="oat rain")]) == [("mug", "oat"), ("mug", "rain")]
    assert search.completions((), [hit("Harbour mug")]) == []


def test_only_the_most_popular_hits_are_weighed_by_match() -> None:
    other, named = hit("Jug", 1, maker="Mug"), hit("Mug", 2)
    assert search.in_order(("mug",), [other, named], 2) == [named, other]
    assert search.in_order(("mug",), [other, named], 1) == [other, named]
