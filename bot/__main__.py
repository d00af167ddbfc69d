"""`deskhand`, and `python -m bot`."""

from __future__ import annotations

import sys

from bot.cli import cli


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows few characters gets question marks rather than an error.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    cli()


if __name__ == "__main__":
    main()
