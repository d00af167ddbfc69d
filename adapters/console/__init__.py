"""Deskhand in the browser: asking, the experts' desk, and everything for admins.

ports.py      what it needs of the bot
channel.py    the console as a platform
pen.py        what people do -> events
doors.py      who may open which page; forms that are ours
signing.py    signing in and out
asking.py     the asker's pages; dialogue.py what they show
feed.py       open pages hear of what is new; live.py as a stream
markdown.py   Markdown -> harmless HTML
pages.py      templates and static files
site.py       what all routes share; app.py puts them together

Pages are made on the server and work without a script; with one, forms are sent without reloading and pages follow what
happens. Nothing comes from another host.
"""
