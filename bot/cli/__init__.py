"""The commands. Each reads its options, asks the app, and hands the result to the terminal adapter.

base.py        what all commands share
knowledge.py   init, index, ask, search, status, check, demo
chats.py       chat, work, backup, restore
admin.py       those of `bot.admin.table`
"""

from bot.cli import admin, chats, knowledge
from bot.cli.base import cli

__all__ = ["admin", "chats", "cli", "knowledge"]
