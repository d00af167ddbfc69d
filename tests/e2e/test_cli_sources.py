"""Sources come and go, and no way of naming a folder shows anybody what they may not read."""

from __future__ import annotations

from tests.e2e.organisation import LEAVE, PARKING, SALARIES, SETTINGS, Organisation

HANDBOOK_FOR_HR = '[[source]]\nname = "handbook"\npath = "../docs"\naudience = ["hr"]\n'
HANDBOOK_WITH_SALARIES = """
[[source]]
name = "handbook"
path = "../docs"

[[source.overrides]]
glob = "salaries/**"
audience = ["hr"]
"""


def sources_of(org: Organisation) -> list[str]:
    return [source["name"] for source in org("status", "--json").json["sources"]]


def found_by(org: Organisation, question: str, *args: str) -> set[str]:
    return {entry["doc"] for entry in org("search", question, *args, "--json").json["evidence"]}


class TestSourcesThatGo:
    def test_settings_win_over_what_index_registered_for_the_same_path(self, org: Organisation) -> None:
        org("index", "docs")
        org.write(".deskhand/deskhand.toml", HANDBOOK_FOR_HR)
        done = org("index", "docs", "--json").json
        assert (done["added"], done["deleted"]) == (["handbook/leave.md"], ["docs/leave.md"])
        assert found_by(org, "annual leave") == set()
        assert sources_of(org) == ["handbook"]

    def test_a_source_that_settings_name_no_more_goes_with_the_next_run(self, org: Organisation) -> None:
        org.write(".deskhand/deskhand.toml", HANDBOOK_FOR_HR)
        org("index")
        org.write(".deskhand/deskhand.toml", "")
        assert found_by(org, "annual leave") == set(), "until then it is read by whom it was"
        assert sources_of(org) == ["handbook"]
        preview = org("index", "--dry-run", "--json").json
        done = org("index", "--json")
        assert preview["deleted"] == done.json["deleted"] == ["handbook/leave.md"]
        assert (done.code, done.json["documents"], sources_of(org)) == (0, 0, [])
        assert "no longer in" in done.json["notes"][0]["note"]
        assert found_by(org, "annual leave", "--as", "hr") == set()

    def test_until_it_is_gone_nothing_of_it_can_be_indexed_for_everybody(self, org: Organisation) -> None:
        org.write("docs/cars/parking.md", PARKING)
        org.write(".deskhand/deskhand.toml", HANDBOOK_WITH_SALARIES)
        org("index")
        org.write(".deskhand/deskhand.toml", "")
        for path in ("docs", "docs/cars", "."):
            done = org("index", path)
            assert done.code == 1
            assert "run deskhand index first" in done.err
        org("index")
        assert org("index", "docs").code == 0

    def test_a_table_with_another_name_replaces_the_source(self, org: Organisation) -> None:
        org.write(".deskhand/deskhand.toml", HANDBOOK_FOR_HR)
        org("index")
        org.write(".deskhand/deskhand.toml", HANDBOOK_FOR_HR.replace("handbook", "rules"))
        done = org("index", "docs", "--json").json
        assert (done["added"], done["deleted"]) == (["rules/leave.md"], ["handbook/leave.md"])
        assert sources_of(org) == ["rules"]

    def test_what_index_registered_can_be_removed_by_name(self, org: Organisation) -> None:
        org.write("cars/parking.md", PARKING)
        org("index", "docs", "cars")
        preview = org("index", "--remove", "docs", "--dry-run", "--json").json
        assert (preview["deleted"], preview["documents"]) == (["docs/leave.md"], 2)
        done = org("index", "--remove", "docs", "--json").json
        assert (done["deleted"], done["documents"], done["unchanged"]) == (["docs/leave.md"], 1, 0)
        assert sources_of(org) == ["cars"]
        assert org("index", "--json").json["added"] == [], "and it does not come back"

    def test_one_source_can_make_room_for_another(self, org: Organisation) -> None:
        org("index", "docs/leave.md")
        done = org("index", "--remove", "leave.md", "docs", "--json").json
        assert (done["added"], done["deleted"]) == (["docs/leave.md"], ["leave.md"])

    def test_what_cannot_be_removed_is_named_with_the_reason(self, copy: Organisation) -> None:
        for name, reason in (("hr", "remove its [[source]] table there"), ("dcos", "there are hr, manual, docs")):
            done = copy("index", "--remove", name)
            assert (done.code, done.out) == (1, "")
            assert reason in done.err
        done = copy("index", "--remove", "dcos", "--remove", "docs", "--json")
        assert (done.code, done.json["deleted"]) == (3, ["docs/leave.md", "docs/parking.md"])
        assert [error["doc"] for error in done.json["errors"]] == ["dcos"]

    def test_a_source_is_not_removed_and_indexed_at_once(self, copy: Organisation) -> None:
        docs = next(s["path"] for s in copy("status", "--json").json["sources"] if s["name"] == "docs")
        done = copy("index", "--remove", "docs", docs, "--dry-run", "--json")
        assert done.code == 3
        assert "index it in a run of its own" in done.json["errors"][0]["error"]


class TestOverlaps:
    def test_a_folder_inside_one_that_all_may_read_gets_a_note(self, org: Organisation) -> None:
        org.write("docs/cars/parking.md", PARKING)
        done = org("index", "docs", "docs/cars")
        assert done.code == 0
        assert 'note: cars: shares documents with the source "docs"' in done.err

    def test_a_path_inside_a_restricted_source_is_refused(self, org: Organisation) -> None:
        org.write("hr/pay/salaries.md", SALARIES)
        org.write("hr/empty/none.txt", "")
        org.write(".deskhand/deskhand.toml", SETTINGS)
        for path in ("hr/pay", "hr/pay/salaries.md", "hr/empty"):
            done = org("index", path)
            assert (done.code, done.out) == (1, "")
            assert 'shares documents with the source "hr"' in done.err
            assert "add a [[source]] table" in done.err
        done = org("index", "docs", "hr/pay", "--json")
        assert (done.code, done.json["added"]) == (3, ["docs/leave.md"])
        assert [error["doc"] for error in done.json["errors"]] == ["hr/pay"]

    def test_a_path_around_a_restricted_source_is_refused(self, org: Organisation) -> None:
        org.write("hr/salaries.md", SALARIES)
        org.write(".deskhand/deskhand.toml", SETTINGS)
        done = org("index", ".")
        assert done.code == 1
        assert 'shares documents with the source "hr"' in done.err

    def test_overrides_decide_who_may_read_what_is_at_a_path(self, org: Organisation) -> None:
        org.write("docs/salaries/grades.md", SALARIES)
        org.write("docs/cars/parking.md", PARKING)
        org.write(".deskhand/deskhand.toml", HANDBOOK_WITH_SALARIES)
        assert org("index", "docs/salaries").code == 1
        assert org("index", ".").code == 1
        done = org("index", "docs/cars")
        assert done.code == 0
        assert 'shares documents with the source "handbook"' in done.err

    def test_a_source_that_settings_restrict_later_is_not_brought_up_to_date_any_more(self, org: Organisation) -> None:
        org.write("docs/salaries/grades.md", SALARIES.replace("60,000", "50,000"))
        org("index", "docs/salaries")
        org.write("docs/salaries/grades.md", SALARIES)
        org.write(".deskhand/deskhand.toml", HANDBOOK_WITH_SALARIES)
        done = org("index")
        assert done.code == 3
        assert "take it out: deskhand index --remove salaries" in done.err
        assert "60,000" not in org("search", "salary of grade 7").out
        assert org("index", "--remove", "salaries").code == 0
        assert org("index").code == 0
        assert "0,000" not in org("search", "salary of grade 7").out

    def test_two_files_of_one_name_are_two_sources(self, org: Organisation) -> None:
        org.write("other/leave.md", LEAVE.replace("25", "30"))
        done = org("index", "docs/leave.md", "other/leave.md", "--json")
        assert (done.code, done.json["added"]) == (0, ["leave.md", "leave.md-2"])
        assert found_by(org, "annual leave") == {"leave.md", "leave.md-2"}
        assert sources_of(org) == ["leave.md", "leave.md-2"]
