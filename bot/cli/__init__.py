"""The commands. Each reads its options, asks the app, and hands the result to the terminal adapter.

base.py        what all commands share
knowledge.py   init, index, ask, search, status, check, demo
chats.py       chat, work, backup, restore
access.py      login, token
serving.py     serve
admin.py       those of `bot.admin.table`
"""

from bot.cli import access, admin, chats, knowledge, serving
from bot.cli.base import cli

__all__ = ["access", "admin", "chats", "cli", "knowledge", "serving"]
