"""The settings in force: where each comes from, and that no secret is among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, in_force, load, served

SECRET = "0123456789abcdef-do-not-show"


def configured(home: Path, toml: str = "") -> Settings:
    (home / "deskhand.toml").write_text(toml, encoding="utf-8")
    return load(home)


def told(settings: Settings) -> dict[str, tuple[str, str]]:
    return {f"{each.table}.{each.key}": (each.value, each.origin) for each in in_force(settings)}


def test_each_says_whether_it_is_a_default_or_from_the_file_or_the_command_line(tmp_path: Path) -> None:
    settings = configured(tmp_path, "[http]\nport = 9000\nproxies = []\n[retention]\nmessages = 365\n")
    found = told(settings)
    assert found["http.port"] == ("9000", "deskhand.toml")
    assert found["http.host"] == ("127.0.0.1", "default")
    assert found["retention.messages"] == ("365", "deskhand.toml"), "written, though it is the default"
    assert found["retention.tickets"] == ("730", "default")
    found = told(served(settings, port=8000))
    assert found["http.port"] == ("8000", "command line")
    assert found["http.host"] == ("127.0.0.1", "default")
    assert found["http.proxies"] == ("", "deskhand.toml")


def test_what_follows_from_others_is_said_too(tmp_path: Path) -> None:
    assert told(configured(tmp_path))["console.sign_in"] == ("local", "default")
    assert told(configured(tmp_path, '[http]\nhost = "0.0.0.0"\n'))["console.sign_in"] == ("link", "default")


def test_values_look_as_in_the_file(tmp_path: Path) -> None:
    found = told(
        configured(
            tmp_path,
            '[hours]\nmonday = ["22:00-06:00"]\ntuesday = []\nholidays = [2026-12-25, "12-26"]\n'
            '[[channel]]\nid = "slack:T1/C2"\ncollections = ["hr", "it"]\n'
            '[[source]]\nname = "docs"\npath = "docs"\n[source.limits]\npages = 3\n',
        )
    )
    assert found["hours.monday"][0] == "22:00-06:00"
    assert found["hours.tuesday"][0] == "closed"
    assert found["hours.wednesday"][0] == ""
    assert found["hours.holidays"][0] == "2026-12-25, 12-26"
    assert found["channel slack:T1/C2.collections"] == ("hr, it", "deskhand.toml")
    assert found["channel slack:T1/C2.mode"] == ("mention", "default")
    assert found["source docs.limits"] == ("pages = 3", "deskhand.toml")


def test_no_secret_is_shown_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("DESKHAND_OIDC_SECRET", SECRET)
    monkeypatch.setenv("DESKHAND_STORE_URL", f"postgresql://deskhand:{SECRET}@db/deskhand")
    settings = configured(
        tmp_path,
        f'[webhook]\nurl = "https://hooks.example.com/{SECRET}"\n'
        f'[console]\nsign_in = "oidc"\n[oidc]\nissuer = "https://me:{SECRET}@login.example.com"\nclient_id = "x"\n'
        f'[[source]]\nname = "wiki"\npath = "https://me:{SECRET}@wiki.example.com/?key={SECRET}"\n'
        f'token = "{SECRET}"\n[source.headers]\nauthorization = "{SECRET}"\n',
    )
    found = told(settings)
    assert SECRET not in str(found)
    assert found["store.url"] == ("PostgreSQL (not shown)", "environment")
    assert found["webhook.url"][0] == "https://hooks.example.com/(not shown)"
    assert found["source wiki.path"][0] == "https://wiki.example.com/"
    assert found["secrets.DESKHAND_OIDC_SECRET"] == ("set; it is not shown", "environment")
