"""Some of the crash points that `python -m tests.proof.crashes` tries: nothing is lost, and a shop that lies is found out."""

import os
import secrets
from pathlib import Path

import pytest

from tests.proof import strace
from tests.proof.crashes import EARLY, spread, staged, writes

SHOPPING_POINTS, OPENING_POINTS = 8, 4
CONTROL_STEP = 12
"""Less than the writes of one order's commit, so one of these kills must fall into it."""


@pytest.fixture(autouse=True)
def _with_strace() -> None:
    strace.needed()


@pytest.mark.timeout(300)
async def test_killed_at_any_write_the_checkout_loses_and_doubles_nothing(tmp_path: Path):
    seed = int(os.environ.get("SHOPWIRE_PROOF_SEED", secrets.randbelow(1_000_000)))
    print(f"SHOPWIRE_PROOF_SEED={seed}")
    async with staged(tmp_path / "data") as stage:
        for act, points in ((stage.shopping, SHOPPING_POINTS), (stage.opening, OPENING_POINTS)):
            for write in spread(points, await writes(stage, act, tmp_path), seed):
                await stage.run(act, strace.kills_at(write))
        print(stage.tally)
        assert stage.tally.clean, vars(stage.tally)
        # A run has a few writes more or less than the one that was counted: the last kill may come too late.
        assert stage.tally.killed >= SHOPPING_POINTS + OPENING_POINTS - 2


@pytest.mark.timeout(300)
async def test_a_shop_that_answers_before_it_commits_is_found_out(tmp_path: Path):
    """The negative control: the same harness on a shop with that bug planted in it must name an order as lost."""
    async with staged(tmp_path / "data", EARLY) as stage:
        for write in range(1, await writes(stage, stage.one_sale, tmp_path), CONTROL_STEP):
            await stage.run(stage.one_sale, strace.kills_at(write))
            if stage.tally.lost:
                break
        assert stage.tally.lost, stage.tally
        assert stage.tally.lost <= set(stage.tally.acknowledged)
