"""Every setting of the shop, read in one place: defaults, then SHOPWIRE_… variables, then the command line.

docs/settings.md lists the same, and a test compares the two.
"""

import importlib.util
import math
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel import Locale, UnknownLocaleError
from msgspec import Struct, field

from server.mail_servers import mail_server
from shop.customers import name_fault
from shop.holds import BANK_MINUTES, MOST_HOLD_MINUTES, Patience
from shop.shopfront import MAX_HOLD_MINUTES, MAX_NAME_LENGTH, hold_fault

PREFIX = "SHOPWIRE_"
MAX_PORT = 65_535
MAX_WORKERS = 64
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
POSTGRESQL_DRIVER = "asyncpg"
LISTS = frozenset({"live_origins", "trusted_proxies", "stripe_webhook_secrets", "bank_tricks"})
MAX_LOAD_TEST = timedelta(hours=24)
MIN_LOAD_TOKEN_LENGTH = 32
LOG_FORMATS = ("text", "json")
SANDBOX, STRIPE = "sandbox", "stripe"
PROVIDERS = (SANDBOX, STRIPE)
BANK_TRICKS = ("twice", "late", "shuffled")
STRIPE_URL = "https://api.stripe.com"
STRIPE_CHECKOUT_URL = "https://checkout.stripe.com"
STRIPE_KEY = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9_]{8,250}")
STRIPE_WEBHOOK_SECRET = re.compile(r"whsec_[\x21-\x7e]{8,250}")
ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
SANDBOX_API_KEY = "sandbox-key"
SANDBOX_WEBHOOK_SECRET = "sandbox-webhook-secret"  # noqa: S105  the sandbox bank moves no money, and production refuses it


class SettingsError(Exception):
    """A setting that can't be used; the message names it and says what would do."""


class Settings(Struct, frozen=True, kw_only=True):
    """The settings. Durations carry their unit in their names."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    data: Path = Path("data")
    database: str = ""
    workers: int = 1
    production: bool = False
    shop_name: str | None = None
    currency: str = "EUR"
    locale: str | None = None
    timezone: str | None = None
    hold_minutes: int | None = None
    bank_minutes: int = BANK_MINUTES
    most_hold_minutes: int = MOST_HOLD_MINUTES
    session_days: int = 30
    provider: str = "sandbox"
    bank_host: str = "127.0.0.1"
    bank_port: int = 8081
    bank_url: str = ""
    bank_api_key: str = SANDBOX_API_KEY
    bank_webhook_secret: str = SANDBOX_WEBHOOK_SECRET
    bank_speed: float = 1.0
    with_bank: bool = True
    bank_tricks: tuple[str, ...] = ()
    stripe_key: str = ""
    stripe_webhook_secrets: tuple[str, ...] = ()
    stripe_url: str = STRIPE_URL
    stripe_checkout_url: str = STRIPE_CHECKOUT_URL
    smtp: str = ""
    live_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    max_sockets: int = 20_000
    max_sockets_per_address: int = 100
    limits_factor: float = 1.0
    metrics_token: str = ""
    load_token: str = ""
    load_in_production: datetime | None = None
    drain_seconds: float = 8.0
    reload_templates: bool = False
    log_level: str = "info"
    log_format: str = field(default="text")

    @property
    def where(self) -> Path | str:
        """The books: a file in the data folder, or the URL of a PostgreSQL database."""
        return self.database or self.data / "shop.db"

    @property
    def shop_url(self) -> str:
        """The address that shoppers use, without a slash at the end; never taken from a request."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def patience(self) -> Patience:
        """How long holds wait for the bank."""
        return Patience(timedelta(minutes=self.bank_minutes), timedelta(minutes=self.most_hold_minutes))

    @property
    def fixed(self) -> dict[str, str | int]:
        """Settings of the shop itself that were given where it runs, by their names on the dashboard: they win there."""
        given = {
            "name": self.shop_name,
            "locale": self.locale,
            "timezone": self.timezone,
            "hold_minutes": self.hold_minutes,
        }
        return {name: value for name, value in given.items() if value is not None}

    @property
    def runs_bank(self) -> bool:
        """Whether `serve` starts the sandbox bank along."""
        return self.with_bank and self.provider == SANDBOX and not self.production

    @property
    def sandbox_url(self) -> str:
        return (self.bank_url or f"http://{self.bank_host}:{self.bank_port}").rstrip("/")


def read(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from the command line's flags (those that were given) over the environment's; raises SettingsError."""
    found: dict[str, Any] = {}
    names = set(Settings.__struct_fields__)
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX):
            if name not in names:
                raise SettingsError(f"{variable} is not a setting. docs/settings.md lists them all.")
            found[name] = _listed(text) if name in LISTS else text
    found |= {name: value for name, value in flags.items() if value is not None}
    found = {name: str(value) if isinstance(value, Path) else value for name, value in found.items()}
    try:
        settings = msgspec.convert(found, type=Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"A setting can't be used: {fault}") from fault
    _check(settings)
    return settings


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _decode(kind: type, value: Any) -> Any:
    """msgspec's hook for types it doesn't know; NotImplementedError is how it wants to hear of any other."""
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)


def _check(settings: Settings) -> None:
    if settings.timezone is not None and not _is_zone(settings.timezone):
        raise SettingsError(f"timezone: {settings.timezone} is not a time zone such as Europe/Brussels.")
    if settings.locale is not None and not _known_locale(settings.locale):
        raise SettingsError(f"locale: {settings.locale} is not a locale such as en or de_AT.")
    if not re.fullmatch("[A-Z]{3}", settings.currency):
        raise SettingsError(f"currency: {settings.currency} is not an ISO 4217 code such as EUR.")
    if settings.database and not settings.database.startswith(("postgresql://", "postgres://")):
        raise SettingsError("database: give a postgresql:// URL, or leave it out for SQLite in the data folder.")
    if settings.database and importlib.util.find_spec(POSTGRESQL_DRIVER) is None:
        way = f"python -m pip install {POSTGRESQL_DRIVER}"
        raise SettingsError(f"database: the driver for PostgreSQL is not installed. {way} brings it.")
    _check_provider(settings)
    if settings.load_in_production is not None and settings.load_in_production.tzinfo is None:
        raise SettingsError("load_in_production: give a time with its zone, such as 2026-11-25T04:00:00Z.")
    _check_mail(settings)
    _check_numbers(settings)
    _check_proxies(settings)
    if settings.log_level.upper() not in LOG_LEVELS or settings.log_format not in LOG_FORMATS:
        raise SettingsError(f"log_level: one of {', '.join(LOG_LEVELS)}; log_format: one of {', '.join(LOG_FORMATS)}.")
    if settings.production:
        _check_production(settings)


def _check_provider(settings: Settings) -> None:
    if settings.provider not in PROVIDERS:
        names = ", ".join(PROVIDERS)
        raise SettingsError(f"provider: there is no payment provider called {settings.provider}; there are: {names}.")
    if unknown := set(settings.bank_tricks) - set(BANK_TRICKS):
        raise SettingsError(f"bank_tricks: {', '.join(sorted(unknown))}: the bank knows {', '.join(BANK_TRICKS)}.")
    if settings.provider == STRIPE:
        _check_stripe(settings)


def _check_mail(settings: Settings) -> None:
    try:
        if settings.smtp:
            mail_server(settings.smtp)
    except ValueError as fault:
        # The URL holds a password, so it is not repeated.
        raise SettingsError("smtp: give smtp://user:password@host:587, or smtps:// with port 465.") from fault


def _known_locale(name: str) -> bool:
    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)  # listing all that there are takes 20 ms of every start
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_numbers(settings: Settings) -> None:
    if settings.hold_minutes is not None and (fault := hold_fault(settings.hold_minutes)):
        raise SettingsError(f"hold_minutes: {fault}")
    if settings.shop_name is not None and (fault := name_fault(settings.shop_name, longest=MAX_NAME_LENGTH)):
        raise SettingsError(f"shop_name: {fault}")
    if not (0 <= settings.port <= MAX_PORT and 0 <= settings.bank_port <= MAX_PORT):
        raise SettingsError(f"port and bank_port: from 0 to {MAX_PORT}.")
    if not 1 <= settings.bank_minutes <= settings.most_hold_minutes <= MAX_HOLD_MINUTES:
        raise SettingsError(
            f"bank_minutes and most_hold_minutes: from 1 to {MAX_HOLD_MINUTES}, and the first not above the second."
        )
    if not 1 <= settings.workers <= MAX_WORKERS:
        raise SettingsError(f"workers: from 1 to {MAX_WORKERS}.")
    if settings.workers > 1 and not settings.database:
        raise SettingsError(
            "workers: SQLite is written by one process. Leave workers out, or give a PostgreSQL database with --database."
        )
    if settings.workers > 1 and sys.platform != "linux":
        raise SettingsError("workers: sharing one address among processes needs Linux. Leave workers out here.")
    if not (settings.session_days >= 1 and 0 < settings.limits_factor < math.inf):
        raise SettingsError("session_days: at least 1; limits_factor: above 0.")


def _check_proxies(settings: Settings) -> None:
    try:
        for text in settings.trusted_proxies:
            ip_network(text)
    except ValueError as fault:
        raise SettingsError(f"trusted_proxies: {fault}. Give addresses or networks such as 10.0.0.0/8.") from fault


def _check_production(settings: Settings) -> None:
    """Refuses to sell for real on what is only good for trying out."""
    if not settings.public_url.startswith("https://"):
        raise SettingsError("production: set SHOPWIRE_PUBLIC_URL to the shop's https:// address.")
    if settings.provider == SANDBOX:
        raise SettingsError("production: the sandbox bank moves no money. Set SHOPWIRE_PROVIDER to stripe.")
    if settings.provider == STRIPE:
        _check_stripe_in_production(settings)
    if settings.load_token:
        _check_load_in_production(settings)


def _check_stripe(settings: Settings) -> None:
    """Never says what it was given: it may be a secret in the wrong place."""
    if not STRIPE_KEY.fullmatch(settings.stripe_key):
        raise SettingsError(
            "stripe_key: set SHOPWIRE_STRIPE_KEY to a secret or restricted key of your Stripe account, which begins with "
            "sk_ or rk_. A publishable key (pk_) can't take payments."
        )
    if not settings.stripe_webhook_secrets:
        raise SettingsError(
            "stripe_webhook_secrets: set SHOPWIRE_STRIPE_WEBHOOK_SECRETS to the signing secret of the webhook endpoint, "
            "which begins with whsec_. While you replace it, give both, separated by a comma."
        )
    if not all(STRIPE_WEBHOOK_SECRET.fullmatch(secret) for secret in settings.stripe_webhook_secrets):
        raise SettingsError(
            "stripe_webhook_secrets: each signing secret begins with whsec_, and a comma is between two."
        )
    for name, url in (("stripe_url", settings.stripe_url), ("stripe_checkout_url", settings.stripe_checkout_url)):
        if not ADDRESS.fullmatch(url):
            raise SettingsError(f"{name}: give an address such as https://pay.shop.example, without a path.")


def _check_stripe_in_production(settings: Settings) -> None:
    if not settings.stripe_key.startswith(("sk_live_", "rk_live_")):
        raise SettingsError("production: SHOPWIRE_STRIPE_KEY is a test key, which moves no money. Set a live one.")
    if settings.stripe_url != STRIPE_URL:
        raise SettingsError(f"production: SHOPWIRE_STRIPE_URL is only for tests. Leave it out; {STRIPE_URL} is right.")
    if not settings.stripe_checkout_url.startswith("https://"):
        raise SettingsError("production: SHOPWIRE_STRIPE_CHECKOUT_URL must be an https:// address.")


def _check_load_in_production(settings: Settings) -> None:
    """A load token opens the books and lifts limits: in production only on purpose, for hours, and not to be guessed."""
    if settings.load_in_production is None:
        raise SettingsError(
            "production: SHOPWIRE_LOAD_TOKEN opens the books to load tests. Leave it out, or say by "
            "SHOPWIRE_LOAD_IN_PRODUCTION until when it is good, such as 2026-11-25T04:00:00Z."
        )
    if settings.load_in_production > datetime.now(UTC) + MAX_LOAD_TEST:
        raise SettingsError(f"load_in_production: at most {MAX_LOAD_TEST // timedelta(hours=1)} hours from now.")
    if len(settings.load_token) < MIN_LOAD_TOKEN_LENGTH:
        raise SettingsError(f"load_token: in production at least {MIN_LOAD_TOKEN_LENGTH} characters.")
