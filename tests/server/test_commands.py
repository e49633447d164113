"""The command line, as somebody types it; a process of its own where that matters, since one costs seconds."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from server.commands import main
from storage import catalogue, customers, stock
from storage.database import opened
from storage.sample.catalogue import PRODUCTS
from tests.house import free_port

R = TypeVar("R")

RUN = Path(__file__).parents[2] / "run.py"
TIMEOUT_SECONDS = 50


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What `run.py` answers, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOPWIRE_")}
    return subprocess.run(
        [sys.executable, str(RUN), *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        env=environment | variables,
    )


def read(data: Path, fn: Callable[[Connection], R]) -> R:
    async def reading() -> R:
        async with opened(data / "shop.db") as db:
            return await db.write(fn)

    return asyncio.run(reading())


def test_people_are_added_listed_and_reset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    added = run("user", *data, "add", "noor@example.com", "--staff", "--name", "Noor")
    assert (added.returncode, added.stderr) == (0, "")
    email, password = added.stdout.split()
    assert (email, len(password)) == ("noor@example.com", 19)
    assert main(["user", *data, "list"]) == 0
    assert capsys.readouterr().out == "noor@example.com  Noor\n"
    assert main(["user", *data, "reset", "noor@example.com"]) == 0
    email, changed = capsys.readouterr().out.split()
    assert email == "noor@example.com"
    assert changed != password
    assert main(["user", *data, "reset", "nobody@example.com"]) == 1
    assert capsys.readouterr().err == "run.py: There is nobody with the email nobody@example.com.\n"
    assert [person.email for person in read(tmp_path, customers.staff)] == ["noor@example.com"]


def test_a_new_shop_is_made_filled_and_found_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    doctor = ["doctor", *data, "--bank-port", str(free_port())]
    assert main(["migrate", *data]) == 0
    assert main(["seed", *data]) == 0
    assert main(["seed", *data]) == 1, "nothing is added twice"
    assert read(tmp_path, catalogue.count_products) == len(PRODUCTS)
    capsys.readouterr()
    assert main(doctor) == 0
    said = capsys.readouterr()
    assert "The bank does not answer" in said.err
    assert said.out == "The books are clean.\n"
    read(tmp_path, lambda tx: tx.exec_driver_sql("UPDATE stock SET on_hand = on_hand + 1").rowcount)
    counted = len(read(tmp_path, stock.counters))
    assert main(doctor) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"{counted} findings."
    read(
        tmp_path,
        lambda tx: (
            tx.exec_driver_sql(
                "UPDATE stock SET backorder = true WHERE variant_id = (SELECT min(variant_id) FROM stock)"
            ).rowcount
        ),
    )
    assert main([*doctor, "--mend"]) == 1
    said_now = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("Mended ") for line in said_now) >= counted
    assert said_now[-1] == "1 left."
    assert "(backorder_differs). Only its merchant knows" in said_now[-2]


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["migrate"], {"SHOPWIRE_NONSENSE": "1"}, "SHOPWIRE_NONSENSE is not a setting"),
        (["migrate", "--database", "mysql://x"], {}, "postgresql://"),
        (["serve", "--production"], {}, "production: "),
        (["--port", "70000"], {}, "port"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(
    arguments: list[str],
    variables: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("run.py: ")
    assert said in told
    assert len(told.splitlines()) == 1


def test_an_unknown_command_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["dance"])
    assert left.value.code == 2
    assert "dance" in capsys.readouterr().err
