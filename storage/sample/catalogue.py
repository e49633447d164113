"""The whole sample catalogue: its categories in the order of the shop's navigation, and every product in them."""

from storage.sample import bath, desk, green, keeping, kitchen, light, play, table, tea, textiles
from storage.sample.product import SampleCategory, SampleProduct, SampleVariant

__all__ = ["CATEGORIES", "CURRENCY", "PRODUCTS", "SampleCategory", "SampleProduct", "SampleVariant"]

CURRENCY = "EUR"

CATEGORIES: tuple[SampleCategory, ...] = (
    SampleCategory("table", "Table", "What supper stands on, and what it comes in.", "plate-oat"),
    SampleCategory("tea-and-coffee", "Tea and coffee", "Thrown by two potters who drink a lot of it.", "teapot-ink"),
    SampleCategory("kitchen", "Kitchen", "For bread, stews and whatever takes the whole afternoon.", "casserole-rust"),
    SampleCategory("light", "Light", "For reading, for supper, and for doing nothing.", "candle-ochre"),
    SampleCategory("textiles", "Textiles", "Wool and linen from one old loom in Kortrijk.", "cushion-rain"),
    SampleCategory("storage", "Storage", "A place for things, and a clock and a stool beside it.", "basket-rust"),
    SampleCategory("green", "Green", "Pots and vases, some of them already lived in.", "planter-chalk"),
    SampleCategory("bath", "Bath", "What stands by the water and dries on its own.", "pump-rain"),
    SampleCategory("desk", "Desk", "For letters, lists and looking out of the window.", "notebooks-moss"),
    SampleCategory("children", "Children", "Toys that survive being given to the next one.", "boat-rust"),
)

PRODUCTS: tuple[SampleProduct, ...] = (
    *table.PRODUCTS,
    *tea.PRODUCTS,
    *light.PRODUCTS,
    *textiles.PRODUCTS,
    *keeping.PRODUCTS,
    *green.PRODUCTS,
    *kitchen.PRODUCTS,
    *bath.PRODUCTS,
    *desk.PRODUCTS,
    *play.PRODUCTS,
)
