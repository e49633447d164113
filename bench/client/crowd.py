"""A run: the crowd comes in, shops until the shop closes, holds still, and is compared with the truth."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp

from bench.client import actions, clerk, flash_sale, steps, truth
from bench.client.paying import pay
from bench.client.plan import Plan
from bench.client.record import Record, Unexpected, now
from bench.client.shopper import Crowd, Shopper

RAMP_SHARE = 0.1
"""The part of a run in which shoppers come in one after the other."""
MAX_RAMP_SECONDS = 5.0
RECOVER_SECONDS = 0.5

Show = Callable[[Record], Coroutine[Any, Any, None]]
"""Shows the run's progress until it is cancelled."""


class Result:
    """What a run wrote down, and the topics that were stale at its end."""

    def __init__(self, record: Record, stale: list[str]) -> None:
        self.record = record
        self.stale = stale


async def run(plan: Plan, show: Show) -> Result:
    """Sends the crowd; raises Unexpected when the shop can't be entered at all."""
    refusal: Unexpected | None = None
    stale: list[str] = []
    async with aiohttp.TCPConnector(limit=0, ttl_dns_cache=None) as connector, asyncio.TaskGroup() as tasks:
        crowd = Crowd(plan, tasks, connector)
        shoppers = [Shopper(crowd, number) for number in range(plan.shoppers)]
        showing = tasks.create_task(show(crowd.record))
        try:
            crowd.shelf = await actions.read_shelf(shoppers[0])
            await _shop(crowd, shoppers)
            crowd.record.ended = now()
            stale = await truth.stale(crowd, shoppers)
        except Unexpected as fault:  # a group would wrap it
            refusal = fault
        finally:
            showing.cancel()
            for shopper in shoppers:
                await shopper.leave()
                await shopper.doors.close()
    if refusal is not None:
        raise refusal
    return Result(crowd.record, stale)


async def _shop(crowd: Crowd, shoppers: list[Shopper]) -> None:
    """Everybody's visits, until the shop has closed and the last ones have finished."""
    crowd.record.started = now()
    crowd.closing = now() + crowd.plan.seconds
    async with asyncio.TaskGroup() as visits:
        if crowd.plan.sale is not None:
            visits.create_task(flash_sale.hold(shoppers, crowd.plan.sale))
            return
        for place, shopper in enumerate(shoppers):
            visits.create_task(_visits(shopper, place / len(shoppers)))
        if crowd.plan.clerk is not None:
            visits.create_task(clerk.work(crowd, crowd.plan.clerk))


async def _visits(shopper: Shopper, place: float) -> None:
    """One visit after another. The page of the last one stays open, for the comparison at the end."""
    await asyncio.sleep(place * min(MAX_RAMP_SECONDS, shopper.plan.seconds * RAMP_SHARE))
    while not shopper.crowd.closed:
        try:
            await _visit(shopper)
        except Unexpected as fault:
            shopper.record.fault(str(fault))
            await asyncio.sleep(RECOVER_SECONDS)


async def _visit(shopper: Shopper) -> None:
    shopper.record.action("visit")
    await shopper.arrive()
    shown = await actions.browse(shopper)
    variants = await actions.look(shopper, shown.slug)
    await shopper.pause()
    if not shopper.chance(shopper.plan.buy_share):
        return
    there = actions.on_shelf(shopper, variants)
    if not there:
        shopper.record.action("left: sold out on the page")
        return
    by_form = shopper.chance(shopper.plan.form_share)
    wanted = [shopper.random.choice(there)]
    if not await actions.fill(shopper, wanted[0], shopper.random.choice((1, 1, 1, 2)), by_form=by_form):
        return
    await shopper.doors.shop(steps.PAGE, "GET", "/cart")
    await shopper.pause()
    number = await actions.check_out(shopper, wanted, by_form=by_form)
    if number is None:
        return
    if shopper.chance(shopper.plan.abandon_share):
        shopper.record.action("left: never paid")
        return
    await pay(shopper, number, wanted, by_form=by_form)
