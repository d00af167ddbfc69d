"""What runs by itself: events are worked on, replies are sent, tickets are looked after.

loop.py      claims, keeps leases alive, lets go in time
worker.py    an event -> what the bot decides -> committed together
sender.py    a reply -> posted once
jobs.py      what an admin ordered: index runs
upkeep.py    reminders, retention, refreshes
"""

from bot.worker.jobs import Jobs
from bot.worker.loop import Loop, Timing
from bot.worker.sender import Sender
from bot.worker.upkeep import Upkeep
from bot.worker.worker import Worker

__all__ = ["Jobs", "Loop", "Sender", "Timing", "Upkeep", "Worker"]
