"""A hostile or broken file costs its limit, and nothing else is affected."""

from __future__ import annotations

import asyncio
import io
import os
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from adapters.file_source import Limits
from adapters.file_source.content import Unreadable
from adapters.file_source.workers import Worker
from knowledge.models import Failure, Loaded
from tests.unit.file_source.conftest import Read
from tests.unit.file_source.support import load_all, source_of, texts

WORD = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'


def pdf(*lines: str, pages: int = 1, encrypt: str | None = None) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=StandardEncryption(encrypt) if encrypt else None)
    for number in range(pages):
        for place, line in enumerate(lines or ("One line of text.",)):
            canvas.drawString(72, 700 - 14 * place, f"{line} {number if pages > 1 else ''}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def word(body: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", body)
    return buffer.getvalue()


_before: set[int] = set()


@pytest.fixture(autouse=True)
def _others() -> None:
    """Processes that other tests left running, such as the server that multiprocessing forks from."""
    _before.clear()
    _before.update(process.pid for process in psutil.Process().children(recursive=True))


def children() -> list[psutil.Process]:
    return [process for process in psutil.Process().children(recursive=True) if process.pid not in _before]


@pytest.mark.parametrize(
    ("content", "suffix", "says"),
    [
        (pdf(), ".docx", "is a PDF by content: rename it to .pdf"),
        (pdf(), ".md", "is a PDF by content: rename it to .pdf"),
        (word(WORD), ".pdf", "is a Word document by content: rename it to .docx"),
        (word(WORD), ".txt", "is a Word document by content: rename it to .docx"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ".md", "is a PNG image by content"),
        (b"<!DOCTYPE html><html><p>x</p></html>", ".pdf", "is an HTML page by content: rename it to .html"),
        (b"{\\rtf1 hello}", ".docx", "is an RTF file by content: rename it to .rtf"),
        (bytes(range(256)) * 20, ".txt", "is not text by content"),
        (bytes(range(256)) * 20, ".html", "is not text by content"),
        (b"just words", ".pdf", "is not a PDF by content"),
        (b"just words", ".docx", "is not a Word document by content"),
        (word(WORD)[:60], ".docx", "damaged"),
        (pdf()[:300], ".pdf", "is damaged or cut off"),
        (word(b"<w:document"), ".docx", "is damaged or cut off"),
        (pdf(encrypt="secret"), ".pdf", "is protected by a password: save a copy without one"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            ".docx",
            "protected by a password",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
            ".docx",
            "is an old Word file (.doc)",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
            ".pdf",
            "is an old Word file (.doc)",
        ),
        (b'<!DOCTYPE d [<!ENTITY a "b">]>' + WORD + b"</w:body></w:document>", ".docx", ""),
    ],
)
async def test_a_bad_file_is_named_with_what_it_is_and_what_to_do(
    read: Read, content: bytes, suffix: str, says: str
) -> None:
    if suffix == ".docx" and not says:
        content, says = word(content), "defines entities"
    result = await read(content, suffix)
    assert isinstance(result, Failure)
    assert result.error.startswith(f"the_file{suffix} ")
    assert says in result.error
    assert "Traceback" not in result.error


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".pdf", ".docx"])
@pytest.mark.parametrize("content", [b"", b" \n\t "])
async def test_an_empty_file_is_noted(read: Read, suffix: str, content: bytes) -> None:
    result = await read(content, suffix)
    assert isinstance(result, Loaded)
    assert not result.blocks
    assert "is empty" in result.notes[0].text


async def test_a_page_limit_is_named(read: Read) -> None:
    result = await read(pdf(pages=3), ".pdf", max_pages=2)
    assert isinstance(result, Failure)
    assert "has 3 pages, more than 2: split it or raise max_pages" in result.error


async def test_an_archive_that_unpacks_without_end_is_refused(read: Read) -> None:
    body = WORD + b"<w:p/>" * 3_000_000
    by_ratio = await read(word(body), ".docx")
    by_size = await read(word(body), ".docx", max_archive_mb=5)
    assert isinstance(by_ratio, Failure)
    assert isinstance(by_size, Failure)
    assert "max_archive_ratio" in by_ratio.error
    assert "max_archive_mb" in by_size.error


async def test_entities_are_never_expanded(read: Read) -> None:
    names = "abcdefgh"
    bomb = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in pairwise(names))
    result = await read(
        word(f"<!DOCTYPE d [{bomb}]>".encode() + WORD + b"<w:p>&h;</w:p></w:body></w:document>"), ".docx"
    )
    assert isinstance(result, Failure)
    assert await read(f"<!DOCTYPE html [{bomb}]><p>&h; fine</p>", ".html")


async def test_a_file_that_needs_too_much_memory_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Fine")
    (tmp_path / "b.html").write_bytes(b"<p>x</p>" * 5_000_000)
    (tmp_path / "c.md").write_text("# Fine too")
    results = await load_all(source_of(tmp_path, limits={"max_memory_mb": 200}, workers=1))
    assert isinstance(results["docs/a.md"], Loaded)
    assert isinstance(results["docs/c.md"], Loaded)
    failure = results["docs/b.html"]
    assert isinstance(failure, Failure)
    assert "docs/b.html" in failure.error
    assert "max_memory_mb" in failure.error


async def test_a_file_that_takes_too_long_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>slow</p>" * 1_500_000)
    (tmp_path / "b.md").write_text("# Fine")
    started = time.monotonic()
    results = await load_all(source_of(tmp_path, limits={"max_wall_seconds": 1.5}, workers=1))
    assert time.monotonic() - started < 10
    slow, fine = results["docs/a.html"], results["docs/b.md"]
    assert isinstance(slow, Failure)
    assert "took more than 1.5 s to read: split it or raise max_wall_seconds" in slow.error
    assert isinstance(fine, Loaded)


async def test_processor_time_is_limited_per_file(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>slow <b>words</b></p>" * 700_000)
    (tmp_path / "b.md").write_text("# Fine")
    results = await load_all(source_of(tmp_path, limits={"max_cpu_seconds": 1}, workers=1))
    slow = results["docs/a.html"]
    assert isinstance(slow, Failure)
    assert "max_cpu_seconds" in slow.error
    assert isinstance(results["docs/b.md"], Loaded)


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        ("<p>start</p>" + "<div>" * 1000 + "deep" + "</div>" * 1000 + "<p>end</p>", ".html"),
        ("<p>start</p>" + "<div>" * 20000 + "deep", ".html"),
        ("<p>start</p>" + "<ul><li>" * 1500 + "deep", ".html"),
        ("<p>start</p>" + "<table><tr><td>x</td><td>" * 900 + "deep", ".html"),
        ("start\n\n" + ">" * 1000 + " deep", ".md"),
        ("start\n\n" + "".join("  " * i + "- item\n" for i in range(1000)), ".md"),
        ("start " + "[" * 5000 + "x" + "](y)" * 5000, ".md"),
        ("start " + "*a **b " * 3000, ".md"),
    ],
)
async def test_deep_nesting_breaks_nothing(read: Read, content: str, suffix: str) -> None:
    assert "start" in texts(await read(content, suffix))


async def test_a_deeply_nested_word_file_breaks_nothing(read: Read) -> None:
    deep = b"<w:tbl><w:tr><w:tc>" * 600 + b"<w:p><w:r><w:t>deep</w:t></w:r></w:p>" + b"</w:tc></w:tr></w:tbl>" * 600
    result = await read(word(WORD + deep + b"</w:body></w:document>"), ".docx")
    assert isinstance(result, Failure) or "deep" in texts(result)


async def test_a_reader_that_dies_is_replaced() -> None:
    worker = Worker(Limits())
    await worker.read(b"first", suffix=".txt")
    [process] = children()
    process.kill()
    with pytest.raises(Unreadable, match="made its reader stop"):
        await worker.read(b"second", suffix=".txt")
    assert (await worker.read(b"third", suffix=".txt"))["parts"]
    await worker.close()
    assert not children()


async def test_readers_end_with_the_load_even_when_it_is_broken_off(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.md").write_text("# Text")
    source = source_of(tmp_path)
    stream = source.load((await source.scan()).found)
    async for _ in stream:
        break
    await stream.aclose()
    assert not children()


async def test_readers_see_no_environment_and_end_with_their_parent() -> None:
    worker = Worker(Limits())
    os.environ["DESKHAND_TEST_SECRET"] = "secret"
    try:
        await worker.read(b"text", suffix=".txt")
        [process] = children()
        assert "secret" not in process.environ().values()
        assert worker._process
        assert worker._process.stdin
        worker._process.stdin.close()  # what the system does when the parent dies
        await asyncio.wait_for(worker._process.wait(), 5)
    finally:
        del os.environ["DESKHAND_TEST_SECRET"]
        await worker.close()
