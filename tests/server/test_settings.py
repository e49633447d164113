"""Settings: the command line over the environment over the defaults, and nothing that can't be used gets through."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from server import settings
from server.settings import Settings, SettingsError, read

ROOT = Path(__file__).resolve().parents[2]
LIVE_KEY, WEBHOOK_SECRET = "sk_live_0123456789", "whsec_0123456789"
GOOD_PRODUCTION: dict[str, str] = {
    "SHOPWIRE_PRODUCTION": "true",
    "SHOPWIRE_PUBLIC_URL": "https://shop.example",
    "SHOPWIRE_PROVIDER": "stripe",
    "SHOPWIRE_STRIPE_KEY": LIVE_KEY,
    "SHOPWIRE_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
}
REAL_PRODUCTION = Settings(
    production=True,
    public_url="https://shop.example",
    provider="stripe",
    stripe_key=LIVE_KEY,
    stripe_webhook_secrets=(WEBHOOK_SECRET,),
)


def test_without_anything_the_defaults_hold() -> None:
    assert read({}, {}) == Settings()
    assert read({"port": None}, {"PATH": "/bin", "SHOPWIRE": "x"}) == Settings()


def test_flags_over_environment_over_defaults() -> None:
    environment = {"SHOPWIRE_PORT": "9000", "SHOPWIRE_HOST": "0.0.0.0", "SHOPWIRE_DATA": "/srv/shop"}  # noqa: S104
    found = read({"port": 9001, "host": None, "data": None}, environment)
    assert (found.port, found.host, found.data) == (9001, "0.0.0.0", Path("/srv/shop"))  # noqa: S104
    assert read({"data": Path("elsewhere")}, environment).data == Path("elsewhere")


def test_text_becomes_what_the_setting_is() -> None:
    found = read(
        {},
        {
            "SHOPWIRE_PRODUCTION": "false",
            "SHOPWIRE_WITH_BANK": "0",
            "SHOPWIRE_BANK_SPEED": "0.5",
            "SHOPWIRE_LIVE_ORIGINS": "https://a.example, https://b.example",
        },
    )
    assert (found.production, found.with_bank, found.bank_speed) == (False, False, 0.5)
    assert found.live_origins == ("https://a.example", "https://b.example")
    assert read({}, {"SHOPWIRE_LIVE_ORIGINS": ""}).live_origins == ()


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    with pytest.raises(SettingsError, match="SHOPWIRE_PROT is not a setting"):
        read({}, {"SHOPWIRE_PROT": "9000"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("BANK_PORT", "70000"),
        ("PRODUCTION", "perhaps"),
        ("TIMEZONE", "Europe/Nowhere"),
        ("CURRENCY", "eur"),
        ("CURRENCY", "EURO"),
        ("CURRENCY", "ÄÖÜ"),
        ("DATABASE", "mysql://localhost/shop"),
        ("PROVIDER", "piggybank"),
        ("HOLD_MINUTES", "0"),
        ("HOLD_MINUTES", "1441"),
        ("SESSION_DAYS", "0"),
        ("LIMITS_FACTOR", "0"),
        ("LIMITS_FACTOR", "nan"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_can_not_be_used_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({}, {f"SHOPWIRE_{name}": value})
    assert "Traceback" not in str(refused.value)


def test_postgresql_without_its_driver_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "POSTGRESQL_DRIVER", "a_driver_that_nobody_has")
    with pytest.raises(SettingsError, match="python -m pip install a_driver_that_nobody_has"):
        read({"database": "postgresql://localhost/shop"}, {})
    assert read({}, {}).database == ""


@pytest.mark.parametrize(
    "missing",
    ["SHOPWIRE_PUBLIC_URL", "SHOPWIRE_PROVIDER", "SHOPWIRE_STRIPE_KEY", "SHOPWIRE_STRIPE_WEBHOOK_SECRETS"],
)
def test_production_refuses_each_default_and_names_the_setting(missing: str) -> None:
    environment = {name: value for name, value in GOOD_PRODUCTION.items() if name != missing}
    with pytest.raises(SettingsError, match=missing):
        read({}, environment)
    with pytest.raises(SettingsError, match=missing):
        read({"production": True}, {name: value for name, value in environment.items() if "PRODUCTION" not in name})


def test_production_refuses_the_sandbox_and_plain_http() -> None:
    with pytest.raises(SettingsError, match="sandbox bank moves no money"):
        read({}, GOOD_PRODUCTION | {"SHOPWIRE_PROVIDER": "sandbox"})
    with pytest.raises(SettingsError, match="https"):
        read({}, GOOD_PRODUCTION | {"SHOPWIRE_PUBLIC_URL": "http://shop.example"})


@pytest.mark.parametrize("key", [LIVE_KEY, "rk_live_0123456789"])
def test_production_takes_stripe_with_live_keys_and_starts_no_bank(key: str) -> None:
    found = read({}, GOOD_PRODUCTION | {"SHOPWIRE_STRIPE_KEY": key})
    assert (found.provider, found.stripe_key, found.stripe_webhook_secrets) == ("stripe", key, (WEBHOOK_SECRET,))
    assert not found.runs_bank
    assert (found.stripe_url, found.stripe_checkout_url) == ("https://api.stripe.com", "https://checkout.stripe.com")
    assert Settings().runs_bank


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STRIPE_KEY", "sk_test_0123456789", "test key, which moves no money"),
        ("STRIPE_KEY", "rk_test_0123456789", "test key, which moves no money"),
        ("STRIPE_KEY", "pk_live_0123456789", "publishable key"),
        ("STRIPE_KEY", "whsec_0123456789", "begins with sk_ or rk_"),
        ("STRIPE_KEY", "sk_live_", "SHOPWIRE_STRIPE_KEY"),
        ("STRIPE_WEBHOOK_SECRETS", "", "SHOPWIRE_STRIPE_WEBHOOK_SECRETS"),
        ("STRIPE_WEBHOOK_SECRETS", "sk_live_0123456789", "begins with whsec_"),
        ("STRIPE_WEBHOOK_SECRETS", f"{WEBHOOK_SECRET},another", "begins with whsec_"),
        ("STRIPE_URL", "http://127.0.0.1:8100", "SHOPWIRE_STRIPE_URL is only for tests"),
        ("STRIPE_CHECKOUT_URL", "http://pay.shop.example", "https://"),
        ("STRIPE_CHECKOUT_URL", "https://pay.shop.example/; script-src *", "without a path"),
        ("LOAD_TOKEN", "a crowd is welcome", "LOAD_IN_PRODUCTION"),
    ],
)
def test_production_refuses_what_is_only_good_for_tests_and_never_repeats_it(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        read({}, GOOD_PRODUCTION | {f"SHOPWIRE_{name}": value})
    assert (
        not value.startswith(("sk_", "rk_", "pk_", "whsec_")) or value == "sk_live_" or value not in str(refused.value)
    )


def test_both_webhook_secrets_hold_while_one_replaces_the_other() -> None:
    found = read({}, GOOD_PRODUCTION | {"SHOPWIRE_STRIPE_WEBHOOK_SECRETS": f"{WEBHOOK_SECRET}, whsec_the_new_one"})
    assert found.stripe_webhook_secrets == (WEBHOOK_SECRET, "whsec_the_new_one")


def test_the_bank_knows_its_tricks_and_no_others() -> None:
    assert read({}, {"SHOPWIRE_BANK_TRICKS": "twice, late"}).bank_tricks == ("twice", "late")
    with pytest.raises(SettingsError, match="bank_tricks: never: the bank knows twice, late, shuffled"):
        read({}, {"SHOPWIRE_BANK_TRICKS": "twice,never"})


def test_only_a_shop_that_sells_by_stripe_imports_its_client() -> None:
    told = "import sys, server.app, server.settings; sys.exit('stripe' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], cwd=ROOT, check=False, timeout=60).returncode == 0


def test_addresses_have_no_slash_at_the_end() -> None:
    found = Settings(public_url="https://shop.example/", bank_url="https://bank.example/")
    assert (found.shop_url, found.sandbox_url) == ("https://shop.example", "https://bank.example")
    assert Settings(port=1).shop_url == "http://localhost:1"
    assert Settings().where == Path("data/shop.db")
    assert Settings(database="postgresql://x").where == "postgresql://x"


def test_production_lets_load_tests_in_for_some_hours_only() -> None:
    now = datetime.now(UTC)
    ready = replace(REAL_PRODUCTION, load_token="t" * 32, load_in_production=now + timedelta(hours=4))
    settings._check_production(ready)
    settings._check_production(
        replace(ready, load_in_production=now - timedelta(hours=1))
    )  # over: the shop opens anyway
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"load_in_production": None}, "until when"),
        ({"load_in_production": now + timedelta(hours=25)}, "at most 24 hours"),
        ({"load_token": "t" * 31}, "at least 32 characters"),
    )
    for changed, said in refused:
        with pytest.raises(SettingsError, match=said):
            settings._check_production(replace(ready, **changed))


@pytest.mark.parametrize("text", ["2026-11-25T04:00:00", "tomorrow", "true"])
def test_until_when_load_tests_may_come_is_a_time_with_its_zone(text: str) -> None:
    with pytest.raises(SettingsError, match="load_in_production"):
        read({}, {"SHOPWIRE_LOAD_IN_PRODUCTION": text})
    assert read({}, {"SHOPWIRE_LOAD_IN_PRODUCTION": "2026-11-25T05:00:00+01:00"}).load_in_production == datetime(
        2026, 11, 25, 4, tzinfo=UTC
    )
