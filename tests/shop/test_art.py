"""The sample shop's drawings: small, well formed, safe side by side on one page, and the same as the files served."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from shop import art
from shop.art.colour import COLOURS, hexed

FOLDER = Path(__file__).parents[2] / "static" / "art"
DRAWN = art.every()


def test_every_file_is_what_the_code_draws() -> None:
    served = {path.name: path.read_text() for path in FOLDER.glob("*.svg")}
    assert served == DRAWN


def test_every_form_comes_in_two_to_five_known_colours() -> None:
    for name, form in art.FORMS.items():
        assert 2 <= len(form.colours) <= 5, name
        assert len(set(form.colours)) == len(form.colours), name
        assert set(form.colours) <= COLOURS.keys(), name


def test_there_are_enough_forms_for_a_shop() -> None:
    assert len(art.FORMS) >= 60


@pytest.mark.parametrize("file", DRAWN)
def test_a_drawing_is_small_and_names_itself(file: str) -> None:
    text = DRAWN[file]
    assert len(text.encode()) <= art.MAX_BYTES
    root = ET.fromstring(text)  # noqa: S314  (our own text)
    title = next(iter(root))
    assert title.tag.endswith("title")
    assert title.text
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("viewBox") == "20 18 280 280"


@pytest.mark.parametrize("file", DRAWN)
def test_every_reference_inside_a_drawing_leads_somewhere(file: str) -> None:
    text = DRAWN[file]
    ids = set(ids_of(text))
    for part in text.split("url(#")[1:]:
        assert part.split(")")[0] in ids
    for part in text.split('href="#')[1:]:
        assert part.split('"')[0] in ids


def test_all_drawings_can_share_a_page() -> None:
    counted = Counter(found for text in DRAWN.values() for found in ids_of(text))
    assert [found for found, times in counted.items() if times > 1] == []


def test_ids_start_with_form_and_colour() -> None:
    for file, text in DRAWN.items():
        assert all(found.startswith(file.removesuffix(".svg") + "-") for found in ids_of(text))


def test_drawings_need_no_inline_style_or_script() -> None:
    for text in DRAWN.values():
        assert "style=" not in text
        assert "<style" not in text
        assert "<script" not in text


def test_drawing_twice_gives_the_same_text() -> None:
    assert art.draw("mug", "rain") == art.draw("mug", "rain")


def test_an_unknown_form_or_colour_is_refused() -> None:
    with pytest.raises(KeyError):
        art.draw("spaceship", "rain")
    with pytest.raises(KeyError):
        art.draw("mug", "neon")


def test_a_drawing_that_grew_too_large_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(art, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match="more than 100"):
        art.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_writing_removes_drawings_that_no_form_makes(tmp_path: Path) -> None:
    (tmp_path / "spaceship-neon.svg").write_text("<svg/>")
    assert art.write(tmp_path) == len(DRAWN)
    assert {path.name for path in tmp_path.iterdir()} == DRAWN.keys()


def test_colours_are_converted_as_the_oklch_reference_says() -> None:
    assert hexed((1, 0, 0)) == "#ffffff"
    assert hexed((0, 0, 0)) == "#000000"
    assert hexed((0.628, 0.2577, 29.23)) == "#ff0000"


def ids_of(text: str) -> list[str]:
    return [found for element in ET.fromstring(text).iter() if (found := element.get("id"))]  # noqa: S314
