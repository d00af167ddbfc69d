"""Ports in plain Python: they power unit tests and show what the real adapters promise, as simply as can be.

index.py      MemoryIndex: passages and catalogue
channel.py    MemoryChannel: a platform that can be told what to lack and how to fail
wakeups.py    MemoryWakeUps: those of a single process
"""

from adapters.memory.channel import Crashed, MemoryChannel, MemoryPost
from adapters.memory.index import MemoryIndex
from adapters.memory.wakeups import MemoryWakeUps

__all__ = ["Crashed", "MemoryChannel", "MemoryIndex", "MemoryPost", "MemoryWakeUps"]
