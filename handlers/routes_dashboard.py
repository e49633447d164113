"""Every address of the dashboard, in one table."""

from aiohttp import web

from handlers.dashboard import customers, fulfilment, order_list, orders, today

DASHBOARD_ROUTES: list[web.RouteDef] = [
    web.get("/dashboard", today.show),
    web.get("/dashboard/stock", today.stock_list),
    web.post("/dashboard/stock", today.set_stock),
    web.get("/dashboard/orders", order_list.show),
    web.get("/dashboard/orders.csv", order_list.file),
    web.get("/dashboard/orders/{number}", orders.show),
    *(web.post(f"/dashboard/orders/{{number}}/{act}", door) for act, door in fulfilment.FORMS.items()),
    *(web.get(f"/dashboard/orders/{{number}}/{act}", fulfilment.after_refusal) for act in fulfilment.FORMS),
    web.get("/dashboard/customers", customers.show),
]
