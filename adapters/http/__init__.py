"""HTTP: health, figures, and the interface for programs.

site.py        the whole: routes, and what every request goes through
ports.py       what it needs of the bot
rules.py       who may use which route
operating.py   /healthz, /readyz, /metrics
api.py         /api/v1, over commands.py (words for `Admin.run`) and forms.py (what goes in and out)
failures.py    what went wrong -> a status and words
health.py metrics.py    what operating.py tells
requests.py limits.py headers.py    what every request goes through
server.py      uvicorn, within a loop that others run in too
"""
