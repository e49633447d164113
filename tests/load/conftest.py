"""Load tests look at their report in the browser of the browser tests."""

from tests.browser.conftest import browser, context, page

__all__ = ["browser", "context", "page"]
