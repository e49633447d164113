"""After login a shopper goes on to where they wanted to be, and never to another site."""

import pytest

from handlers.account import local


@pytest.mark.parametrize("address", ["/", "/cart", "/orders/K7QM2X4D?payment=1", "/search?q=a&b=%2F%2F"])
def test_a_path_in_the_shop_is_gone_to(address):
    assert local(address, "/account") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "cart",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/" + "a" * 600,
    ],
)
def test_anything_else_is_not(address):
    assert local(address, "/account") == "/account"
