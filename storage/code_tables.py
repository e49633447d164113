"""The tables of promotion codes: what each is, who used it for which order, and who of the staff changed it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from storage.column_types import Serial
from storage.tables import NONE, Base

__all__ = ["Base", "Code", "CodeChange", "CodeUse"]


class Code(Base):
    """A code. The constraints are the last line of defence; verbs decide before they write."""

    __tablename__ = "codes"
    __table_args__ = (
        CheckConstraint("used >= 0 AND (max_uses IS NULL OR used <= max_uses)", name="used"),
        CheckConstraint("value >= 0 AND minimum >= 0", name="amounts"),
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    value: Mapped[int]
    delivery: Mapped[bool] = mapped_column(server_default=false())
    minimum: Mapped[int] = mapped_column(server_default=NONE)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    max_each: Mapped[int | None]
    """How often one customer can use it."""
    active: Mapped[bool] = mapped_column(server_default=true())
    used: Mapped[int] = mapped_column(server_default=NONE)
    """The uses that stand; counted again by the judge."""
    edition: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)


class CodeUse(Base):
    """A code that was redeemed with an order; one whose order ended unpaid was given back, and does not count."""

    __tablename__ = "code_uses"
    __table_args__ = (Index(None, "code", "email"), Index(None, "code", "customer_id"))
    order_number: Mapped[str] = mapped_column(ForeignKey("orders.number"), primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("codes.code"))
    customer_id: Mapped[str | None] = mapped_column(String(16))
    email: Mapped[str]
    at: Mapped[datetime]
    max_each: Mapped[int | None]
    """How often one customer could use it by then, so that a limit that is lowered later makes no old use wrong."""
    given_back_at: Mapped[datetime | None]


class CodeChange(Base):
    """What staff changed of a code, in the order it happened."""

    __tablename__ = "code_changes"
    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("codes.code"), index=True)
    actor: Mapped[str]
    at: Mapped[datetime]
    change: Mapped[bytes]
    """JSON: its terms before (null when it was made) and after."""
