"""The shop as an application: every room wired to the others, from the books to the doors, and taken apart in reverse."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp_session
from aiohttp import web
from msgspec import Struct, json

from handlers import health, live, pages, pictures, viewers
from handlers.answered import Answered
from handlers.assets import Assets
from handlers.callers import TRUSTED_PROXIES, networks
from handlers.edge import ERROR_PAGE, OBSERVE, edge
from handlers.kept import KEPT
from handlers.keys import ASSETS, CLOCK, DB, HERE, LIMITS, PASSWORDS, PATIENCE, PROVIDER, SEARCH, SECRET, SHOP, WAKE
from handlers.limits import LOAD_PASS, Limits, LoadPass
from handlers.passwords import Passwords
from handlers.routes import ROUTES
from handlers.sessions import Bookkept
from handlers.shopfront import Shopfront
from live.hub import Hub
from live.timing import Timing
from server import figures as retold
from server import interpreter, logs, tasks
from server.announce import Announcer, to_hub
from server.cart_prices import CartPrices
from server.leading import once_a_shop
from server.mail import Folder, Mailer
from server.mail_servers import mail_server
from server.messages import Sender, Writer
from server.metrics import Metrics
from server.payments.line import Line
from server.payments.sandbox import SandboxProvider
from server.reconciler import Reconciler
from server.settings import STRIPE, Settings
from server.source import Books
from server.sweeper import Sweeper
from server.workers.colleagues import Colleagues
from shop.days import day_of
from shop.events import FiguresMoved
from shop.payments import Provider
from storage import outbox, shopfront, topics
from storage.database import Database
from storage.peers import Peers
from storage.search import Replica

SEARCH_WAIT_SECONDS = 10.0
"""How long the doors stay shut for search to be ready; then they open, and it gets ready behind them."""

COMMITTED, LOOK = "committed", "look"
"""What processes tell each other: that there are new events, and that a payment is worth asking about."""

STATIC = Path(__file__).parent.parent / "static"

# aiohttp-session looks its things up by these names; as keys of their own they can't clash with anything.
aiohttp_session.SESSION_KEY = web.RequestKey("aiohttp_session", aiohttp_session.Session)  # type: ignore[assignment]
aiohttp_session.STORAGE_KEY = web.RequestKey("aiohttp_session_storage", aiohttp_session.AbstractStorage)  # type: ignore[assignment]

Clock = Callable[[], datetime]


class Engine(Struct):
    """What runs behind the doors, for `serve` and for tests that step it by hand."""

    db: Database
    announcer: Announcer
    reconciler: Reconciler
    sweeper: Sweeper
    ready: bool = True
    peers: Peers | None = None
    """The other processes; None on SQLite, where there are none."""


ENGINE = web.AppKey("engine", Engine)
LINE = web.AppKey("line", Line)
SETTINGS = web.AppKey("settings", Settings)
BACKGROUND = web.AppKey("background", bool)
COLLEAGUES = web.AppKey("colleagues", Colleagues)
POSITION = web.AppKey("position", int)


def utc_now() -> datetime:
    """The time in whole milliseconds, as the books keep it: what is pushed is what another process reads."""
    return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


def build(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    provider: Provider | None = None,
    background: bool = True,
    colleagues: Colleagues | None = None,
) -> web.Application:
    """The shop, on a database that has been migrated. Without `background`, sweeper and reconciler only run by hand."""
    app = web.Application(client_max_size=64 * 1024)
    app[SETTINGS] = settings
    app[BACKGROUND] = background
    app[COLLEAGUES] = colleagues or Colleagues()
    app[CLOCK] = clock
    app[PATIENCE] = settings.patience
    app[SHOP] = _shopfront(settings)
    app[ASSETS] = Assets(STATIC)
    app[TRUSTED_PROXIES] = networks(settings.trusted_proxies)
    app[LOAD_PASS] = LoadPass(settings.load_token, settings.load_in_production, clock)
    app[LIMITS] = Limits(time.monotonic, settings.limits_factor, app[LOAD_PASS], settings.workers)
    app[LINE] = app[PROVIDER] = Line(provider or _provider(settings, clock))
    app[DB] = Database(settings.where)
    app[ERROR_PAGE] = pages.fault
    app.middlewares.append(edge)
    sessions = Bookkept(app[DB], clock, secure=app[SHOP].secure, days=settings.session_days)
    app.middlewares.append(aiohttp_session.session_middleware(sessions))
    pages.setup(app, reload=settings.reload_templates)
    app.add_routes(ROUTES)
    app.cleanup_ctx.extend([_books, _people, _pictures, _bank, _live_books, live.running_hub, _engine])
    return app


def _shopfront(settings: Settings) -> Shopfront:
    return Shopfront(
        public_url=settings.shop_url,
        production=settings.production,
        session_days=settings.session_days,
        metrics_token=settings.metrics_token,
        fixed=settings.fixed,
    )


def _provider(settings: Settings, clock: Clock) -> Provider:
    if settings.provider == STRIPE:
        from server.payments.stripe import StripeProvider  # noqa: PLC0415  its client takes a second to import

        secrets, urls = settings.stripe_webhook_secrets, (settings.stripe_url, settings.stripe_checkout_url)
        return StripeProvider(settings.stripe_key, secrets, clock, api_url=urls[0], checkout_url=urls[1])
    return SandboxProvider(settings.sandbox_url, settings.bank_api_key, settings.bank_webhook_secret, clock)


async def _books(app: web.Application) -> AsyncIterator[None]:
    await app[DB].open()
    app[SECRET] = bytes.fromhex(await app[DB].read(topics.meta, "secret"))
    yield
    await app[DB].close()


async def _people(app: web.Application) -> AsyncIterator[None]:
    app[PASSWORDS] = Passwords()
    yield
    app[PASSWORDS].close()


async def _pictures(app: web.Application) -> AsyncIterator[None]:
    app[pictures.SHOWN] = pictures.Shown()
    app[pictures.DARKROOM] = pictures.Darkroom()
    yield
    app[pictures.DARKROOM].close()


async def _bank(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[PROVIDER].close()


async def _live_books(app: web.Application) -> AsyncIterator[None]:
    """What the live room reads: the books, and the search replica that answers suggestions."""
    settings = app[SETTINGS]
    epoch = await app[DB].read(topics.meta, "epoch")

    def money(amount: int, currency: str) -> str:
        return pages.money(amount, currency, app[SHOP].locale)

    app[live.SOURCE] = Books(app[DB], epoch, app[CLOCK], lambda: app[SHOP].zone, money)
    app[POSITION] = await app[DB].read(outbox.head)
    app[SHOP].take(await app[DB].read(shopfront.read))
    app[SEARCH] = Replica()
    app[live.SUGGEST] = app[SEARCH].suggest
    app[live.VIEWER] = viewers.viewer
    app[live.LIVE_SETTINGS] = live.LiveSettings(
        allowed_origins=frozenset({app[SHOP].origin, *settings.live_origins}),
        max_connections=settings.max_sockets,
        max_connections_per_address=settings.max_sockets_per_address,
        drain_seconds=settings.drain_seconds,
        timing=Timing(),
    )
    yield
    app[SEARCH].close()


def _sender(app: web.Application) -> Sender:
    """Who writes mails right now."""
    shop = app[SHOP]
    return Sender(*shop.sender, shop.contact, shop.public_url, app[SECRET], shop.zone)


def _mail(app: web.Application) -> tuple[Mailer, Callable[[], Coroutine[Any, Any, None]] | None]:
    """Who writes mails, and the task that sends them when there is a mail server; else they lie in the data folder."""
    db, settings = app[DB], app[SETTINGS]
    writer = Writer(db, lambda: _sender(app), app[CLOCK])
    if not settings.smtp:
        return Mailer(db, Folder(db, settings.data / "mail", writer).take), None
    from server.smtp import Post  # noqa: PLC0415  it costs a start that has no mail server

    post = Post(db, mail_server(settings.smtp), writer, app[CLOCK])
    return Mailer(db, post.take), post.run


async def _engine(app: web.Application) -> AsyncIterator[None]:
    """The tasks behind the doors. Everything of the start is frozen out of the garbage collector's way."""
    db, hub, clock = app[DB], app[live.HUB], app[CLOCK]
    source = app[live.SOURCE]
    assert isinstance(source, Books)  # noqa: S101  made in _live_books
    figures, low_stock = retold.figures(source, hub), retold.low_stock(source, hub)
    reconciler = Reconciler(db, app[PROVIDER], clock)
    mailer, post = _mail(app)
    cart_prices = CartPrices(db, source, hub)
    # Pages hear of our own commits at once, and again in their order, when search has heard of them, too.
    db.listen(app[KEPT].hear)
    listeners = [
        app[SHOP].hear,
        app[SEARCH].hear,
        app[KEPT].hear,
        to_hub(hub),
        cart_prices.hear,
        figures.hear,
        low_stock.hear,
        mailer.hear,
    ]
    announcer = Announcer(db, listeners)
    sweeper = Sweeper(db, clock, lambda: app[SHOP].zone, reconciler.wake, app[PATIENCE])
    peers = _peers(app[SETTINGS], announcer, reconciler)
    engine = app[ENGINE] = Engine(db, announcer, reconciler, sweeper, peers=peers)
    colleagues = app[COLLEAGUES]
    metrics = Metrics(db, hub, lambda: announcer.position, colleagues)
    app[WAKE] = reconciler.wake if peers is None else lambda: _wake(reconciler, peers)
    app[HERE] = lambda marks: _here(colleagues, hub, marks)
    colleagues.answer("here", lambda body: json.encode(hub.present(json.decode(body))))

    def observe(answer: Answered) -> None:
        metrics.observe(answer)
        logs.answered(answer)

    app[OBSERVE] = observe
    app[health.METRICS] = metrics.render
    app[health.READY] = lambda: engine.ready and not hub.draining
    await announcer.start(app[POSITION])
    found = asyncio.Event()
    works = {
        "announcer": announcer.run,
        "cart prices": cart_prices.run,
        "figures": figures.run,
        "figures by time": lambda: figures.follow_time(lambda: _figures_moved(app)),
        "low stock": low_stock.run,
        "search": lambda: _search(app[SEARCH], db, found),
    }
    once = {"mail": mailer.run}
    if post is not None:
        once["post"] = post
    if app[BACKGROUND]:
        once |= {"sweeper": sweeper.run, "reconciler": reconciler.run}
        once["outages before"] = lambda: app[LINE].remember(db, reconciler.wake, clock)
        works["line to the provider"] = lambda: app[LINE].run(db, app[WAKE], clock)
    works["once a shop"] = lambda: once_a_shop(once, peers)
    if peers is not None:
        works["peers"] = peers.run
        db.listen(lambda _recorded: peers.tell(COMMITTED))
    interpreter.tune()  # before search is filled, which has a habit of its own and then returns to this one
    async with tasks.running(works):
        with suppress(TimeoutError):
            await asyncio.wait_for(found.wait(), SEARCH_WAIT_SECONDS)
        interpreter.settle()
        yield


def _peers(settings: Settings, announcer: Announcer, reconciler: Reconciler) -> Peers | None:
    """The other processes of a shop on PostgreSQL, and what their words mean here."""
    if isinstance(settings.where, Path):
        return None

    def hear(word: str) -> None:
        if word != LOOK:
            announcer.look()
        if word != COMMITTED:
            reconciler.wake()

    return Peers(settings.where, hear)


def _wake(reconciler: Reconciler, peers: Peers) -> None:
    """Has the process that leads ask the provider now."""
    if peers.leading:
        reconciler.wake()
    else:
        peers.tell(LOOK)


async def _here(colleagues: Colleagues, hub: Hub, marks: Collection[str]) -> frozenset[str]:
    if not marks:
        return frozenset()
    found = set(hub.present(marks))
    for _, answer in await colleagues.ask("here", json.encode(list(marks))):
        found.update(json.decode(answer, type=list[str]))
    return frozenset(found)


async def _figures_moved(app: web.Application) -> None:
    now = app[CLOCK]()
    day = day_of(now, app[SHOP].zone).date
    await app[DB].write(outbox.note, FiguresMoved(day), now)


async def _search(replica: Replica, db: Database, found: asyncio.Event) -> None:
    """Loads the replica, says so, and keeps it. A very large shop opens while it loads."""
    await replica.load(db)
    found.set()
    await replica.follow(db)
