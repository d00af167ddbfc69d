"""Real servers for the tests: `python -m tests.servers start|stop`. Both may be repeated.

PostgreSQL listens on a free port of 127.0.0.1; its address is in .test-servers/postgres.url. Its data is in a temporary
folder that `stop` removes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / ".test-servers"
POSTGRES_URL: Final = FOLDER / "postgres.url"
_DATA: Final = FOLDER / "postgres.data"

# Nothing here has to outlive a power cut.
_FAST: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "autovacuum_naptime": "5s",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


def main() -> None:
    match sys.argv[1:]:
        case ["start"]:
            start()
        case ["stop"]:
            stop()
        case _:
            sys.exit("python -m tests.servers start|stop")


def start() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    if POSTGRES_URL.exists() and _answers(POSTGRES_URL.read_text()):
        print(f"PostgreSQL runs already: {POSTGRES_URL.read_text()}")
        return
    stop()
    commands = _commands() or _installed()
    # `postgres` does not run as root, and its own user may not get into the folders above this one.
    data = Path(tempfile.mkdtemp(prefix="deskhand-postgres-"))
    _DATA.write_text(str(data))
    user = _user()
    if user:
        shutil.chown(data, user, user)
    run = _as(user)
    subprocess.run(
        [*run, commands / "initdb", "--auth=trust", "--username=deskhand", "--encoding=UTF8", "--locale=C.UTF-8",
         "--no-sync", "--no-instructions", "--pgdata", data / "data"],
        check=True, stdout=subprocess.DEVNULL, cwd=data,
    )  # fmt: skip
    port = _free_port()
    settings = "\n".join(f"{name} = '{value}'" for name, value in {**_FAST, "port": str(port)}.items())
    with (data / "data" / "postgresql.conf").open("a") as file:
        file.write(f"\n{settings}\n")
    subprocess.run(
        [*run, commands / "pg_ctl", "start", "--wait", "--silent", "--pgdata", data / "data", "--log", data / "log"],
        check=True, cwd=data,
    )  # fmt: skip
    POSTGRES_URL.write_text(f"postgresql://deskhand@127.0.0.1:{port}/postgres")
    print(f"PostgreSQL runs: {POSTGRES_URL.read_text()}")


def stop() -> None:
    POSTGRES_URL.unlink(missing_ok=True)
    if not _DATA.exists():
        return
    data, commands = Path(_DATA.read_text()), _commands()
    if commands and (data / "data" / "postmaster.pid").exists():
        subprocess.run(
            [*_as(_user()), commands / "pg_ctl", "stop", "--mode=immediate", "--silent", "--pgdata", data / "data"],
            check=False, cwd=data,
        )  # fmt: skip
    shutil.rmtree(data, ignore_errors=True)
    _DATA.unlink()


def postgres_url() -> str:
    """The address of a test server; empty if none runs."""
    given = os.environ.get("DESKHAND_TEST_POSTGRES", "")
    if given or not POSTGRES_URL.exists():
        return given
    url = POSTGRES_URL.read_text()
    return url if _answers(url) else ""


def _answers(url: str) -> bool:
    host, _, port = url.partition("@")[2].partition("/")[0].partition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except OSError:
        return False


def _commands() -> Path | None:
    """The folder with initdb and pg_ctl: Debian keeps them off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def _installed() -> Path:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit("PostgreSQL is not installed. Install it (Debian: apt-get install postgresql), then try again.")
    print("Installing PostgreSQL ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    # Without Debian's own cluster, which would listen on the usual port.
    Path("/etc/postgresql-common").mkdir(exist_ok=True)
    configuration = Path("/etc/postgresql-common/createcluster.conf")
    if not configuration.exists():
        configuration.write_text("create_main_cluster = false\n")
    subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", "postgresql"], env=environment, check=True)
    commands = _commands()
    if commands is None:
        sys.exit("PostgreSQL was installed, but its initdb is not found.")
    return commands


def _user() -> str:
    """The user to run it as; empty for the one who runs this."""
    return "postgres" if os.geteuid() == 0 else ""


def _as(user: str) -> list[str | Path]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
