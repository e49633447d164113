"""A batch of placements decided in memory: first come, first served, and a repetition is not a second order."""

from shop.cart import Line
from shop.checkout import Placed
from shop.errors import CommandReused, EmptyCart, PriceChanged, ShopError, SoldOut
from shop.ids import CartId, OrderNumber, VariantId
from shop.stock import Level
from storage.placing import Batch, Standing
from tests.storage.books import DELIVERY, RAIN, RUST, new_cart, placement

A, B = new_cart(), new_cart()


def line(variant: VariantId = RAIN, quantity: int = 1, *, price: int = 100, agreed: int = 100) -> Line:
    return Line(variant, "mug", "Mug", "Rain", "x.svg", quantity, price, agreed, Level(9, 0))


def kinds(answers: list[Placed | ShopError]) -> list[type]:
    return [type(answer) for answer in answers]


def test_who_comes_first_gets_the_last() -> None:
    commands = [placement(A), placement(B)]
    batch = Batch(commands, {})
    free = {RAIN: 1}
    assert kinds(batch.decide({A: [line()], B: [line()]}, free)) == [Placed, SoldOut]
    assert free == {RAIN: 0}
    [(command, order)] = batch.placed
    assert (command, order.number, order.total) == (commands[0], commands[0].number, 100 + DELIVERY)


def test_who_is_refused_takes_nothing() -> None:
    batch = Batch([placement(A), placement(B)], {})
    free = {RAIN: 5, RUST: 0}
    assert kinds(batch.decide({A: [line(quantity=5), line(RUST)], B: [line(quantity=5)]}, free)) == [SoldOut, Placed]
    assert free == {RAIN: 0, RUST: 0}


def test_a_cart_is_ordered_once() -> None:
    batch = Batch([placement(A), placement(A)], {})
    assert kinds(batch.decide({A: [line()]}, {RAIN: 9})) == [Placed, EmptyCart]
    assert kinds(Batch([placement(A)], {}).decide({}, {})) == [EmptyCart]


def test_a_repetition_gets_the_first_answer() -> None:
    commands = [placement(A, key="k"), placement(A, key="k"), placement(A, key="k", fingerprint="other")]
    batch = Batch(commands, {})
    answers = batch.decide({A: [line()]}, {RAIN: 9})
    assert answers[:2] == [Placed(commands[0].number), Placed(commands[0].number, again=True)]
    assert kinds(answers[2:]) == [CommandReused]
    assert len(batch.placed) == 1


def test_an_order_that_stands_already_is_answered_to_its_own_command_only() -> None:
    number = OrderNumber("K7QM2X4D")
    commands = [placement(A, key="k", fingerprint="other"), placement(A, key="k", fingerprint="body")]
    batch = Batch(commands, {("session", "k"): Standing(number, "body")})
    assert batch.new == []
    answers = batch.decide({}, {})
    assert kinds(answers) == [CommandReused, Placed]
    assert answers[1] == Placed(number, again=True)


def test_a_refusal_of_one_body_is_not_the_answer_to_another() -> None:
    commands = [placement(A, key="k", fingerprint="a"), placement(B, key="k", fingerprint="b")]
    batch = Batch(commands, {})
    assert kinds(batch.decide({B: [line()]}, {RAIN: 1})) == [EmptyCart, Placed]


def test_a_raised_price_is_refused_before_stock_is_asked() -> None:
    lines: dict[CartId, list[Line]] = {A: [line(price=101)]}
    assert kinds(Batch([placement(A)], {}).decide(lines, {RAIN: 0})) == [PriceChanged]
