"""Every operation of the JSON API in one table. The routes and /openapi.json are both made of it."""

from aiohttp import web

from handlers.api import account, cart, catalogue, checkout, openapi, orders, shapes, staff
from handlers.api.operations import For, Key, Nothing, operation, route
from handlers.paying import PaymentRefused
from shop.checkout import Details
from shop.errors import (
    EmailTaken,
    EmptyCart,
    InvalidFields,
    NotFound,
    PriceChanged,
    ProviderDown,
    SoldOut,
    StaleEdit,
    TooManyRequests,
    WrongCredentials,
    WrongState,
)
from shop.search import Suggestion

OPERATIONS = (
    operation(
        "GET",
        "/products",
        catalogue.list_products,
        shapes.ProductQuery,
        shapes.ProductPage,
        errors=(InvalidFields, TooManyRequests),
    ),
    operation("GET", "/products/{slug}", catalogue.get_product, Nothing, shapes.ProductDetail),
    operation("GET", "/categories", catalogue.list_categories, Nothing, shapes.CategoryList),
    operation("GET", "/suggest", catalogue.suggest, shapes.SuggestQuery, Suggestion, errors=(TooManyRequests,)),
    operation(
        "POST",
        "/customers",
        account.register,
        shapes.NewCustomer,
        shapes.Entered,
        status=201,
        errors=(InvalidFields, EmailTaken, TooManyRequests),
        enters=True,
    ),
    operation("GET", "/session", account.get_session, Nothing, shapes.Session),
    operation(
        "POST",
        "/session",
        account.log_in,
        shapes.Login,
        shapes.Entered,
        status=201,
        errors=(WrongCredentials, TooManyRequests),
        enters=True,
    ),
    operation("DELETE", "/session", account.log_out, Nothing, Nothing, status=204),
    operation("GET", "/me", account.get_me, Nothing, shapes.Person, whom=For.CUSTOMERS),
    operation("GET", "/me/orders", account.list_my_orders, shapes.NewestQuery, shapes.OrderList, whom=For.CUSTOMERS),
    operation("GET", "/cart", cart.get_cart, Nothing, shapes.CartView),
    operation(
        "POST",
        "/cart/lines",
        cart.add_to_cart,
        shapes.NewLine,
        shapes.CartSum,
        errors=(InvalidFields, NotFound, TooManyRequests),
        key=Key.OPTIONAL,
    ),
    operation(
        "PUT",
        "/cart/lines/{variant}",
        cart.set_line,
        shapes.LineQuantity,
        shapes.CartSum,
        errors=(InvalidFields, TooManyRequests),
    ),
    operation(
        "DELETE",
        "/cart/lines/{variant}",
        cart.remove_line,
        Nothing,
        shapes.CartSum,
        errors=(TooManyRequests,),
    ),
    operation(
        "POST",
        "/cart/agree",
        cart.agree_to_prices,
        shapes.PricesSeen,
        shapes.CartSum,
        errors=(InvalidFields, PriceChanged, TooManyRequests),
    ),
    operation("GET", "/checkout/options", checkout.get_checkout_options, Nothing, shapes.CheckoutOptions),
    operation(
        "POST",
        "/checkout",
        checkout.place_order,
        Details,
        shapes.OrderPlaced,
        status=201,
        errors=(InvalidFields, EmptyCart, PriceChanged, SoldOut, TooManyRequests),
        key=Key.REQUIRED,
    ),
    operation("GET", "/orders", staff.list_orders, shapes.NewestQuery, shapes.OrderList, whom=For.STAFF),
    operation("GET", "/orders/{number}", orders.get_order, Nothing, shapes.OrderDetail),
    operation(
        "POST",
        "/orders/{number}/payments",
        orders.start_payment,
        Nothing,
        shapes.PaymentStarted,
        status=201,
        errors=(WrongState, PaymentRefused, ProviderDown, TooManyRequests),
    ),
    operation("GET", "/stock", staff.list_stock, shapes.StockQuery, shapes.StockList, whom=For.STAFF),
    operation(
        "PUT",
        "/stock/{variant}",
        staff.set_stock,
        shapes.StockEdit,
        shapes.StockLevel,
        errors=(InvalidFields, StaleEdit),
        whom=For.STAFF,
    ),
    operation(
        "PUT",
        "/variants/{variant}/price",
        staff.set_price,
        shapes.NewPrice,
        shapes.ProductOffers,
        errors=(InvalidFields,),
        whom=For.STAFF,
    ),
)

DESCRIBED = openapi.document(OPERATIONS)
"""/openapi.json, as it is served."""

API_ROUTES: list[web.RouteDef] = [*map(route, OPERATIONS), openapi.route(DESCRIBED)]
