"""The shop as it stands now, in one place: what this process was started with, and what the merchant has set.

Doors and templates read it at the moment they need it and keep none of it, so a change shows on the very next page of every
process. It is never written to but by `take`: at the start, and by whoever listens to the outbox.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import structs

from shop.about import Link
from shop.events import Recorded, ShopfrontChanged
from shop.shopfront import Details, Logo, Standing
from shop.terms import Terms


class Shopfront:
    """What doors know of the shop. `fixed` are settings that the process was started with, by name: they win."""

    def __init__(
        self,
        *,
        public_url: str,
        production: bool = False,
        session_days: int = 30,
        metrics_token: str = "",
        fixed: Mapping[str, str | int] | None = None,
    ) -> None:
        self.public_url = public_url
        self.production = production
        self.session_days = session_days
        self.metrics_token = metrics_token
        self.fixed = dict(fixed or {})
        self.standing = Standing()
        self.details = Details()
        self.take(self.standing)

    def take(self, standing: Standing) -> None:
        """From now on this is how the shop stands."""
        self.standing = standing
        self.details = structs.replace(standing.details, **self.fixed)
        self.terms = Terms(standing.delivery, standing.taxes, standing.currency)

    def hear(self, recorded: Sequence[Recorded]) -> None:
        """Takes up what the outbox says of the settings, whichever process changed them."""
        for _, event in recorded:
            if isinstance(event, ShopfrontChanged) and event.standing.version > self.standing.version:
                self.take(event.standing)

    @property
    def version(self) -> int:
        """Changes whenever anything of the shop does; what was made of it before is out of date then."""
        return self.standing.version

    @property
    def name(self) -> str:
        return self.details.name

    @property
    def headline(self) -> str:
        return self.details.headline

    @property
    def line(self) -> str:
        return self.details.line

    @property
    def currency(self) -> str:
        return self.standing.currency

    @property
    def locale(self) -> str:
        return self.details.locale

    @property
    def timezone(self) -> str:
        return self.details.timezone

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.details.timezone)

    @property
    def hold_minutes(self) -> int:
        return self.details.hold_minutes

    @property
    def contact(self) -> str:
        return self.details.contact

    @property
    def colophon(self) -> str:
        return self.details.colophon

    @property
    def sample(self) -> bool:
        """Whether pages say that nothing is for sale; a shop in production never does."""
        return self.details.sample_note and not self.production

    @property
    def logo(self) -> Logo | None:
        return self.details.logo

    @property
    def logo_dark(self) -> Logo | None:
        return self.details.logo_dark

    @property
    def pages(self) -> tuple[Link, ...]:
        """The pages about the shop that can be read. A real shop shows no starting text that nobody has read and saved."""
        return tuple(link for link in self.standing.pages if not (link.starting and self.production))

    def page(self, slug: str) -> Link | None:
        """The link of a page that can be read, or None."""
        return next((link for link in self.pages if link.slug == slug), None)

    @property
    def sender(self) -> tuple[str, str]:
        """Who mails come from: a name and an address."""
        host = self.public_url.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]
        return self.details.sender_name or self.name, self.details.sender_address or f"orders@{host}"

    @property
    def secure(self) -> bool:
        """Whether shoppers come by https, so that cookies can be kept to it."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """The shop's own origin, as browsers send it."""
        return "/".join(self.public_url.split("/", 3)[:3])


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)
