"""The command line, as somebody types it: each verb in a process of its own, on data of the test's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage import catalogue, customers, stock
from storage.database import opened
from storage.sample.catalogue import PRODUCTS
from tests.house import free_port

RUN = Path(__file__).parents[2] / "run.py"
TIMEOUT_SECONDS = 50


def run(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What `run.py` answers; with the data folder after the verb."""
    verb, *rest = arguments
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SHOPWIRE_")}
    return subprocess.run(
        [sys.executable, str(RUN), verb, "--data", str(data), *rest],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        env=environment | variables,
    )


async def test_people_are_added_listed_and_reset(tmp_path: Path) -> None:
    added = run(tmp_path, "user", "add", "noor@example.com", "--staff", "--name", "Noor")
    assert (added.returncode, added.stderr) == (0, "")
    email, password = added.stdout.split()
    assert (email, len(password)) == ("noor@example.com", 19)
    listed = run(tmp_path, "user", "list")
    assert listed.stdout == "noor@example.com  Noor\n"
    reset = run(tmp_path, "user", "reset", "noor@example.com")
    assert reset.stdout.split()[0] == "noor@example.com"
    assert reset.stdout.split()[1] != password
    unknown = run(tmp_path, "user", "reset", "nobody@example.com")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr == "run.py: There is nobody with the email nobody@example.com.\n"
    async with opened(tmp_path / "shop.db") as db:
        assert [person.email for person in await db.read(customers.staff)] == ["noor@example.com"]


async def test_a_new_shop_is_made_filled_and_found_in_order(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    seeded = run(tmp_path, "seed")
    assert (seeded.returncode, seeded.stderr) == (0, "")
    again = run(tmp_path, "seed")
    assert again.returncode == 1
    doctor = run(tmp_path, "doctor", "--bank-port", str(free_port()))
    assert doctor.returncode == 0
    assert "The bank does not answer" in doctor.stderr
    assert doctor.stdout == "The books are clean.\n"
    async with opened(tmp_path / "shop.db") as db:
        assert len(await db.read(catalogue.slugs)) == len(PRODUCTS)
        await db.write(lambda tx: tx.exec_driver_sql("UPDATE stock SET on_hand = on_hand + 1").rowcount)
        counted = len(await db.read(stock.counters))
    doctor = run(tmp_path, "doctor", "--bank-port", str(free_port()))
    assert doctor.returncode == 1
    assert doctor.stdout.splitlines()[-1] == f"{counted} findings."


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "said"),
    [
        (["migrate"], {"SHOPWIRE_NONSENSE": "1"}, 1, "SHOPWIRE_NONSENSE is not a setting"),
        (["migrate", "--database", "mysql://x"], {}, 1, "postgresql://"),
        (["serve", "--production"], {}, 1, "production: "),
        (["dance"], {}, 2, "invalid choice"),
    ],
)
def test_bad_usage_is_said_in_a_line(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], status: int, said: str
) -> None:
    answer = run(tmp_path, *arguments, **variables)
    assert answer.returncode == status
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
