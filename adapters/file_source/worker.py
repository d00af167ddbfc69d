"""A reader process: bytes come in, text goes out, and nothing else can be reached from here.

A message in either direction is four bytes of length and JSON; a request is followed by the file's bytes.
The process ends when its input does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from adapters.file_source.content import Caps, Unreadable

MIB = 1024 * 1024
_LIBXML_NO_MEMORY = 2


def main() -> None:
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not get between the replies.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    caps = Caps(**json.loads(sys.argv[1]))
    _confine(caps)
    from adapters.file_source.registry import read

    while header := _receive(requests):
        data = requests.read(header["size"])
        _allow_cpu(caps)
        reply = _answer(read, data, header["suffix"], caps)
        del data
        # A fresh process for the next file once this one has grown, so that no file pays for another.
        reply["retire"] = reply.get("retire", False) or _peak_mib() > caps.max_memory_mb / 3
        _send(replies, reply)


def _peak_mib() -> float:
    """The most memory this process had resident."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
    except OSError:
        # Not on Linux, where this would count the process that started this one too.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (MIB if sys.platform == "darwin" else 1024)


def _answer(read: Any, data: bytes, suffix: str, caps: Caps) -> dict[str, Any]:
    try:
        content = read(data, suffix=suffix, caps=caps)
    except Unreadable as exc:
        return {"error": str(exc)}
    except MemoryError:
        return {"limit": "memory", "retire": True}
    except RecursionError:
        return {"error": "is nested too deeply to read: flatten its structure and index again", "retire": True}
    except Exception as exc:  # noqa: BLE001  # whatever a parser throws at a broken file
        if type(exc).__name__ == "XMLSyntaxError" and getattr(exc, "code", None) == _LIBXML_NO_MEMORY:
            return {"limit": "memory", "retire": True}
        return {"error": f"cannot be read, it may be damaged ({type(exc).__name__}): open it, save it again"}
    return {
        "parts": content.parts,
        "title": content.title,
        "language": content.language,
        "fields": content.fields,
        "notes": content.notes,
    }


def _confine(caps: Caps) -> None:
    """Nothing written, few files open, no processes started, memory and time bounded."""
    memory = caps.max_memory_mb * MIB
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (allowed, allowed))
    sys.setrecursionlimit(6000)


def _allow_cpu(caps: Caps) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + 1 + caps.max_cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _receive(stream: BinaryIO) -> dict[str, Any] | None:
    length = stream.read(4)
    if len(length) < 4:
        return None
    header: dict[str, Any] = json.loads(stream.read(int.from_bytes(length, "big")))
    return header


def _send(stream: BinaryIO, reply: dict[str, Any]) -> None:
    body = json.dumps(reply, ensure_ascii=False, check_circular=False).encode("utf-8", "replace")
    stream.write(len(body).to_bytes(4, "big") + body)
    stream.flush()
