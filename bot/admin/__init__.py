"""What those who run the bot ask of it.

sources.py   which sources an `index` command brings up to date, and which it drops
status.py    what is published
checks.py    what works and what does not
"""
