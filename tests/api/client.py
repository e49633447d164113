"""A client of the API that holds every answer against /openapi.json."""

import re
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from jsonschema import Draft202012Validator, FormatChecker

from handlers.routes_api import DESCRIBED

ROOT = "/api/v1"


class Contract:
    """What /openapi.json promises."""

    def __init__(self, described: bytes = DESCRIBED) -> None:
        self.document: dict[str, Any] = orjson.loads(described)
        self._patterns = [
            (re.compile(re.sub(r"{\w+}", "[^/]+", path)), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, known in self._patterns:
            if pattern.fullmatch(path):
                found: dict[str, Any] | None = self.document["paths"][known].get(method.lower())
                return found
        return None

    def check(self, method: str, path: str, answer: "Answer") -> None:
        """Fails unless this answer of a known operation is promised: its status, its type and its body."""
        operation = self.operation(method, path)
        if operation is None:
            return
        promised = operation["responses"].get(str(answer.status))
        assert promised is not None, f"{method} {path} answers {answer.status}: {answer.body}"
        if "content" not in promised:
            assert answer.body is None
            return
        schema = promised["content"][answer.content_type]["schema"]
        self.validate(schema, answer.body)

    def validate(self, schema: dict[str, Any], value: Any) -> None:
        whole = schema | {"components": self.document["components"]}
        Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


@dataclass
class Answer:
    """Status, headers and decoded body; indexing reads the body."""

    status: int
    content_type: str
    headers: Any
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def code(self) -> str:
        """The refusal's code; "" for a success."""
        return str(self.body["code"]) if self.content_type == "application/problem+json" else ""


class Api:
    """Somebody who uses the API, with a cookie jar of their own."""

    def __init__(self, session: aiohttp.ClientSession, contract: Contract) -> None:
        self.session = session
        self._contract = contract

    async def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", token: str = "", **more: Any
    ) -> Answer:
        """The answer, checked against the contract. `path` is under /api/v1; `more` goes to aiohttp."""
        headers = more.pop("headers", {})
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            more["json"] = body
        async with self.session.request(method, ROOT + path, headers=headers, **more) as response:
            raw = await response.read()
            found = Answer(response.status, response.content_type, response.headers, orjson.loads(raw) if raw else None)
            self._contract.check(method, response.url.path, found)
            return found

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return await self.ask("POST", path, body, **more)

    async def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        return await self.ask("PUT", path, body, **more)

    async def delete(self, path: str, **more: Any) -> Answer:
        return await self.ask("DELETE", path, **more)

    async def variant(self, slug: str = "harbour-mug", place: int = 0) -> dict[str, Any]:
        """A variant of a product, as its page shows it."""
        found: dict[str, Any] = (await self.get(f"/products/{slug}"))["variants"][place]
        return found

    async def fill(self, quantity: int = 1, slug: str = "harbour-mug") -> str:
        """Puts units of a product's first variant into the cart; answers the variant's id."""
        variant = str((await self.variant(slug))["id"])
        added = await self.post("/cart/lines", {"variant": variant, "quantity": quantity})
        assert added.status == 200
        return variant
