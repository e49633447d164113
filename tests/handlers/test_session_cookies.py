"""Which secret a request brings: out of whatever else stands in its Cookie header, or none."""

import pytest
from aiohttp.test_utils import make_mocked_request

from handlers.sessions import MAX_SECRET_LENGTH, secret_of


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("session=abc-_1", "abc-_1"),
        ("theme=dark; session=abc; other=1", "abc"),
        ("theme=dark;session=abc", "abc"),
        ("  session = abc ", "abc"),
        ("session=first; session=last", "last"),
        ("session=a=b", "a=b"),
        ('theme="a; b"; session=abc', "abc"),
        ("xsession=abc; session-x=abc", None),
        ("session", None),
        ("session=", None),
        (";;;=;", None),
        ("", None),
        ("session=" + "x" * (MAX_SECRET_LENGTH + 1), None),
        ("session=ünknown", None),
    ],
)
def test_the_secret_of_a_cookie_header(header: str, secret: str | None) -> None:
    assert secret_of(make_mocked_request("GET", "/", headers={"Cookie": header}), "session") == secret


def test_a_bearer_token_comes_before_a_cookie() -> None:
    headers = {"Cookie": "session=abc", "Authorization": "Bearer def"}
    assert secret_of(make_mocked_request("GET", "/", headers=headers), "session") == "def"
