"""The browser and the server say the same of every stock level."""

import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from shop.stock import Level, Public, public, say

STOCK_JS = Path(__file__).parents[2] / "static" / "js" / "stock.js"

SCRIPT = """
const { say, free } = await import(process.argv[1]);
let text = "";
for await (const part of process.stdin) text += part;
const told = JSON.parse(text).map((seen) => ({ ...say(seen), free: Math.min(free(seen), 1000) }));
process.stdout.write(JSON.stringify(told));
"""


@pytest.fixture(scope="module")
def node():
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed, so the words of static/js/stock.js can't be compared.")
    return found


def told_in_the_browser(node, levels):
    run = subprocess.run(
        [node, "--input-type=module", "--eval", SCRIPT, STOCK_JS.as_uri()],
        input=msgspec.json.encode(levels),
        capture_output=True,
        check=True,
        timeout=30,
    )
    return json.loads(run.stdout)


def test_the_browser_says_of_every_level_what_the_server_says(node):
    levels = [public(Level(on_hand, held)) for on_hand in range(15) for held in range(on_hand + 1)]
    levels += [Public(left=left, held=held) for left in range(9) for held in range(9)]
    levels += [public(Level(on_hand, held, backorder=True)) for on_hand in range(-3, 9) for held in range(4)]

    told = told_in_the_browser(node, levels)

    for seen, words in zip(levels, told, strict=True):
        said = say(seen)
        assert (words["state"], words["word"], words["sentence"]) == (said.state, said.word, said.sentence), seen
        assert tuple(words["pips"]) == said.pips, seen


def test_the_browser_knows_how_many_can_be_bought(node):
    levels = [Public(plenty=True), Public(left=3, held=1), Public(left=0, held=2), Public(left=0, held=0)]

    assert [words["free"] for words in told_in_the_browser(node, levels)] == [1000, 3, 0, 0]
