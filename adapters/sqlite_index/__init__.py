"""The default index and catalogue: one SQLite file, FTS5 for words, a numpy matrix for vectors.

index.py       SqliteIndex: the ports
threads.py     its connections: one to read, one to write
reading.py     one consistent read: search, passages, vectors
matrix.py      the vectors in memory, kept up to date from generation to generation
writing.py     stage and publish
catalogue.py   sources, documents, runs
rows.py        values <-> columns
database.py    opening the file, its schema, and what its errors mean
"""

from adapters.sqlite_index.index import SqliteIndex

__all__ = ["SqliteIndex"]
