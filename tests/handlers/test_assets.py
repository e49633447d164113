"""What is sent of static/: squeezed without losing anything, named along with what it imports, and within its budget."""

import gzip
import re
from pathlib import Path

import pytest

from handlers import squeezing
from handlers.assets import Assets

STATIC = Path(__file__).parents[2] / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
SHEETS = sorted((STATIC / "css").glob("*.css"))

SCRIPT = """/**
 * What it is.
 */

import { a } from "./a.js";
import "./b.js";

class A {
  b() {
    /** @type {B | null} */ (this.c)?.focus();
    // Why it is so.
    return "http://example.com/"; // kept
  }

  /** @param {C} c */
  #d = (c) => {};
}
"""
SQUEEZED = """


import { a } from "./a.js";
import "./b.js";

class A {
b() {
(this.c)?.focus();

return "http://example.com/"; // kept
}

#d = (c) => {};
}
"""


def test_a_script_keeps_its_code_and_its_lines() -> None:
    assert squeezing.js(SCRIPT).replace("\n\n#d", "\n#d").split("\n")[:3] == ["", "", ""]
    assert squeezing.js(SCRIPT).count("\n") == SCRIPT.count("\n")
    assert re.sub(r"\n+", "\n", squeezing.js(SCRIPT)) == re.sub(r"\n+", "\n", SQUEEZED)
    assert squeezing.imports(SCRIPT) == ["a.js", "b.js"]


def test_a_stylesheet_keeps_its_rules() -> None:
    sheet = '/* Why */\n@layer a {\n  a b,\n  c::after { content: ""; margin: 0 calc(1px + 2%); }\n}\n'
    assert squeezing.css(sheet) == '@layer a{a b,c::after{content: "";margin: 0 calc(1px + 2%)}}'


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_can_be_squeezed(path: Path) -> None:
    code = squeezing.BLOCK_COMMENT.sub("", path.read_text())
    for line in squeezing.LINE_COMMENT.sub("", code).splitlines():
        assert line.count("`") % 2 == 0, f"a string that spans lines: {line}"
        assert not re.search(r"""["'`][^"'`]*/\*""", line), f"a comment begins in a string: {line}"


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_our_sheets_can_be_squeezed(path: Path) -> None:
    quoted = re.findall(r'"([^"\n]*)"', squeezing.CSS_COMMENT.sub("", path.read_text()))
    assert [text for text in quoted if re.search(r"/\*|[{};,]|\s\s", text)] == []


def test_a_page_names_every_module_that_it_will_need() -> None:
    assets = Assets(STATIC)
    for path in SCRIPTS:
        graph = assets.graph(f"js/{path.name}")
        for name in graph:
            imported = [f"js/{more}" for more in squeezing.imports((STATIC / name).read_text())]
            assert set(imported) <= set(graph)
            assert len(imported) == len(re.findall(r"^import |^} from ", (STATIC / name).read_text(), re.MULTILINE))
    both = str(assets.module("js/shop.js")) + str(assets.module("js/cart-page.js"))
    assert both.count("live.js") == 1


def test_files_are_sent_compressed_as_they_are_counted() -> None:
    assets = Assets(STATIC)
    sent = assets.file("css/front.css", zipped=True)
    assert isinstance(sent.body, bytes)
    assert gzip.decompress(sent.body) == assets.file("css/front.css").body
