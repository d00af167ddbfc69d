"""What to do about an event: is it for us, who has the thread, what do we say.

bot.py         SupportBot: every event -> a decision
rooms.py       what settings say of a channel, and which experts a question goes to
listening.py   is a message for us
asked.py       a question -> an answer, a question back, or a ticket
presses.py     buttons, votes, and what experts write
languages.py   which language somebody writes
wording.py     everything that is said
"""

from bot.service.bot import SupportBot
from bot.service.rooms import Room, Rooms, TopicRoom

__all__ = ["Room", "Rooms", "SupportBot", "TopicRoom"]
