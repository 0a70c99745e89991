"""What the operator may set, and how every fault is named at once."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from lti_tool.settings import Settings, SettingsInvalid, is_loopback, load_settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PASSERELLE_"):
            monkeypatch.delenv(name)


def faults(**settings: Any) -> list[str]:
    with pytest.raises(SettingsInvalid) as raised:
        load_settings(**settings)
    assert str(raised.value) == "\n".join(raised.value.faults)
    return [re.split(r"[: ]", fault)[0] for fault in raised.value.faults]


def test_the_defaults_are_a_tool_on_loopback_and_sqlite() -> None:
    settings = load_settings()
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url.startswith("sqlite:///")
    assert not settings.demo
    assert not settings.allow_private_addresses
    assert not settings.secure


def test_a_setting_is_read_from_the_environment_and_what_is_given_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_BASE_URL", "https://tool.example/")
    monkeypatch.setenv("PASSERELLE_KEYS_DIR", "/etc/passerelle")
    settings = load_settings(keys_dir="/srv/keys")
    assert settings.base_url == "https://tool.example"
    assert settings.keys_dir == Path("/srv/keys")
    assert settings.secure
    assert settings.host == "tool.example"


def test_http_off_loopback_is_refused() -> None:
    assert faults(base_url="http://tool.example") == ["PASSERELLE_BASE_URL"]
    assert faults(base_url="http://192.168.1.4:8000") == ["PASSERELLE_BASE_URL"]
    assert faults(base_url="http://127.0.0.1.evil.example") == ["PASSERELLE_BASE_URL"]
    for host in ("127.0.0.1:8000", "localhost", "tool.localhost:81", "[::1]:8000", "127.9.9.9"):
        assert load_settings(base_url=f"http://{host}").host == host


def test_the_demonstration_ent_off_loopback_is_refused() -> None:
    assert faults(base_url="https://tool.example", demo=True) == ["PASSERELLE_DEMO"]
    assert faults(demo=True, demo_url="https://ent.example") == ["PASSERELLE_DEMO_URL"]
    assert load_settings(demo=True, demo_url="http://ent.localhost:8001").demo_root == "http://ent.localhost:8001"
    assert load_settings(demo=True).demo_root == "http://127.0.0.1:8000/demo"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tool.example",
        "ftp://tool.example",
        "https://",
        "https://tool.example/path",
        "https://tool.example?x=1",
        "https://tool.example#x",
        "https://user@tool.example",
        "https://[",
        "https://tool.example:port",
    ],
)
def test_a_base_url_that_is_no_root_of_a_host_is_refused(url: str) -> None:
    assert faults(base_url=url) == ["PASSERELLE_BASE_URL"]


@pytest.mark.parametrize("url", ["", "mysql://localhost/x", "passerelle.sqlite3", "sqlite://", "/var/x.sqlite3"])
def test_a_database_of_another_kind_is_refused(url: str) -> None:
    assert faults(database_url=url) == ["PASSERELLE_DATABASE_URL"]


def test_every_fault_is_named_at_once() -> None:
    assert faults(
        base_url="http://tool.example",
        demo=True,
        demo_url="https://ent.example",
        retention_months=99,
        trusted_proxies=-1,
        language="de",
        log_level="LOUD",
        database_url="mysql://x",
        xapi_base_iri="x",
    ) == [
        "PASSERELLE_DATABASE_URL",
        "PASSERELLE_LANGUAGE",
        "PASSERELLE_RETENTION_MONTHS",
        "PASSERELLE_XAPI_BASE_IRI",
        "PASSERELLE_TRUSTED_PROXIES",
        "PASSERELLE_LOG_LEVEL",
        "PASSERELLE_BASE_URL",
        "PASSERELLE_DEMO",
        "PASSERELLE_DEMO_URL",
    ]


def test_faults_of_the_environment_are_named_at_once_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERELLE_BASE_URL", "http://tool.example")
    monkeypatch.setenv("PASSERELLE_RETENTION_MONTHS", "many")
    assert faults() == ["PASSERELLE_RETENTION_MONTHS", "PASSERELLE_BASE_URL"]


def test_nothing_can_be_changed_afterwards() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.demo = True  # type: ignore[misc]


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_loopback_is_this_machine_alone() -> None:
    assert [
        host for host in ("localhost", "a.b.localhost", "127.0.0.1", "127.1.2.3", "::1") if not is_loopback(host)
    ] == []
    others = ("", "localhost.example", "10.0.0.1", "0.0.0.0", "127.0.0.1.example", "::", "169.254.169.254")
    assert [host for host in others if is_loopback(host)] == []
