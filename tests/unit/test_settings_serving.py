"""deskhand.toml: where the service listens, and how people sign in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load, served

OIDC = '[console]\nsign_in = "oidc"\n[oidc]\nissuer = "https://login.example.com"\nclient_id = "deskhand"\n'


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("DESKHAND_OIDC_SECRET", raising=False)
    return monkeypatch


def configured(home: Path, toml: str) -> Settings:
    (home / "deskhand.toml").write_text(toml, encoding="utf-8")
    return load(home)


def complaint(home: Path, toml: str) -> str:
    with pytest.raises(SettingsError) as raised:
        configured(home, toml)
    return str(raised.value)


def test_without_settings_only_this_machine_gets_in_and_nobody_signs_in(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.http.host, settings.http.port, settings.http.body_limit_kb) == ("127.0.0.1", 8470, 256)
    assert settings.sign_in == "local"
    assert settings.address == "http://127.0.0.1:8470"
    assert settings.console.session_hours == 12
    assert settings.oidc_secret is None


@pytest.mark.parametrize(
    "http",
    ['host = "127.8.8.8"', 'host = "::1"', 'host = "localhost"', 'url = "http://127.0.0.1:9000"'],
)
def test_where_only_this_machine_gets_in_nobody_signs_in(tmp_path: Path, http: str) -> None:
    assert configured(tmp_path, f"[http]\n{http}\n").sign_in == "local"


@pytest.mark.parametrize(
    "http",
    ['host = "10.0.0.4"', 'host = "0.0.0.0"', 'host = "::"', 'host = "desk.example.com"',
     'url = "https://desk.example.com"', 'proxies = ["127.0.0.1"]'],
)  # fmt: skip
def test_where_others_may_get_in_people_sign_in_by_a_link(tmp_path: Path, http: str) -> None:
    assert configured(tmp_path, f"[http]\n{http}\n").sign_in == "link"
    assert '"sign_in" is "local", which lets everybody in' in complaint(
        tmp_path, f'[console]\nsign_in = "local"\n[http]\n{http}\n'
    )


@pytest.mark.parametrize(
    ("toml", "address"),
    [
        ('url = "https://desk.example.com/"', "https://desk.example.com"),
        ('url = "http://localhost:9000"\nhost = "0.0.0.0"', "http://localhost:9000"),
        ('host = "::1"', "http://[::1]:8470"),
        ('host = "10.0.0.4"\nport = 80', "http://10.0.0.4:80"),
        ('host = "0.0.0.0"', ""),
    ],
)
def test_people_find_it_under_the_address_that_was_set_or_where_it_listens(
    tmp_path: Path, toml: str, address: str
) -> None:
    assert configured(tmp_path, f"[http]\n{toml}\n").address == address


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[http]\nhost = "http://x"\n', ['"http.host" must be an address or a name', "it is 'http://x'"]),
        ("[http]\nport = 70000\n", ['"http.port"', "less than or equal to 65535"]),
        ('[http]\nport = "80"\n', ['"http.port" must be a whole number, without quotes']),
        ('[http]\nurl = "http://desk.example.com"\n', ['"http.url" must begin with https://']),
        ('[http]\nurl = "https://me:pass@desk.example.com"\n', ['"http.url" must be the address alone']),
        ('[http]\nurl = "https://desk.example.com/deskhand"\n', ['"http.url" must be the address alone']),
        ('[http]\nproxies = "10.0.0.1"\n', ['"http.proxies" must be a list']),
        ('[http]\nproxies = ["*"]\n', ['"http.proxies.0"', "10.0.0.0/24", "it is '*'"]),
        ("[http]\nbody_limit_kb = 0\n", ['"http.body_limit_kb"', "greater than or equal to 1"]),
        ('[console]\nsign_in = "password"\n', ["'local', 'link' or 'oidc'", "it is 'password'"]),
        ("[console]\nsession_hours = 0\n", ['"console.session_hours"']),
        ('[oidc]\nissuer = "http://login.example.com"\n', ['"oidc.issuer" must begin with https://']),
        ('[oidc]\nclient_secret = "x"\n', ["Secrets come from the environment", "DESKHAND_OIDC_SECRET"]),
        ('[console]\nsign_in = "oidc"\n', ['"issuer" of [oidc]', '"client_id" of [oidc]', "DESKHAND_OIDC_SECRET"]),
        (OIDC, ['"sign_in" is "oidc", which needs DESKHAND_OIDC_SECRET in the environment']),
    ],
)
def test_what_is_wrong_is_said_with_the_key_and_the_fix(tmp_path: Path, toml: str, words: list[str]) -> None:
    said = complaint(tmp_path, toml)
    assert str(tmp_path / "deskhand.toml") in said
    assert "pass@" not in said
    for part in words:
        assert part in said


def test_the_secret_of_the_sign_in_comes_from_the_environment_and_is_not_shown(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("DESKHAND_OIDC_SECRET", "hush")
    settings = configured(tmp_path, OIDC)
    assert settings.oidc_secret is not None
    assert settings.oidc_secret.get_secret_value() == "hush"
    assert settings.oidc.claim == "email"
    assert "hush" not in re.split(r"\W+", repr(settings))


def test_a_host_and_a_port_that_the_command_names_are_held_to_the_same_rules(tmp_path: Path) -> None:
    settings = load(tmp_path)
    elsewhere = served(settings, host="0.0.0.0", port=0)
    assert (elsewhere.http.host, elsewhere.http.port, elsewhere.sign_in) == ("0.0.0.0", 0, "link")
    assert served(settings) == settings
    with pytest.raises(SettingsError, match="65535"):
        served(settings, port=65536)
    with pytest.raises(SettingsError, match="lets everybody in"):
        served(configured(tmp_path, '[console]\nsign_in = "local"\n'), host="10.0.0.4")
