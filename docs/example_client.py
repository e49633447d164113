"""Watches one variant's stock: python docs/example_client.py http://localhost:8080 k7Qm"""

import asyncio
import json
import sys

from aiohttp import ClientSession, WSMsgType


async def watch(shop: str, variant: str) -> None:
    """Print every state of a variant's stock until the server says goodbye."""
    topic = f"stock/{variant}"
    async with ClientSession() as session, session.ws_connect(f"{shop}/live", protocols=("shopwire.v1",)) as ws:
        await ws.send_str(json.dumps({"id": 1, "op": "hello", "client": "example/1"}))
        await ws.send_str(json.dumps({"id": 2, "op": "sub", "topics": {topic: None}}))
        async for frame in ws:
            if frame.type is not WSMsgType.TEXT:
                break
            message = json.loads(frame.data)
            if message.get("op") == "state":
                print(topic, "version", message["v"], message["d"], flush=True)
            elif message.get("op") == "ping":
                await ws.send_str('{"op":"pong"}')
            elif "err" in message:
                print(message["err"]["detail"], file=sys.stderr)
        print("closed with", ws.close_code, flush=True)


if __name__ == "__main__":
    asyncio.run(watch(sys.argv[1], sys.argv[2]))
