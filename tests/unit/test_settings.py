"""deskhand.toml: what may stand in it, and what is said of what may not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.file_source import FileSource
from bot.app import App, build
from bot.errors import SettingsError
from bot.settings import load, starter, write_settings
from knowledge.models import MEMBERS

SOURCE = '[[source]]\nname = "docs"\npath = "docs"\n'


def configured(home: Path, toml: str) -> App:
    (home / "deskhand.toml").write_text(toml, encoding="utf-8")
    return build(load(home))


def complaint(home: Path, toml: str) -> str:
    with pytest.raises(SettingsError) as raised:
        configured(home, toml)
    return str(raised.value)


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = load(tmp_path / "not-there-yet")
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


def test_the_starter_explains_every_setting_and_each_holds_when_the_comment_sign_is_taken_away(tmp_path: Path) -> None:
    file, written = write_settings(tmp_path, text=starter())
    assert written
    assert build(load(tmp_path)).configured() == []
    settings = re.sub(r"^# (?=\[|[a-z_]+ = )", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (source,) = configured(tmp_path, settings).configured()
    assert isinstance(source, FileSource)
    assert _keys(tomllib.loads(settings)) == {
        "source", "limits", "answer", "index", "embedder", "threshold", "type", "model",
        *_fields(source._settings), *_fields(source._settings.limits), *_fields(source._settings.overrides[0]),
    }  # fmt: skip


def _fields(section: Any) -> set[str]:
    return set(type(section).model_fields)


def _keys(table: Any) -> set[str]:
    if isinstance(table, list):
        return set().union(*map(_keys, table))
    return set(table).union(*map(_keys, table.values())) if isinstance(table, dict) else set()
