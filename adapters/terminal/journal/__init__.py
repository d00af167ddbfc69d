"""Chats at terminals that hand a question over and back through the journal, from process to process.

ports.py      what a chat needs of the bot, and of a screen
feed.py       what is new among the posts
pen.py        what is typed -> events
commands.py   /commands: looked up, listed
asker.py      the side of whoever asks; asker_commands.py what they can do besides, places.py where they are
expert.py     the side of whoever answers; expert_commands.py what they can do about a ticket
admin.py      what admins type on either side
session.py    both at once: what arrives and what is typed
prompts.py    a screen with a person at it
lines.py      a screen of lines, for pipes and programs
markdown.py   the Markdown of replies, as a terminal shows it
views.py      replies, cards and lists for people
forms.py      the same for programs
logs.py       where logs go meanwhile

With `--json` every event is one JSON object a line on stdout; its "event" says what it is:

  ready      {"person", "conversation"}: from here on what arrives is shown
  accepted   {"type": "message" and so on, "id", "conversation"}: a line that was typed is kept
  posted     {"reply", "at"}: a reply, new; its "answers" is the "id" of the message it is about
  updated    {"reply", "at"}: it says something else now
  deleted    {"id"}: it is gone
  queue      {"tickets"}: for experts, at the start and for /queue
  mine       {"exchanges", "tickets"}
  why        {"exchange"}
  sources    {"sources"}: of the last answer
  card       {"reply"}: of /open
  note       {"text"}: a word of the chat itself
  failed     {"text", "typed"}: what was typed was not kept, and why

A reply has the fields of `bot.models.Reply`: id, kind, conversation, text, title, fields, sources, buttons, votes,
answers, under, only_for, ticket. Times are ISO 8601. Fields may be added.
"""
