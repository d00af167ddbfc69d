"""All figures of the README, on this machine: `make bench`.

    python -m tests.benchmarks [--only answers indexing messages console processes size] [--no-readme]

Takes some minutes. Run it on a quiet machine: it says how busy it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks import installed
from tests.benchmarks.corpus import SAMPLE, Variations, read_sample, write_folder, write_home
from tests.benchmarks.messages import new_database
from tests.benchmarks.report import Figure, machine, markdown, table, write_into
from tests.servers import postgres_url

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
SIZES = {1_000: None, 10_000: 15.0, 50_000: 40.0}
QUESTIONS = 420
UNCHANGED = (1_000, 2)
"""Documents and sections of each, a section being about a passage."""
INDEXED = (400, 5)
"""As many passages a document as in the sample."""
STARTS = 5
ROUNDS = 3
QUESTION = "How many days of annual leave do I get after seven years?"
"""For the sample. The big homes are asked it too: what it finds there differs, what it takes does not."""


class Bench:
    """The parts, each a method; `folder` is for whatever they write."""

    def __init__(self, folder: Path, *, variations: Variations) -> None:
        self._folder = folder
        self._variations = variations
        self.notes: list[str] = []

    def answers(self) -> list[Figure]:
        figures = []
        for size, limit in SIZES.items():
            texts = self._variations.questions(QUESTIONS)
            times = self._alone("tests.benchmarks.latency", self._home(size), given=texts)
            of = f"question to answer, {size:,} passages"
            figures.append(Figure(f"{of}, p50", times["ask_p50"], "ms", limit))
            figures.append(Figure(f"{of}, p95", times["ask_p95"], "ms"))
            figures.append(Figure(f"of which search, {size:,} passages, p50", times["search_p50"], "ms"))
        return figures

    def indexing(self) -> list[Figure]:
        rounds = [self._alone("tests.benchmarks.indexing", self._documents(*INDEXED)) for _ in range(ROUNDS)]
        # The best of each, since other work on the machine only adds.
        passages = rounds[0]["passages"]
        whole, alone = (min(each[key] for each in rounds) for key in ("index_s", "embed_s"))
        spread = "; ".join(f"{each['index_s']:.1f} and {each['embed_s']:.1f}" for each in rounds)
        self.notes.append(f"Seconds to index and to embed the same {passages:,} passages, {ROUNDS} rounds: {spread}.")
        return [
            Figure("passages indexed per second", passages / whole, "", digits=0),
            Figure("texts embedded per second, the embedder alone", passages / alone, "", digits=0),
            Figure("what indexing adds to embedding", 100 * (whole / alone - 1), "%", 20.0),
        ]

    def processes(self) -> list[Figure]:
        sample, big = self._folder / "sample-home", self._home(50_000)
        self._run("--home", sample, "index", SAMPLE / "handbook", SAMPLE / "manual")
        figures = []
        for name, home in (("the sample", sample), ("50,000 passages", big)):
            runs = [self._run("--home", home, "ask", QUESTION, "--json") for _ in range(STARTS)]
            assert all(json.loads(run["output"])["evidence"] for run in runs)
            seconds = statistics.median(run["seconds"] for run in runs)
            figures.append(Figure(f"cold `deskhand ask` on {name}", seconds, "s", 2.0, digits=2))
            memory = statistics.median(run["mib"] for run in runs) * 2**20 / 1e6
            figures.append(Figure(f"resident memory of that, {name}", memory, "MB", 400.0, digits=0))
        home = self._folder / "folder-home"
        first = self._run("--home", home, "index", self._documents(*UNCHANGED), "--json")
        runs = [self._run("--home", home, "index", self._documents(*UNCHANGED), "--json") for _ in range(STARTS)]
        assert all(json.loads(run["output"])["unchanged"] == UNCHANGED[0] for run in runs)
        again = statistics.median(run["seconds"] for run in runs)
        passages = json.loads(first["output"])["passages"]
        figures += [
            Figure(f"`deskhand index`, {UNCHANGED[0]:,} new documents ({passages:,} passages)", first["seconds"], "s"),
            Figure(f"the same, {UNCHANGED[0]:,} unchanged documents", again, "s", 3.0, digits=2),
        ]
        return figures

    def messages(self) -> list[Figure]:
        """Each message from its acceptance to its post, all of them answered: a person's work is not measured here."""
        home = self._home(10_000)
        texts = self._variations.questions(QUESTIONS)
        (home / "deskhand.toml").write_text("[answer]\nthreshold = 0.0\n", encoding="utf-8")
        stores = {"SQLite": ""} | ({"PostgreSQL": url} if (url := self._postgres()) else {})
        figures = []
        for name, store in stores.items():
            run = self._alone("tests.benchmarks.messages", "answered", home, *filter(None, [store]), given=texts)
            what = f"messages answered a second, 10,000 passages, {name}"
            figures.append(Figure(what, run["per_second"], "", 40.0, at_least=True))
        (home / "deskhand.toml").unlink()
        folder = self._documents(5_000, 2)
        run = self._alone("tests.benchmarks.messages", "accepted", self._folder / "accepting-home", folder)
        figures.append(Figure("accept while 5,000 documents are indexed, p99", run["p99"], "ms", 100.0))
        return figures

    def console(self) -> list[Figure]:
        """Pages over a store that has seen a lot, and many open browsers."""
        run: Any = self._alone("tests.benchmarks.console", self._home(10_000))
        slowest = max(run["pages"], key=run["pages"].get)
        spread = ", ".join(f"{path} {ms:.0f}" for path, ms in run["pages"].items())
        self.notes.append(f"Pages of the console, p95 in ms: {spread}.")
        return [
            Figure(
                f"slowest page, 100,000 messages and 10,000 tickets, p95 ({slowest})",
                run["pages"][slowest],
                "ms",
                150.0,
            ),
            Figure("question acknowledged beside 500 open browsers, p99", run["acknowledged"]["p99"], "ms", 500.0),
            Figure("the slowest of those", run["acknowledged"]["most"], "ms", 500.0),
            Figure("resident memory of `deskhand serve`, 10,000 passages", run["resident_mb"], "MB", digits=0),
            Figure("the same beside 500 open browsers", run["resident_mb_browsers"], "MB", digits=0),
        ]

    def _postgres(self) -> str:
        """A database of its own on the test server; empty if none runs."""
        if not (url := postgres_url()):
            self.notes.append("PostgreSQL was left out, since no test server ran: make test-servers.")
            return ""
        return asyncio.run(new_database(url, name="bench"))

    def size(self) -> list[Figure]:
        packages = self._packages()
        found = installed.sizes(packages)
        if "torch" in found:
            raise SystemExit("torch is installed")
        listed = ", ".join(f"{name} {size:.0f}" for name, size in found.items() if size >= 2)
        rest = sum(size for size in found.values() if size < 2)
        self.notes.append(
            f"Installed, in MB: {listed}; {len(found)} packages, the others {rest:.0f} together; no torch."
        )
        return [Figure("core environment, installed", installed.whole(self._folder / "core"), "MB", 450.0, digits=0)]

    def _home(self, size: int) -> Path:
        home = self._folder / f"home-{size}"
        if not home.exists():
            print(f"... making an index of {size:,} passages", file=sys.stderr)
            asyncio.run(write_home(home, size, variations=self._variations))
        return home

    def _documents(self, documents: int, sections: int) -> Path:
        folder = self._folder / f"documents-{documents}"
        if not folder.exists():
            write_folder(folder, documents=documents, sections=sections, variations=self._variations)
        return folder

    def _alone(self, module: str, *arguments: object, given: object = None) -> dict[str, float]:
        """What `module` prints, run as a process of its own."""
        command = [sys.executable, "-m", module, *map(str, arguments)]
        done = subprocess.run(command, check=True, input=json.dumps(given), stdout=subprocess.PIPE, text=True)
        result: dict[str, float] = json.loads(done.stdout)
        return result

    def _packages(self) -> Path:
        if not (self._folder / "core").exists():
            print("... installing the core environment", file=sys.stderr)
            installed.install(self._folder)
        return next((self._folder / "core" / "lib").glob("python3*/site-packages"))

    def _run(self, *arguments: object) -> dict[str, Any]:
        """The installed command, as a process."""
        self._packages()
        command = [sys.executable, HERE / "launch.py", self._folder / "core/bin/deskhand", *arguments]
        done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, cwd=self._folder)
        result: dict[str, Any] = json.loads(done.stdout)
        if result["code"]:
            raise SystemExit(f"deskhand {' '.join(map(str, arguments))} ended with {result['code']}")
        return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("answers", "indexing", "messages", "console", "processes", "size")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--no-readme", action="store_true")
    options = parser.parse_args()
    on = machine()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), variations=Variations(asyncio.run(read_sample()), seed=1))
        for part in options.only:
            print(f"... {part}", file=sys.stderr)
            figures += getattr(bench, part)()
    print(f"{table(figures)}\n\n{on}", *bench.notes, sep="\n")
    complete = set(options.only) == set(parts)
    if complete and not options.no_readme and write_into(README, markdown(figures, on=on, notes=bench.notes)):
        print(f"{README.name} has them too.")


if __name__ == "__main__":
    main()
