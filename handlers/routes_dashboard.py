"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers import pictures
from handlers.dashboard import orders, product, products, today

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
    web.post("/dashboard/pictures", pictures.upload),
]
