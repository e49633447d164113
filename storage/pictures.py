"""Pictures in the books: their bytes lie beside what shows them, so one backup holds both and every process serves them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from shop.pictures import PREFIX, SHARE_SIZE, SIZES, Picture, PictureFile
from storage import turns
from storage.picture_tables import Picture as PictureRow
from storage.picture_tables import PictureFile as FileRow
from storage.picture_tables import PictureSource
from storage.statements import many, one, rows, scalar

_KNOWN = select(PictureRow.digest).where(PictureRow.digest == bindparam("digest"))
_KNOWN_OF = select(PictureRow.digest).where(PictureRow.digest.in_(bindparam("digests", expanding=True)))
_FILE = select(FileRow.size, FileRow.content_type, FileRow.body).where(
    FileRow.digest == bindparam("digest"), FileRow.size == bindparam("size")
)
_SIZE = select(PictureRow.width, PictureRow.height).where(PictureRow.digest == bindparam("digest"))
_ADD_PICTURE = insert(PictureRow)
_ADD_FILE = insert(FileRow)
_ADD_SOURCE = insert(PictureSource)
_SOURCES = select(PictureSource.address, PictureSource.digest).where(
    PictureSource.address.in_(bindparam("addresses", expanding=True))
)


def keep(tx: Connection, picture: Picture, at: datetime) -> str:
    """A verb: keeps a picture, unless it is there, and answers what an image that shows it is called ("picture:…")."""
    turns.take(tx)
    if not known(tx, picture.digest):
        row = {"digest": picture.digest, "width": picture.width, "height": picture.height, "added_at": at}
        many(tx, _ADD_PICTURE, [row])
        files = [
            {"digest": picture.digest, "size": file.size, "content_type": file.content_type, "body": file.body}
            for file in picture.files
        ]
        many(tx, _ADD_FILE, files)
    return picture.image


def keep_fetched(tx: Connection, picture: Picture, address: str, at: datetime) -> str:
    """A verb: keeps a picture and the address that it was fetched from."""
    image = keep(tx, picture, at)
    if not sources(tx, [address]):
        many(tx, _ADD_SOURCE, [{"address": address, "digest": picture.digest}])
    return image


def known(tx: Connection, digest: str) -> bool:
    """Whether the picture is in the books."""
    return scalar(tx, _KNOWN, digest=digest) is not None


def known_of(tx: Connection, digests: Collection[str]) -> set[str]:
    """Those of the pictures that are in the books."""
    return {row.digest for row in rows(tx, _KNOWN_OF, digests=list(digests))} if digests else set()


def file(tx: Connection, digest: str, size: int) -> PictureFile | None:
    """One size of a picture (one of SIZES, or SHARE_SIZE), or None when there is none."""
    if size not in SIZES and size != SHARE_SIZE:
        return None
    found = one(tx, _FILE, digest=digest, size=size)
    return None if found is None else PictureFile(found.size, found.content_type, bytes(found.body))


def sources(tx: Connection, addresses: Collection[str]) -> dict[str, str]:
    """The images ("picture:…") of those addresses that were fetched before."""
    if not addresses:
        return {}
    return {row.address: PREFIX + row.digest for row in rows(tx, _SOURCES, addresses=list(addresses))}


def size_of(tx: Connection, digest: str) -> tuple[int, int] | None:
    """Width and height of a picture's largest size, in pixels, or None when it isn't in the books."""
    found = one(tx, _SIZE, digest=digest)
    return None if found is None else (found.width, found.height)
