"""What the sandbox bank is told when it starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


def utc_now() -> datetime:
    """The real clock, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """`fast` multiplies the bank's own delays (slow card, dispute, late news, retries): 0.01 makes 20 s into 200 ms.

    `public_url` is how browsers reach the bank, without a slash at the end. An empty `webhook_url` sends no news. The
    three tricks make the news awkward: each event twice, all of it late by so many seconds, or out of order.
    """

    database: Path
    api_key: str = field(repr=False)
    webhook_url: str
    webhook_secret: str = field(repr=False)
    public_url: str = "http://127.0.0.1:8081"
    merchant: str = "Marl"
    fast: float = 1.0
    clock: Callable[[], datetime] = utc_now
    webhook_twice: bool = False
    webhook_delay_seconds: float = 0.0
    webhook_shuffle: bool = False
