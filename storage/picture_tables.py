"""The tables of pictures: their bytes, where fetched ones came from, and which a product shows."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base

__all__ = ["Base", "Picture", "PictureFile", "PictureSource", "ProductPicture"]


class Picture(Base):
    """An uploaded or fetched picture, named by the digest of the file that it came in."""

    __tablename__ = "pictures"
    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(index=True)


class PictureFile(Base):
    """One size of a picture, as it is sent; size 0 is the JPEG for sharing."""

    __tablename__ = "picture_files"
    digest: Mapped[str] = mapped_column(ForeignKey("pictures.digest"), primary_key=True)
    size: Mapped[int] = mapped_column(Integer, primary_key=True)
    content_type: Mapped[str]
    body: Mapped[bytes]


class PictureSource(Base):
    """The address that a picture was fetched from, so that it isn't fetched again."""

    __tablename__ = "picture_sources"
    address: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("pictures.digest"))


class ProductPicture(Base):
    """A picture that a product shows on its page, in its place, with what it shows in words."""

    __tablename__ = "product_pictures"
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True)
    image: Mapped[str]
    alt: Mapped[str]
