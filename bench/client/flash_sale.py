"""A flash sale: everybody has the same product in the cart, and all check out at the same moment."""

import asyncio

from bench.client import actions
from bench.client.paying import pay
from bench.client.plan import Sale
from bench.client.record import Unexpected
from bench.client.shopper import Shopper

READY_SECONDS = 60.0
AT_ONCE = 50
"""How many fill their carts, or pay, at the same time; the checkouts all come at once."""


class Gate:
    """Opens once so many have come, or when `open` is called."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._opened = asyncio.Event()

    async def wait(self) -> None:
        self._expected -= 1
        if self._expected <= 0:
            self._opened.set()
        await self._opened.wait()

    def open(self) -> None:
        self._opened.set()


async def hold(shoppers: list[Shopper], sale: Sale) -> None:
    """Gets everybody ready, opens the gate, and lets those who were in time pay."""
    door, gate = asyncio.Semaphore(AT_ONCE), Gate(len(shoppers) + 1)
    async with asyncio.TaskGroup() as tasks:
        for shopper in shoppers:
            tasks.create_task(_buy(shopper, sale, door, gate))
        try:
            async with asyncio.timeout(READY_SECONDS):
                await gate.wait()
        except TimeoutError:
            shoppers[0].record.fault(f"flash sale: not everybody was ready within {READY_SECONDS:.0f} s")
            gate.open()


async def _buy(shopper: Shopper, sale: Sale, door: asyncio.Semaphore, gate: Gate) -> None:
    filled = False
    try:
        async with door:
            filled = await _fill(shopper, sale)
    except Unexpected as fault:
        shopper.record.fault(str(fault))
    await gate.wait()
    try:
        number = await actions.check_out(shopper, [sale.variant]) if filled else None
        if number is not None:
            async with door:
                await pay(shopper, number, [sale.variant])
    except Unexpected as fault:
        shopper.record.fault(str(fault))


async def _fill(shopper: Shopper, sale: Sale) -> bool:
    shopper.record.action("visit")
    await shopper.arrive()
    await actions.look(shopper, sale.product)
    return await actions.fill(shopper, sale.variant, 1)
