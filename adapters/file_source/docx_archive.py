"""The parts of a Word file, read only as far as the limits allow."""

from __future__ import annotations

import io
import posixpath
import zipfile

from lxml import etree

from adapters.file_source.content import Caps, Unreadable

MIB = 1024 * 1024
_DAMAGED = "is damaged or cut off: open it in Word, save it again and replace it"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Archive:
    """Raises Unreadable for whatever is wrong with it."""

    def __init__(self, data: bytes, caps: Caps) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except Exception as exc:  # zipfile raises many kinds of error for broken archives
            raise Unreadable(_DAMAGED) from exc
        size = sum(entry.file_size for entry in entries)
        if size > caps.max_archive_mb * MIB:
            raise Unreadable(
                f"unpacks to {size // MIB} MB, more than {caps.max_archive_mb}: split it or raise max_archive_mb"
            )
        if size > 4 * MIB and size > caps.max_archive_ratio * len(data):
            raise Unreadable(
                f"unpacks to {size // max(1, len(data))} times its size, more than {caps.max_archive_ratio}"
                " (a zip bomb?): save it again or raise max_archive_ratio"
            )
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable("is protected by a password: save a copy without one and index again")
        self._names = {entry.filename.lstrip("/"): entry for entry in entries}
        self.main = self._main()

    def xml(self, name: str) -> etree._Element | None:
        """The root of a part, None where there is no such part."""
        entry = self._names.get(name)
        if entry is None:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        try:
            with self._zip.open(entry) as file:
                root = etree.fromstring(file.read(), parser)
        except etree.XMLSyntaxError as exc:
            if getattr(exc, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
                raise MemoryError from exc
            raise Unreadable("is nested too deeply: flatten it" if "depth" in str(exc) else _DAMAGED) from exc
        except MemoryError:
            raise
        except Exception as exc:  # as above
            raise Unreadable(_DAMAGED) from exc
        if root.getroottree().docinfo.internalDTD is not None:
            raise Unreadable("defines entities, which no Word file needs: save it again in Word")
        return root

    def beside_main(self, name: str) -> etree._Element | None:
        return self.xml(posixpath.join(posixpath.dirname(self.main), name))

    def _main(self) -> str:
        relations = self.xml("_rels/.rels")
        for relation in () if relations is None else relations.iter(_RELATIONS):
            target = str(relation.get("Target", "")).lstrip("/")
            if str(relation.get("Type")).endswith("/officeDocument") and target in self._names:
                return target
        if "word/document.xml" not in self._names:
            raise Unreadable(_DAMAGED)
        return "word/document.xml"
