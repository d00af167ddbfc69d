"""Questions and documents stay on the machine, whatever the environment says."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from tests.e2e.organisation import LEAVE, Organisation


def test_a_question_is_not_traced_to_another_host(tmp_path: Path) -> None:
    deskhand = Organisation(tmp_path)
    deskhand.write("handbook/leave.md", LEAVE)
    assert deskhand("index", "handbook").code == 0
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, caller = listener.accept()
                except TimeoutError:
                    continue
                callers.append(caller)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        asked = deskhand(
            "ask",
            "How many days of leave do I get?",
            LANGSMITH_TRACING="true",
            LANGSMITH_API_KEY="secret",
            LANGSMITH_ENDPOINT=address,
            LANGCHAIN_TRACING_V2="true",
        )
        done.set()
        thread.join()
    assert asked.code == 0
    assert "25 days" in asked.out
    assert callers == []
