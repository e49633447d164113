"""/openapi.json says what the routes do: no more, no less."""

from aiohttp import hdrs
from jsonschema import Draft202012Validator

from handlers.routes_api import API_ROUTES, DESCRIBED
from tests.api.client import Api, Contract
from tests.house import House

METHODS = {"get", "post", "put", "delete", "patch"}


def described(contract: Contract) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in contract.document["paths"].items()
        for method in operations
        if method in METHODS
    }


def test_every_route_is_described_and_every_description_is_a_route(contract: Contract):
    routes = {(route.method, route.path) for route in API_ROUTES if route.path.startswith("/api/")}
    assert routes == described(contract)


def test_every_route_is_in_the_table_of_the_app(house: House, contract: Contract):
    served = {
        (route.method, route.resource.canonical)
        for route in house.app.router.routes()
        if route.resource is not None and route.method != hdrs.METH_HEAD
    }
    assert described(contract) == {(method, path) for method, path in served if path.startswith("/api/")}


async def test_it_is_served_as_it_was_built(api: Api):
    async with api.session.get("/openapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == DESCRIBED


def test_its_schemas_are_schemas_and_its_references_lead_somewhere(contract: Contract):
    schemas = contract.document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                found.add(node["$ref"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(contract.document)
    assert found <= {f"#/components/schemas/{name}" for name in schemas}


def test_every_operation_has_a_name_of_its_own_words_and_refusals(contract: Contract):
    operations = [operation for path in contract.document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    for operation in operations:
        assert operation["summary"].endswith(".")
        assert {"401", "500", "503"} <= set(operation["responses"])


def test_path_parameters_and_keys_are_described(contract: Contract):
    checkout = contract.operation("POST", "/api/v1/checkout")
    assert checkout is not None
    [key] = checkout["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    line = contract.operation("PUT", "/api/v1/cart/lines/k7Qm2Xa")
    assert line is not None
    assert [(parameter["name"], parameter["in"]) for parameter in line["parameters"]] == [("variant", "path")]


def test_bodies_refuse_what_they_do_not_know(contract: Contract):
    for path in contract.document["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                schema = contract.document["components"]["schemas"][reference.rsplit("/", 1)[1]]
                assert schema["additionalProperties"] is False
