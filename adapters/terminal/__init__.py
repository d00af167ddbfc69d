"""The terminal as a platform: people read tables and answers, programs read JSON.

asking.py     what was typed -> Question
batch.py      a file of questions -> a file of answers
chat.py       a conversation
forms.py      the JSON forms that programs rely on
results.py    results for either
answers.py    answers and search results for people
reports.py    index, status and check for people
demo.py       the sample organisation, shown
layout.py     margins and columns
sources.py    where something stands, and how to open it
console.py    the two streams: results to stdout, messages to stderr
failures.py   what went wrong -> a message and an exit code
"""

FAILED, WRONG_USAGE, PARTS_FAILED, INTERRUPTED = 1, 2, 3, 130
"""How a command ends when not all is well."""
