"""The errors of `knowledge`. Each message says what to do next.

KnowledgeError
├── SourceUnavailable    a source as a whole cannot be listed
├── IndexUnavailable     the index cannot be opened, read or written
│   └── IndexCorrupt     its file is damaged: index again
├── RunInProgress        another process is indexing
└── EmbedderUnavailable  texts cannot be embedded
"""


class KnowledgeError(Exception):
    """Anything that stops indexing or search."""


class SourceUnavailable(KnowledgeError):
    """A source as a whole cannot be listed."""


class IndexUnavailable(KnowledgeError):
    """The index cannot be opened, read or written."""


class IndexCorrupt(IndexUnavailable):
    """The index file is damaged."""


class RunInProgress(KnowledgeError):
    """Another process is indexing."""


class EmbedderUnavailable(KnowledgeError):
    """Texts cannot be embedded."""
