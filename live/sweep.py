"""One shared look at all connections: who never said hello, who is silent or stuck, who has overstayed a goodbye."""

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from live.protocol import PING_FRAME, CloseCode

if TYPE_CHECKING:
    from live.connection import Connection
    from live.hub import Hub

CONNECTIONS_PER_TURN: Final = 500

_log = logging.getLogger(__name__)


async def run(hub: "Hub") -> None:
    """Sweep until cancelled."""
    while True:
        await asyncio.sleep(hub.timing.sweep_seconds)
        for done, connection in enumerate(hub.connections(), 1):
            try:
                check(hub, connection, hub.clock())
            except Exception:  # noqa: BLE001 - the edge: one broken socket must not end everybody's heartbeat
                _log.exception("live: a connection could not be checked")
                connection.wire.abort()
            if done % CONNECTIONS_PER_TURN == 0:
                await asyncio.sleep(0)
        hub.forget_ended_sessions(hub.clock() - hub.timing.ended_session_seconds)


def check(hub: "Hub", connection: "Connection", now: float) -> None:
    """Do what is due for one connection at a clock time."""
    timing = hub.timing
    if connection.closing_at is not None:
        if now - connection.closing_at >= timing.close_seconds:
            connection.wire.abort()
    elif connection.wire.closing():
        return
    elif not connection.greeted and now - connection.opened_at >= timing.hello_seconds:
        hub.close(connection, CloseCode.NO_HELLO, "Say hello first")
    elif connection.stalled_seconds(now) >= timing.stall_seconds:
        hub.cut(connection, CloseCode.TOO_SLOW)
    elif now - connection.heard_at >= timing.dead_seconds:
        hub.stats.dead += 1
        connection.wire.abort()
    elif connection.greeted and _quiet_seconds(connection, now) >= connection.ping_after_seconds:
        connection.pinged_at = now
        hub.reply(connection, PING_FRAME)


def _quiet_seconds(connection: "Connection", now: float) -> float:
    """Silence in either direction: the client must hear something in time, and so must we."""
    return now - max(connection.pinged_at, min(connection.heard_at, connection.sent_at))
