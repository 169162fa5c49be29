"""A zip with a list of digests: `sha256sum -c SHA256SUMS` checks every file in it."""

import hashlib
import zipfile
from datetime import datetime
from typing import IO

from chanjiao.files.archive_names import Names, safe_file_name
from chanjiao.files.models import StoredFile
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused

SUMS = "SHA256SUMS"
_CHUNK = 1 << 20


class Archive:
    """A zip being written, that remembers the digest of everything put in."""

    def __init__(self, target: IO[bytes], at: datetime) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        local = at.astimezone(clock.ZONE)
        self._moment = (local.year, local.month, local.day, local.hour, local.minute, local.second)
        self._names, self._sums = Names(), list[tuple[str, str]]()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add_bytes(self, name: str, content: bytes, folder: str = "") -> str:
        path = self._names.once(folder, name)
        self._zip.writestr(self._info(path), content)
        self._sums.append((hashlib.sha256(content).hexdigest(), path))
        return path

    def add_stored(self, stored: StoredFile, folder: str, name: str = "") -> str:
        """Copied as it is kept; Refused when its bytes are no longer those of its digest."""
        path = self._names.once(folder, name or safe_file_name(stored.name))
        sha = hashlib.sha256()
        with stored.file.open("rb") as source, self._zip.open(self._info(path), "w") as into:
            while chunk := source.read(_CHUNK):
                sha.update(chunk)
                into.write(chunk)
        if sha.hexdigest() != stored.digest:
            raise Refused(
                f"文件“{stored.name}”与入库时的校验值不符，可能已损坏，请联系系统管理员。"
            )
        self._sums.append((stored.digest, path))
        return path

    def add_sums(self) -> None:
        text = "".join(f"{digest}  {path}\n" for digest, path in self._sums)
        self._zip.writestr(self._info(SUMS), text.encode())

    def _info(self, path: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(path, self._moment)
        packed = path.rsplit(".", 1)[-1].lower() in {
            "jpg",
            "jpeg",
            "png",
            "docx",
            "xlsx",
            "pptx",
            "ofd",
        }
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info
