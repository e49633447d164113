"""An import by another process, while the shop is open: pages, topics and search hear of it, and the shop sells on."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from server.commands.import_ import batches
from shop.imports.read import read
from storage import catalogue, imports, listing
from storage.database import opened
from storage.imports import Batch
from storage.listing import Shelf
from tests.house import House, until
from tests.proof.listener import listening
from tests.shop.merchant_files import JACKET, SOAP, shopify

RUN = Path(__file__).parents[2] / "run.py"
TIMEOUT_SECONDS = 40


async def bring(house: House, content: bytes, *, take_stock: bool = False) -> None:
    """Imports as another process would: with a Database of its own on the same file."""
    async with opened(house.where) as db:
        for some in batches(read(content, "EUR").drafts):
            await db.write(imports.put, Batch(some, take_stock, house.clock()))


async def test_what_is_imported_is_on_pages_and_in_suggestions_at_once(house: House):
    async with house.client() as shopper, listening(shopper, "product/rain-jacket") as listener:
        await bring(house, shopify(*JACKET))
        state = await listener.value("product/rain-jacket")
        assert [offer["price"] for offer in state["variants"]] == [7990, 7990]

        async def suggested() -> bool:
            async with shopper.get("/api/v1/suggest", params={"q": "rain jack"}) as response:
                return "rain-jacket" in await response.text()

        await until(suggested)
        async with shopper.get("/p/rain-jacket") as response:
            page = await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert response.status == 200
        assert '<img src="https://pictures.example/jacket.jpg"' in page
        assert "class=photo" in page
        assert "<p>Keeps dry.</p>" in page
        assert "img-src 'self' https:" in policy
        async with shopper.get("/c/jackets") as response:
            assert "Rain jacket" in await response.text()


async def test_a_price_and_a_count_from_a_file_reach_open_pages(house: House):
    await bring(house, shopify(SOAP))
    async with house.client() as shopper:
        product = await house.db.read(catalogue.product, "soap")
        stock_topic = f"stock/{product.variants[0].id}"
        async with listening(shopper, "product/soap", stock_topic) as listener:
            assert await listener.value(stock_topic) == {"plenty": True}
            await bring(house, shopify({**SOAP, "Price": "6.50", "Inventory quantity": "2"}), take_stock=True)
            await listener.becomes(stock_topic, {"left": 2, "held": 0})
            await until(lambda: listener.states["product/soap"][1]["variants"][0]["price"] == 650)


async def test_the_shop_sells_while_a_process_imports(house: House, tmp_path: Path):
    file = tmp_path / "many.csv"
    file.write_bytes(shopify(*({**SOAP, "URL handle": f"soap-{n}", "Title": f"Soap {n}"} for n in range(60))))
    [card] = await house.db.read(listing.page, Shelf(), 1)
    variant = card.variant.id
    async with house.client() as shopper:
        importing = await asyncio.create_subprocess_exec(
            sys.executable, str(RUN), "import", "--data", str(house.data), str(file), stdout=asyncio.subprocess.DEVNULL
        )
        writes = 0
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while importing.returncode is None:
                await take(shopper, variant, 1 + writes % 5 if writes else 0)
                writes += 1
            await importing.wait()
        assert importing.returncode == 0
        assert writes > 0

        async def shown() -> Any:
            async with shopper.get("/p/soap-59") as response:
                return response.status == 200

        await until(shown)
    assert await house.judge() == []


async def take(shopper: Any, variant: str, units: int) -> None:
    """Has so many in the cart: a write of the shop's own."""
    address = "/cart/lines" if units else "/cart"
    body = {"variant": variant, "quantity": str(units or 1)}
    async with shopper.post(address, data=body, allow_redirects=False) as response:
        assert response.status == 303, await response.text()
