"""Uploads of pictures: who may send one, what is refused and how, and how each is served."""

import asyncio
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from handlers import uploads
from shop.pictures import MAX_FILE_BYTES, SIZES, digest_of
from tests.house import House
from tests.photographs import bomb, opened, photograph

RAW = photograph()
DOOR = "/dashboard/pictures"


def form(raw: bytes = RAW, field: str = "picture", name: str = "mug.jpg") -> aiohttp.FormData:
    sent = aiohttp.FormData()
    sent.add_field(field, BytesIO(raw), filename=name, content_type="image/jpeg")
    return sent


async def send(client: aiohttp.ClientSession, sent: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    async with client.post(DOOR, data=sent, headers={"Accept": "application/json"} | headers) as answer:
        return answer.status, await answer.json()


async def test_an_upload_is_served_in_every_size_for_ever(house: House):
    async with house.staff() as clerk, house.client() as shopper:
        status, answer = await send(clerk, form())
        assert (status, answer["image"]) == (201, f"picture:{digest_of(RAW)}")
        for size in SIZES:
            async with shopper.get(answer["sizes"][str(size)]) as got:
                assert got.status == 200
                assert got.headers["Content-Type"] == "image/webp"
                assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"
                assert got.headers["X-Content-Type-Options"] == "nosniff"
                assert got.headers["Content-Disposition"] == "inline"
                assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
                assert "Set-Cookie" not in got.headers
                assert opened(await got.read()).format == "WEBP"
                tag = got.headers["ETag"]
            async with shopper.get(answer["sizes"][str(size)], headers={"If-None-Match": tag}) as again:
                assert (again.status, await again.read()) == (304, b"")
        async with shopper.get(f"/pictures/{digest_of(RAW)}/share.jpg") as got:
            assert (got.headers["Content-Type"], opened(await got.read()).format) == ("image/jpeg", "JPEG")


@pytest.mark.parametrize(
    "path", ["0" * 32 + "/112", digest_of(RAW) + "/113", "..%2f..%2fetc/112", "short/112", "0" * 32 + "/0"]
)
async def test_a_picture_that_is_not_there_is_not_found(house: House, path: str):
    async with house.staff() as clerk:
        await send(clerk, form())
        async with clerk.get(f"/pictures/{path}") as answer:
            assert answer.status == 404


async def test_the_same_file_twice_at_once_is_one_picture(house: House):
    async with house.staff() as clerk:
        answers = await asyncio.gather(*(send(clerk, form()) for _ in range(4)))
    assert {(status, answer["image"]) for status, answer in answers} == {(201, f"picture:{digest_of(RAW)}")}


async def test_nobody_but_staff_sends_pictures(house: House):
    async with house.client() as client:
        assert (await send(client, form()))[0] == 401
        person = {"name": "Noor", "email": "noor@example.com", "password": "a few good words"}
        async with client.post("/api/v1/customers", json=person) as answer:
            assert answer.status == 201
        assert (await send(client, form()))[0] == 403
        async with client.get(f"/pictures/{digest_of(RAW)}/112") as answer:
            assert answer.status == 404


async def test_a_form_on_another_site_sends_no_pictures(house: House):
    async with house.staff() as clerk:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            status, answer = await send(clerk, form(), **headers)
            assert (status, answer["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"PK\x03\x04" + b"\0" * 300, "not a picture"),
        (RAW[:2000], "broken or cut short"),
        (bomb(), "million pixels"),
        (b"<svg/>", "not a picture"),
    ],
)
async def test_what_is_no_picture_is_refused_whatever_it_is_called(house: House, raw: bytes, said: str):
    async with house.staff() as clerk:
        status, answer = await send(clerk, form(raw))
        assert (status, answer["code"]) == (422, "bad_picture")
        assert said in answer["fields"]["picture"]
        async with clerk.get(f"/pictures/{digest_of(raw)}/112") as got:
            assert got.status == 404


async def test_no_more_is_read_than_a_picture_may_have(house: House):
    async def endless() -> Any:
        head = b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
        yield head
        while True:
            yield b"\0" * 65536

    async with house.staff() as clerk:
        status, answer = await send(clerk, form(b"\0" * (MAX_FILE_BYTES + 1)))
        assert (status, answer["code"]) == (413, "too_large")
        assert "12 MB" in answer["detail"]
        status, answer = await send(clerk, form(b"\0" * (uploads.MAX_UPLOAD_BYTES + 1)))
        assert status == 413
        try:
            status, _ = await send(clerk, endless(), **{"Content-Type": "multipart/form-data; boundary=b"})
            assert status == 413
        except aiohttp.ClientConnectionError:
            pass  # the shop hung up while we were still sending


async def test_a_form_that_stops_coming_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploads, "CHUNK_SECONDS", 0.05)
    stop = asyncio.Event()

    async def stalled() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\nhalf'
        await stop.wait()

    async with house.staff() as clerk:
        status, answer = await send(clerk, stalled(), **{"Content-Type": "multipart/form-data; boundary=b"})
        assert (status, answer["code"]) == (400, "malformed_body")
        assert "in time" in answer["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary here",
        b"--b\r\n\r\nno name\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\ncut',
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\xfe\r\n--b--\r\n',
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\nContent-Length: 9\r\n\r\n!\r\n--b--\r\n',
    ],
)
async def test_a_broken_form_is_a_refusal(house: House, body: bytes):
    async with house.staff() as clerk:
        status, answer = await send(clerk, body, **{"Content-Type": "multipart/form-data; boundary=b"})
        assert 400 <= status < 500, answer
        status, _ = await send(clerk, body, **{"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 400


async def test_a_form_that_is_not_packed_as_it_says_is_a_refusal(house: House):
    packing = {"Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": "gzip"}
    async with house.staff() as clerk:
        status, answer = await send(clerk, b"--b\r\n\r\nnot packed at all\r\n--b--\r\n", **packing)
        assert (status, answer["code"]) == (400, "malformed_body")


async def test_every_other_door_still_takes_little(house: House):
    async with house.staff() as clerk, clerk.post("/dashboard/stock", data=b"x=" + b"a" * 70_000) as answer:
        assert answer.status in (400, 413)
