"""What README.md says of the product is what the product has."""

from __future__ import annotations

from pathlib import Path

from bot.admin.table import COMMANDS

README = Path(__file__).parents[2] / "README.md"
OWN = ("help",)


def commands_table() -> str:
    rows = [
        f"| `{command.call.replace('|', chr(92) + '|')}` | {command.what} | {command.role} |"
        for command in COMMANDS
        if command.name not in OWN
    ]
    return "\n".join(["| command | what it does | who may |", "|---|---|---|", *rows])


def test_the_commands_of_the_readme_are_those_there_are() -> None:
    text = README.read_text(encoding="utf-8")
    between = text.partition("<!-- commands -->\n")[2].partition("\n<!-- /commands -->")[0]
    assert between == commands_table()
