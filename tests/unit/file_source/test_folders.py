from __future__ import annotations

import hashlib
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.file_source import FileSource, FileSourceSettings, Limits, Override
from knowledge.errors import SourceUnavailable
from knowledge.models import Loaded
from tests.unit.file_source.support import load_all, source_of


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def test_a_folder_is_listed_with_all_below_it_in_order(tmp_path: Path) -> None:
    write(tmp_path, b_dot_md="b", a__z_dot_txt="z", a__c__d_dot_html="d")
    scan = await source_of(tmp_path).scan()
    assert [found.id for found in scan.found] == ["docs/a/c/d.html", "docs/a/z.txt", "docs/b.md"]


async def test_a_single_file_is_known_by_its_name_only(tmp_path: Path) -> None:
    write(tmp_path, rules_dot_md="# Rules")
    source = source_of(tmp_path / "rules.md")
    assert [found.id for found in (await source.scan()).found] == ["rules.md"]
    assert list(await load_all(source)) == ["rules.md"]


async def test_single_files_of_one_name_are_told_apart_by_their_sources(tmp_path: Path) -> None:
    write(tmp_path, a__policy_dot_md="Text of a.", b__policy_dot_md="Text of b.")
    ids = []
    for folder, name in (("a", "policy.md"), ("b", "policy.md-2"), ("b", "rules")):
        source = FileSource(FileSourceSettings(name=name, path=tmp_path / folder / "policy.md"))
        [(document, loaded)] = (await load_all(source)).items()
        assert isinstance(loaded, Loaded)
        assert loaded.blocks[0].text == f"Text of {folder}."
        assert loaded.document.title == "Policy"
        ids.append(document)
    assert ids == ["policy.md", "policy.md-2", "policy.md"]


async def test_hidden_files_and_office_locks_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="a")
    (tmp_path / ".secret.md").write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/b.md").write_text("x")
    (tmp_path / "~$a.docx").write_text("x")
    scan = await source_of(tmp_path).scan()
    assert [found.id for found in scan.found] == ["docs/a.md"]
    assert not scan.notes
    assert not scan.failures


async def test_links_are_followed_inside_the_folder_and_never_out_of_it(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    write(inside, a__a_dot_md="inside")
    write(outside, secret_dot_md="secret")
    (inside / "b").symlink_to(inside / "a")
    (inside / "loop").symlink_to(inside)
    (inside / "out").symlink_to(outside)
    (inside / "out.md").symlink_to(outside / "secret.md")
    (inside / "gone.md").symlink_to(inside / "nowhere.md")
    scan = await source_of(inside).scan()
    assert [found.id for found in scan.found] == ["docs/a/a.md", "docs/b/a.md"]
    assert {note.document for note in scan.notes} == {"docs/gone.md", "docs/out", "docs/out.md"}


async def test_a_file_exchanged_for_a_link_after_listing_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    write(tmp_path, inside__a_dot_md="mine", secret_dot_md="secret")
    source = source_of(inside)
    scan = await source.scan()
    (inside / "a.md").unlink()
    (inside / "a.md").symlink_to(tmp_path / "secret.md")
    [result] = [result async for result in source.load(scan.found)]
    assert "leaves its folder" in getattr(result, "error", "")
    assert await source.digest(scan.found[0]) == ""


async def test_a_pipe_in_the_folder_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="a")
    os.mkfifo(tmp_path / "b.md")
    assert list(await load_all(source_of(tmp_path))) == ["docs/a.md"]


async def test_formats_without_a_reader_are_noted(tmp_path: Path) -> None:
    write(tmp_path, plan_dot_xlsx="x")
    scan = await source_of(tmp_path).scan()
    assert [(note.document, "no reader for .xlsx yet" in note.text) for note in scan.notes] == [
        ("docs/plan.xlsx", True)
    ]


async def test_a_missing_folder_says_its_path_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"nowhere does not exist: create it or correct the path"):
        await source_of(tmp_path / "nowhere").scan()


async def test_a_file_over_the_limit_fails_by_name_with_the_setting(tmp_path: Path) -> None:
    write(tmp_path, big_dot_txt="x" * (1024 * 1024 + 1))
    [failure] = (await source_of(tmp_path, limits={"max_file_mb": 1}).scan()).failures
    assert failure.document == "docs/big.txt"
    assert "docs/big.txt is larger than 1 MB" in failure.error
    assert "raise max_file_mb" in failure.error


async def test_the_stamp_changes_with_the_file_and_the_digest_is_that_of_its_bytes(tmp_path: Path) -> None:
    write(tmp_path, a_dot_md="one")
    source = source_of(tmp_path)
    [before] = (await source.scan()).found
    assert (await source.scan()).found[0].stamp == before.stamp
    assert await source.digest(before) == hashlib.sha256(b"one").hexdigest()
    write(tmp_path, a_dot_md="other")
    assert (await source.scan()).found[0].stamp != before.stamp


async def test_the_last_matching_override_wins_key_by_key(tmp_path: Path) -> None:
    write(tmp_path, hr__pay_dot_md="x", hr__deep__a_dot_md="x", it__b_dot_md="x")
    overrides = (
        Override(glob="hr/**", audience=frozenset({"hr"}), owner="Ann"),
        Override(glob="**/a.md", kind="faq"),
        Override(glob="hr/*.md", owner="Bob", collection="people"),
    )
    scan = await source_of(tmp_path, overrides=overrides).scan()
    seen = {found.id: found.attributes for found in scan.found}
    assert seen["docs/hr/pay.md"].owner == "Bob"
    assert seen["docs/hr/pay.md"].audience == {"hr"}
    assert seen["docs/hr/pay.md"].collection == "people"
    assert (seen["docs/hr/deep/a.md"].owner, seen["docs/hr/deep/a.md"].kind) == ("Ann", "faq")
    assert seen["docs/it/b.md"].audience == {"members"}
    assert seen["docs/it/b.md"].collection == "docs"


@pytest.mark.parametrize(
    "settings", [{"colour": "red"}, {"audience": []}, {"kind": "novel"}, {"name": "a/b"}, {"overrides": [{"glob": ""}]}]
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FileSourceSettings.model_validate({"name": "docs", "path": ".", **settings})


def test_unknown_limits_are_refused() -> None:
    with pytest.raises(ValidationError, match="max_pagse"):
        Limits.model_validate({"max_pagse": 3})


async def test_a_document_carries_what_is_known_of_it(tmp_path: Path) -> None:
    write(tmp_path, annual_leave_dot_txt="Everyone has 25 days.")
    (tmp_path / "annual_leave.txt").rename(tmp_path / "annual_leave rules.txt")
    os.utime(tmp_path / "annual_leave rules.txt", (1_700_000_000, 1_700_000_000))
    loaded = (await load_all(source_of(tmp_path, owner="HR")))["docs/annual_leave rules.txt"]
    assert isinstance(loaded, Loaded)
    document = loaded.document
    assert document.title == "Annual leave rules"
    assert document.owner == "HR"
    assert document.updated == datetime.fromtimestamp(1_700_000_000, UTC).date()
    assert document.uri.startswith("file:///")
    assert document.uri.endswith("annual_leave%20rules.txt")
    assert document.content_hash == hashlib.sha256(b"Everyone has 25 days.").hexdigest()


async def test_front_matter_describes_a_document_but_never_who_may_read_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        a_dot_md="---\ntitle: Travel\nowner: Finance\neffective: 2026-01-31\nexpires: 31.12.2026\n"
        "updated: 2026-02-01 10:00:00\nlanguage: en\naudience: public\nkind: faq\n---\n# Heading\n\nText.",
    )
    loaded = (await load_all(source_of(tmp_path)))["docs/a.md"]
    assert isinstance(loaded, Loaded)
    document = loaded.document
    assert (document.title, document.owner, document.language) == ("Travel", "Finance", "en")
    assert (document.effective, document.expires, document.updated) == (date(2026, 1, 31), None, date(2026, 2, 1))
    assert document.audience == {"members"}
    assert document.kind == "policy"
    said = " | ".join(note.text for note in loaded.notes)
    assert "expires: 31.12.2026" in said
    assert '"audience"' in said
    assert '"kind"' in said
    assert [block.text for block in loaded.blocks] == ["Heading", "Text."]
