"""Experts' answers on their way to become documents: draft -> checked -> approved -> indexed, or rejected.

text.py       what people write in chat -> blocks
source.py     LearnedSource: what is approved, as a source of documents
golden.py     questions whose right answer is known
finding.py    what publishing a document would change
review.py     Learning: check, approve, reject; forget
"""

from bot.learning.finding import Changed, Finding, Seen, told
from bot.learning.review import Learning, forget
from bot.learning.source import NAME as LEARNED
from bot.learning.source import LearnedSource

__all__ = ["LEARNED", "Changed", "Finding", "LearnedSource", "Learning", "Seen", "forget", "told"]
