"""One shopper: their doors, their page's socket, and the habits that the run's plan gives them."""

import asyncio
import random

import aiohttp
from msgspec import Struct

from bench.client import socket
from bench.client.http import Doors
from bench.client.plan import Plan
from bench.client.pushes import Pushes
from bench.client.record import Record, now


class Shown(Struct, frozen=True):
    """A product as a shopper finds it in a list."""

    slug: str
    name: str
    category: str


class Crowd:
    """What all shoppers of a run share. `closing` is when nobody begins anything new, by the client's clock."""

    def __init__(self, plan: Plan, tasks: asyncio.TaskGroup, connector: aiohttp.BaseConnector) -> None:
        self.plan = plan
        self.tasks = tasks
        self.connector = connector
        self.record = Record()
        self.pushes = Pushes(self.record)
        self.shelf: list[Shown] = []
        self.closing = now() + plan.seconds

    @property
    def closed(self) -> bool:
        return now() >= self.closing


class Shopper:
    """Somebody in the crowd. After every `arrive` they are another guest to the shop."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd = crowd
        self.plan = crowd.plan
        self.record = crowd.record
        self.random = random.Random(number)
        self.number = number
        self.doors = Doors(crowd.plan.url, crowd.plan.token, crowd.record, crowd.connector)
        self.page: socket.Socket | None = None

    @property
    def live(self) -> socket.Socket:
        """The open page's socket."""
        assert self.page is not None  # noqa: S101  opened by arrive
        return self.page

    @property
    def email(self) -> str:
        return f"shopper-{self.number}@example.com"

    async def arrive(self) -> None:
        """Comes in as a new guest and opens a page."""
        await self.leave()
        self.doors.forget()
        await self.reopen()

    async def reopen(self) -> None:
        """Opens the page's socket anew, as the shop's pages do when the session changed, with the topics it had."""
        watched = list(self.page.states) if self.page is not None else []
        await self.leave()
        self.page = await socket.opened(self.doors, self.crowd.tasks, self.record, self.crowd.pushes.heard)
        await self.page.subscribe(watched)

    async def leave(self) -> None:
        """Closes the page."""
        if self.page is not None:
            page, self.page = self.page, None
            await page.close()

    async def pause(self) -> None:
        """Looks at what is there for a moment; once the shop closes, nobody lingers."""
        if not self.crowd.closed:
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * self.plan.pause_seconds)

    def chance(self, share: float) -> bool:
        return self.random.random() < share
