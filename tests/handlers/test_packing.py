"""Gzip put together from parts is what any client unpacks, and goes to whom it may."""

import gzip

import pytest

from handlers.packing import joined, part, takes_gzip

PLAIN = (b"<header>shelf</header>" * 40, b"Noor", b"", b"<main>mug</main>" * 400)


def test_parts_in_any_row_unpack_to_what_they_were_made_from():
    *some, last = PLAIN
    parts = [part(plain) for plain in some]
    for row in (parts, parts[::-1], []):
        assert gzip.decompress(joined(*row, part(last, last=True))) == b"".join([one.plain for one in row]) + last


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.5", "*", "deflate, *;q=0.1"])
def test_gzip_goes_to_whoever_takes_it(accepted: str):
    assert takes_gzip(accepted)


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*, gzip;q=0", "nogzip"])
def test_and_to_nobody_else(accepted: str):
    assert not takes_gzip(accepted)
