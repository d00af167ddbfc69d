"""The terminal as a platform: people read tables and answers, programs read JSON.

shapes.py     what it shows, as seen from here
asking.py     what was typed -> Question
batch.py      a file of questions -> a file of answers
chat.py       a conversation
forms.py      the JSON forms that programs rely on
answers.py    answers and search results for people
reports.py    index, status and check for people
console.py    the two streams: results to stdout, messages to stderr
failures.py   what went wrong -> a message and an exit code
"""
