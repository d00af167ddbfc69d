"""Reader processes as seen from the outside: started when needed, replaced when they die."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adapters.file_source.content import Caps, Unreadable
from adapters.file_source.settings import Limits

_PACKAGES = str(Path(__file__).resolve().parents[2])
_START = "import sys; sys.path.append(sys.argv.pop(1)); from adapters.file_source.worker import main; main()"
_MAX_REPLY = 512 * 1024 * 1024


class Worker:
    """One reader process at a time, used by one task at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._caps = Caps(**limits.model_dump(include=set(Caps.__slots__)))
        self._process: asyncio.subprocess.Process | None = None

    async def read(self, data: bytes, *, suffix: str) -> dict[str, Any]:
        """The reader's reply: `parts, title, language, fields, notes`. Raises Unreadable."""
        process = self._process = self._process or await self._start()
        try:
            async with asyncio.timeout(self._limits.max_wall_seconds):
                reply = await _exchange(process, data, suffix)
        except TimeoutError:
            await self.close()
            raise Unreadable(self._over("took more than {} s to read", "max_wall_seconds")) from None
        except (OSError, EOFError, ValueError):
            raise Unreadable(self._death(await self.close())) from None
        except BaseException:
            await self.close()
            raise
        if reply.get("retire"):
            await self.close()
        if reply.get("limit") == "memory":
            raise Unreadable(self._over("needs more than {} MB of memory to read", "max_memory_mb"))
        if "error" in reply:
            raise Unreadable(reply["error"])
        return reply

    async def close(self) -> int:
        """End the process and everything that connects to it. Returns its exit code, 0 if there was none."""
        process, self._process = self._process, None
        if process is None:
            return 0
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        if process.returncode is None and not process.stdout.at_eof():
            process.kill()
        while await process.stdout.read(65536):
            pass
        return await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-c", _START, _PACKAGES, json.dumps(asdict(self._caps))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )

    def _death(self, code: int) -> str:
        if code == -signal.SIGXCPU:
            return self._over("took more than {} s of processor time to read", "max_cpu_seconds")
        return (
            f"made its reader stop (exit {code}), it may be damaged or need more than"
            f" {self._limits.max_memory_mb} MB of memory: save it again, split it, or raise max_memory_mb"
        )

    def _over(self, what: str, setting: str) -> str:
        return f"{what.format(getattr(self._limits, setting))}: split it or raise {setting}"


async def _exchange(process: asyncio.subprocess.Process, data: bytes, suffix: str) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    header = json.dumps({"suffix": suffix, "size": len(data)}).encode()
    process.stdin.write(len(header).to_bytes(4, "big") + header)
    process.stdin.write(data)
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(4), "big")
    if length > _MAX_REPLY:
        raise ValueError(length)
    reply: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return reply
