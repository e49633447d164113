"""A shop that sells by Stripe, for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser, context, page
from tests.stripe.stage import Stage, shop_with_stripe

__all__ = ["browser", "context", "page"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with shop_with_stripe(tmp_path) as stage:
        yield stage
