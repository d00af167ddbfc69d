"""deskhand.toml: what may stand in it, and what is said of what may not."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest

from adapters.file_source import FileSource
from bot.app import App, build
from bot.errors import SettingsError
from bot.settings import load, starter, write_settings
from bot.settings.sections import File
from knowledge.models import MEMBERS

SECRET = "5f2b7a90c1d34e68a7b9c0d1e2f30415"
SOURCE = '[[source]]\nname = "docs"\npath = "docs"\n'
CHANNEL = '[[channel]]\nid = "slack:C1"\n'


def configured(home: Path, toml: str) -> App:
    (home / "deskhand.toml").write_text(toml, encoding="utf-8")
    return build(load(home))


def complaint(home: Path, toml: str) -> str:
    with pytest.raises(SettingsError) as raised:
        configured(home, toml)
    return str(raised.value)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("DESKHAND_STORE_URL", raising=False)
    monkeypatch.delenv("DESKHAND_WEBHOOK_SECRET", raising=False)
    return monkeypatch


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = load(tmp_path / "not-there-yet")
    assert settings.store.postgres is None
    assert settings.people == tmp_path / "not-there-yet" / "people.toml"
    assert settings.hours.week == (((0, 1440),),) * 7
    assert settings.webhook_secret is None
    assert settings.source == []
    assert settings.answer.threshold is None
    assert build(settings).configured() == []


def test_the_home_comes_from_the_option_then_the_environment_then_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DESKHAND_HOME", raising=False)
    assert load(None).home == tmp_path / ".deskhand"
    monkeypatch.setenv("DESKHAND_HOME", "elsewhere")
    assert load(None).home == tmp_path / "elsewhere"
    assert load(Path("given")).home == tmp_path / "given"


def test_messages_name_a_home_that_is_not_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DESKHAND_HOME", raising=False)
    assert load(None).command == "deskhand"
    assert load(Path("my home")).command == f"deskhand --home '{tmp_path}/my home'"


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path: Path) -> None:
    (source,) = configured(tmp_path, SOURCE).configured()
    assert source.record.path == str(tmp_path.resolve() / "docs")
    assert source.record.audience == {MEMBERS}


def test_limits_hold_for_every_source_and_a_source_may_have_its_own(tmp_path: Path) -> None:
    own = SOURCE.replace("docs", "own") + "limits = { max_pages = 7 }\n"
    sources = configured(tmp_path, "[limits]\nmax_file_mb = 5\n" + SOURCE + own).configured()
    limits = [source._settings.limits for source in sources if isinstance(source, FileSource)]
    assert [(each.max_file_mb, each.max_pages) for each in limits] == [(5, 2000), (5, 7)]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[answer]\nthreshold = 2\n", ['"answer.threshold"', "less than or equal to 1", "it is 2"]),
        ('[answer]\nthreshold = "0.5"\n', ['"answer.threshold"', "a number, without quotes", "it is '0.5'"]),
        ("[answer]\ntreshold = 0.5\n", ['no setting "answer.treshold"', "Did you mean threshold?"]),
        ("[awnser]\n", ['no setting "awnser"', "Did you mean answer?"]),
        ("[source]\nname = 'x'\n", ['"source"', "[[source]]"]),
        ("answer = 1\n", ['"answer"', "[answer]"]),
        ("[index]\ntype = 'oracle'\n", ["[index]", '"type" must be one of sqlite', 'it is "oracle"']),
        ("[embedder]\nmodel = 'big'\n", ["[embedder]", '"model" must be one of all-MiniLM-L6-v2']),
        ("[limits]\nmax_pages = 0\n", ["[limits]", '"max_pages"', "greater than 0"]),
        ("[limits]\nmax_page = 5\n", ["[limits]", 'no setting "max_page"', "Did you mean max_pages?"]),
        (SOURCE + 'audience = "hr"\n', ['[[source]] "docs"', '"audience" must be a list, such as ["members"]']),
        (SOURCE + "audience = []\n", ['"audience"', "at least 1 item"]),
        (SOURCE + "kind = 'novel'\n", ['"kind"', "'policy', 'manual', 'faq' or 'learned'", "it is 'novel'"]),
        (SOURCE + "colour = 'red'\n", ['[[source]] "docs"', 'no setting "colour"']),
        (SOURCE + "type = 'web'\n", ['[[source]] "docs"', '"type" must be one of files']),
        (SOURCE + "workers = 'two'\n", ['"workers" must be a whole number']),
        (SOURCE + "[[source.overrides]]\nglob = '*'\nkin = 'faq'\n", ['no setting "overrides.0.kin"', "mean kind?"]),
        ("[[source]]\nname = 'docs'\n", ['[[source]] "docs"', '"path" is missing']),
        ("[[source]]\npath = 'docs'\n", ['"name" is missing']),
        ("[[source]]\nname = 'a/b'\npath = 'docs'\n", ['"name"', "cannot hold a '/'"]),
        ("[store]\nurl = 'oracle://x'\n", ['"store.url"', '"sqlite"', "postgresql://", "it is not shown here"]),
        ("store = 'postgresql://h/d'\n", ['"store"', "[store]"]),
        ("[store]\npassword = 'x'\n", ["Secrets come from the environment", "DESKHAND_STORE_URL"]),
        ("[work]\nat_once = 0\n", ['"work.at_once"', "greater than or equal to 1", "it is 0"]),
        ("[work]\nattempts = 2.5\n", ['"work.attempts" must be a whole number']),
        ("[work]\nsend_minutes = 5\n", ['no setting "work.send_minutes"', "Did you mean send_hours?"]),
        ("[channel]\nid = 'slack:C1'\n", ['"channel"', "[[channel]]"]),
        ("channel = ['slack:C1']\n", ['"channel"', "[[channel]]"]),
        ("[[channel]]\nid = 'C1'\n", ['"channel.0.id"', "platform and its channel", "it is 'C1'"]),
        ("[[channel]]\nmode = 'draft'\n", ['"channel.0.id" is missing']),
        (CHANNEL + "mode = 'auto'\n", ["'mention', 'draft' or 'automatic'", "it is 'auto'"]),
        (CHANNEL + "audience = []\n", ['"channel.0.audience"', "at least 1 item"]),
        (CHANNEL + "audience = 'hr'\n", ['"channel.0.audience" must be a list, such as ["members"]']),
        (CHANNEL + "language = 'in English'\n", ['"channel.0.language"', "language tag"]),
        (CHANNEL + "xperts = 'slack:C9'\n", ['no setting "channel.0.xperts"', "Did you mean experts?"]),
        (CHANNEL + CHANNEL, ['two [[channel]] tables have the id "slack:C1"']),
        ("[[topic]]\nname = 'a'\n[[topic]]\nname = 'a'\n", ['two [[topic]] tables are called "a"', "another name"]),
        ("[[topic]]\nname = 'a'\nexamples = [1]\n", ['"topic.0.examples.0" must be text in quotes']),
        ("[experts]\nchannel = 'experts'\n", ['"experts.channel"', "terminal:lobby"]),
        ("[hours]\nzone = 'Berlin'\n", ['"hours.zone"', "Europe/Berlin", "it is 'Berlin'"]),
        ("[hours]\nzone = '../zone'\n", ['"hours.zone"', "Europe/Berlin"]),
        ("[hours]\nmonday = '09:00-17:00'\n", ['"hours.monday" must be a list']),
        ("[hours]\nmonday = ['9-17']\n", ['"hours.monday.0"', '"09:00-17:00"', "it is '9-17'"]),
        ("[hours]\nmonday = ['09:00-24:30']\n", ['"24:00" at the latest']),
        ("[hours]\nmonday = ['09:00-09:00']\n", ['the whole day is "00:00-24:00"']),
        ("[hours]\nmontag = ['09:00-17:00']\n", ['no setting "hours.montag"']),
        ("[hours]\nholidays = ['2026-12-25']\n", ['"hours.holidays.0"', "a date without quotes"]),
        ("[hours]\nholidays = ['02-30']\n", ['"hours.holidays.0"', "every year"]),
        ("[hours]\nholidays = [2026-12-25T00:00:00]\n", ['"hours.holidays.0"', "a date without quotes"]),
        ("[webhook]\nurl = 'desk'\n", ['"webhook.url"', "must be an address", "it is not shown here"]),
        ("[webhook]\nurl = 'http://desk.example.com/x'\n", ["must begin with https://"]),
        ("[webhook]\nurl = 'https://me:pass@desk.example.com'\n", ["must not hold a password"]),
        ("[webhook]\nurl = 'https://d.example.com'\n", ["[webhook]", "DESKHAND_WEBHOOK_SECRET", "openssl rand"]),
        ("[webhook]\nsecret = 'x'\n", ["Secrets come from the environment", "DESKHAND_WEBHOOK_SECRET"]),
        ("[webhook]\nevents = ['opened']\n", ['"webhook.events.0"', "ticket.", "it is 'opened'"]),
        ("[retention]\ndeliveries = 3\n", ['"retention.deliveries" must be at least 7', "it is 3"]),
        ("[retention]\naudit = -1\n", ['"retention.audit"', "greater than or equal to 0"]),
        ("[router]\nsure = 1.5\n", ['"router.sure"', "less than or equal to 1"]),
        ("[directory]\nunknown = 'anybody'\n", ['"directory.unknown"', "'outside' or 'members'"]),
        (SOURCE + SOURCE, ['two [[source]] tables are called "docs"']),
        (SOURCE + "[[source]]\nname = 'more'\npath = './docs/'\n", ["docs and more", "the same path"]),
        ("[answer\n", ["not valid TOML", "line 1"]),
        ("a = 'x'\nb = c\n", ["not valid TOML", "line 2"]),
    ],
)
def test_what_is_wrong_is_said_with_the_key_and_the_fix(tmp_path: Path, toml: str, words: list[str]) -> None:
    said = complaint(tmp_path, toml)
    assert str(tmp_path / "deskhand.toml") in said
    assert "pydantic" not in said
    for part in words:
        assert part in said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = complaint(tmp_path, "[answer]\nthreshold = 2\n[awnser]\n")
    assert '"answer.threshold"' in said
    assert '"awnser"' in said


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "deskhand.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="save it as UTF-8"):
        load(tmp_path)


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "deskhand.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


def test_opening_hours_are_read_as_minutes_of_the_day_they_begin_on(tmp_path: Path) -> None:
    (tmp_path / "deskhand.toml").write_text(
        '[hours]\nzone = "Europe/Berlin"\nmonday = ["09:00-12:00", "13:00-24:00"]\nfriday = ["22:00-06:00"]\n'
        'holidays = [2026-04-03, "12-25", "02-29"]\n'
    )
    hours = load(tmp_path).hours
    assert hours.week == (((540, 720), (780, 1440)), (), (), (), ((1320, 1800),), (), ())
    assert hours.dates == {date(2026, 4, 3)}
    assert hours.yearly == {(12, 25), (2, 29)}


def test_secrets_come_from_the_environment_and_are_not_shown(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    (tmp_path / "deskhand.toml").write_text(
        '[store]\nurl = "postgresql://me:from-file@db/d"\n[webhook]\nurl = "http://127.0.0.1:8080/x"\n'
    )
    environment.setenv("DESKHAND_WEBHOOK_SECRET", SECRET)
    settings = load(tmp_path)
    assert settings.store.postgres == "postgresql://me:from-file@db/d"
    environment.setenv("DESKHAND_STORE_URL", "postgresql://me:from-env@db/d")
    settings = load(tmp_path)
    assert settings.store.postgres == "postgresql://me:from-env@db/d"
    assert settings.webhook_secret is not None
    assert settings.webhook_secret.get_secret_value() == SECRET
    assert not {"from-file", "from-env", SECRET} & set(re.split(r"[^\w-]", repr(settings)))


def test_an_environment_that_is_wrong_is_said_without_its_value(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("DESKHAND_STORE_URL", "postgres://me:hush@db/d")
    with pytest.raises(SettingsError, match=r"DESKHAND_STORE_URL .*postgresql://") as raised:
        load(tmp_path)
    assert "hush" not in "".join(format_exception(raised.value))
    environment.delenv("DESKHAND_STORE_URL")
    environment.setenv("DESKHAND_WEBHOOK_SECRET", "hush")
    said = complaint(tmp_path, '[webhook]\nurl = "https://desk.example.com"\n')
    assert "shorter than 16 characters" in said
    assert "hush" not in said


def test_a_password_in_a_wrong_url_is_not_shown_in_tracebacks_either(tmp_path: Path) -> None:
    (tmp_path / "deskhand.toml").write_text('[store]\nurl = "postgres://me:hush@db/d"\nurk = 1\n')
    with pytest.raises(SettingsError) as raised:
        load(tmp_path)
    assert "hush" not in "".join(format_exception(raised.value))


def test_the_starter_explains_every_setting_and_each_holds_when_the_comment_sign_is_taken_away(
    tmp_path: Path,
) -> None:
    file, written = write_settings(tmp_path, text=starter())
    assert written
    assert build(load(tmp_path)).configured() == []
    settings = re.sub(r"^# (?=\[|[a-z_]+ = )", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (source,) = configured(tmp_path, settings).configured()
    assert isinstance(source, FileSource)
    written_down = tomllib.loads(settings)
    assert set(written_down) == set(File.model_fields)
    assert set(written_down["source"][0]) == {"type", *_fields(source._settings)} - {"limits"}
    assert set(written_down["source"][0]["overrides"][0]) == _fields(source._settings.overrides[0])
    assert set(written_down["limits"]) == _fields(source._settings.limits)
    for name in set(File.model_fields) - {"source", "limits"}:
        value = getattr(load(tmp_path), name)
        section, table = (value[0], written_down[name][0]) if isinstance(value, list) else (value, written_down[name])
        assert set(table) == _fields(section), name


def test_what_the_starter_shows_is_what_holds_without_it(tmp_path: Path) -> None:
    tables = ("index", "embedder", "store", "work", "experts", "retention", "directory")
    parts = re.split(r"^(?=(?:# )?\[)", starter(), flags=re.MULTILINE)
    shown = "".join(part for part in parts if part.startswith(tuple(f"[{table}]" for table in (*tables, "hours"))))
    plain = load(tmp_path)
    (tmp_path / "deskhand.toml").write_text(re.sub(r"^# (?=[a-z_]+ = )", "", shown, flags=re.MULTILINE))
    written = load(tmp_path)
    assert written.hours.monday == ((0, 1440),)
    assert (written.hours.week, written.hours.zone) == (plain.hours.week, plain.hours.zone)
    assert [getattr(written, table) for table in tables] == [getattr(plain, table) for table in tables]


def _fields(section: Any) -> set[str]:
    return set(type(section).model_fields)
