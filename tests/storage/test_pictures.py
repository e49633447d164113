"""Pictures in the books: one row for one file, whoever sends it and however often."""

import asyncio

from sqlalchemy import Connection, func, select

from shop.pictures import SHARE_SIZE, SIZES, Picture, PictureFile, digest_of
from storage import pictures
from storage.database import Database
from storage.picture_tables import PictureFile as FileRow
from tests.storage.books import AT

FILES = tuple(PictureFile(size, "image/webp", f"pixels {size}".encode() + b"\0\xff") for size in (*SIZES, SHARE_SIZE))
PICTURE = Picture(digest_of(b"a file"), 1120, 700, FILES)


def count(tx: Connection) -> int:
    return tx.execute(select(func.count()).select_from(FileRow)).scalar_one()


async def test_a_picture_is_served_in_its_sizes_and_in_no_other(either: Database):
    assert await either.write(pictures.keep, PICTURE, AT) == f"picture:{PICTURE.digest}"
    for file in FILES:
        assert await either.read(pictures.file, PICTURE.digest, file.size) == file
    assert await either.read(pictures.file, PICTURE.digest, 113) is None
    assert await either.read(pictures.file, digest_of(b"another"), 112) is None


async def test_the_same_file_sent_by_many_at_once_is_kept_once(either: Database):
    sent = [either.write(pictures.keep, PICTURE, AT) for _ in range(12)]
    assert set(await asyncio.gather(*sent)) == {PICTURE.image}
    assert await either.read(count) == len(FILES)


async def test_an_address_that_was_fetched_is_known_from_then_on(either: Database):
    address = "https://pictures.example/mug.jpg"
    assert await either.read(pictures.sources, [address]) == {}
    for _ in range(2):
        await either.write(pictures.keep_fetched, PICTURE, address, AT)
    assert await either.read(pictures.sources, [address, "https://other.example/"]) == {address: PICTURE.image}
