"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers import pictures
from handlers.dashboard import categories, orders, product, products, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", today.stock_list),
    web.post("/dashboard/stock", today.set_stock),
    web.get("/dashboard/orders/{number}", orders.show),
    web.get("/dashboard/products", products.show),
    web.get("/dashboard/products/new", product.show_new),
    web.post("/dashboard/products/new", product.create),
    web.get("/dashboard/products/{slug}", product.show),
    web.post("/dashboard/products/{slug}", product.save),
    web.get("/dashboard/products/{slug}/edition", product.edition_of),
    web.get("/dashboard/categories", categories.show),
    web.get("/dashboard/categories/new", categories.edit_new),
    web.post("/dashboard/categories/new", categories.create),
    web.get("/dashboard/categories/{slug}", categories.edit),
    web.post("/dashboard/categories/{slug}", categories.save),
    web.post("/dashboard/pictures", pictures.upload),
]
