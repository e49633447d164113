"""The published schemas against recorded frames, and the example client against the server."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema

from live import protocol, schema
from tests.live.house import ORDERS, QUICK, Opened

DOCS = Path(__file__).resolve().parents[2] / "docs"


async def test_every_recorded_frame_keeps_to_its_schema(opened: Opened) -> None:
    house = await opened(timing=replace(QUICK, ping_seconds=0.2, ping_jitter_seconds=0.0))
    house.shop.put("stock/a", {"left": 5})
    house.shop.happen(ORDERS, 1)
    socket = await house.connect("staff")
    await socket.say(id=2, op="sub", topics={"stock/a": None, "stock/b": None, ORDERS: None})
    await socket.say(id=3, op="suggest", q="sh")
    await socket.say(id=5, op="buy")
    while {"op": "gone", "t": "stock/b"} not in socket.heard:
        await socket.next()
    await socket.say(id=4, op="unsub", topics=["stock/b"])
    while {"op": "ping"} not in socket.heard:
        await socket.next()
    house.hub.publish([house.shop.happen(ORDERS, 2)])
    await socket.next()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.hub.drain(0.0))
        await socket.until_closed()
    kinds = set()
    for frame in socket.heard:
        kind = type_of(frame)
        jsonschema.Draft202012Validator(schema.json_schema(kind)).validate(frame)
        kinds.add(kind)
    assert kinds == {
        protocol.HelloReply, protocol.SubscribeReply, protocol.SuggestReply, protocol.UnsubscribeReply,
        protocol.Refusal, protocol.State, protocol.Feed, protocol.Reset, protocol.Gone, protocol.Ping, protocol.Bye,
    }  # fmt: skip


def type_of(frame: dict[str, Any]) -> type:
    if "op" in frame:
        return getattr(protocol, frame["op"].title())  # type: ignore[no-any-return]
    if "err" in frame:
        return protocol.Refusal
    replies = {1: protocol.HelloReply, 2: protocol.SubscribeReply, 3: protocol.SuggestReply}
    return replies.get(frame["id"], protocol.UnsubscribeReply)


async def test_the_asyncapi_document_is_served_and_whole(opened: Opened) -> None:
    house = await opened()
    async with house.client.get("/asyncapi.json") as response:
        document = await response.json()
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]["live"]["messages"]) == set(document["components"]["messages"])
    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    if isinstance(node, list):
        return [found for value in node for found in references(value)]
    return []


async def test_the_example_client_prints_every_state(opened: Opened) -> None:
    house = await opened()
    house.shop.put("stock/k7Qm", {"left": 3})
    client = await asyncio.create_subprocess_exec(
        sys.executable, DOCS / "example_client.py", str(house.client.make_url("")).rstrip("/"), "k7Qm",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert client.stdout is not None
    async with asyncio.timeout(20):
        assert await client.stdout.readline() == b"stock/k7Qm version 1 {'left': 3}\n"
        house.hub.publish([house.shop.put("stock/k7Qm", {"left": 2})])
        assert await client.stdout.readline() == b"stock/k7Qm version 2 {'left': 2}\n"
        await house.hub.drain(0.0)
        assert await client.stdout.readline() == b"closed with 1012\n"
        assert await client.wait() == 0


def test_the_protocol_page_names_every_message_limit_and_close_code() -> None:
    page = (DOCS / "protocol.md").read_text()
    document = schema.document()
    for message in document["components"]["messages"].values():
        payload = document["components"]["schemas"][message["name"]]
        for op in payload["properties"].get("op", {}).get("enum", ()):
            assert f'"op":"{op}"' in page
    for code in protocol.CloseCode:
        assert f"| {code.value} |" in page
    for error in protocol.BadFrame.__subclasses__():
        assert f"`{error.code}`" in page
    for limit in (protocol.MAX_FRAME_BYTES, protocol.MAX_TOPICS, protocol.MAX_QUERY_CHARACTERS):
        assert f"{limit:,}".replace(",", " ") in page
