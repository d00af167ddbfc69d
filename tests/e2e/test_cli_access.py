"""Letting people and programs in, on the command line."""

from __future__ import annotations

import re

from tests.e2e.organisation import Organisation

PEOPLE = '[[person]]\nid = "console:ann"\nname = "Ann Lee"\nrole = "expert"\n'


class TestLogin:
    def test_it_prints_an_address_alone_and_says_whose_it_is(self, org: Organisation) -> None:
        org.write(".deskhand/people.toml", PEOPLE)
        for name in ("ann", "console:ann"):
            done = org("login", name)
            assert done.code == 0
            assert re.fullmatch(r"http://127\.0\.0\.1:8470/sign-in/[\w-]{43}\n", done.out)
            assert done.err == "Ann Lee (expert) signs in with this once, within 15 minutes:\n"

    def test_who_is_not_known_is_from_outside_where_others_get_in(self, org: Organisation) -> None:
        org.write(".deskhand/deskhand.toml", '[http]\nurl = "https://desk.example.com"\n')
        assert "ben (from outside: reads what is public)" in org("login", "ben").err

    def test_the_address_is_the_one_that_people_type(self, org: Organisation) -> None:
        org.write(".deskhand/deskhand.toml", '[http]\nurl = "https://desk.example.com"\n')
        assert org("login", "ann").out.startswith("https://desk.example.com/sign-in/")

    def test_without_an_address_that_anybody_can_type_it_says_what_to_set(self, org: Organisation) -> None:
        org.write(".deskhand/deskhand.toml", '[http]\nhost = "0.0.0.0"\n')
        done = org("login", "ann")
        assert (done.code, '"url" is missing' in done.err, done.out) == (1, True, "")

    def test_who_is_on_another_platform_cannot_sign_in(self, org: Organisation) -> None:
        for name in ("slack:T1/U2", "two words", "", "console:"):
            done = org("login", name)
            assert (done.code, "is nobody on the console" in done.err) == (1, True), name


class TestToken:
    def test_it_is_shown_once_listed_without_its_secret_and_revoked(self, org: Organisation) -> None:
        made = org("token", "create", "ci", "--role", "admin")
        secret = made.out.strip()
        assert re.fullmatch(r"[\w-]{43}", secret)
        assert "`deskhand token revoke ci` ends that" in made.err
        listed = org("token", "list", "--json")
        assert [(each["name"], each["role"]) for each in listed.json] == [("ci", "admin")]
        assert secret not in listed.out
        assert "ci: admin, since 20" in org("token", "list").out
        assert org("token", "revoke", "ci").code == 0
        assert "There are no tokens." in org("token", "list").out
        audit = org("audit", "--json")
        assert [entry["action"] for entry in audit.json] == ["token.issued", "token.revoked"]
        assert secret not in audit.out

    def test_a_program_may_do_little_unless_more_is_said(self, org: Organisation) -> None:
        org("token", "create", "ci")
        assert org("token", "list", "--json").json[0]["role"] == "asker"

    def test_what_makes_no_sense_is_said(self, org: Organisation) -> None:
        assert (org("token", "create", "ci", "--role", "boss").code, org("token", "create", "ci").code) == (2, 0)
        again = org("token", "create", "ci")
        assert (again.code, "revoke it first" in again.err) == (1, True)
        assert "There is no token" in org("token", "revoke", "other").err
        assert "no name for a token" in org("token", "create", "two words").err
