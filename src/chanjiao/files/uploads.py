"""Files as people send them: sniffed, measured, freed of the place of taking."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import IO

from chanjiao.files.photos import fingerprint, without_place
from chanjiao.files.sniffing import FileType, Unfit, sniff


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it was sent; `size` in bytes."""

    content: IO[bytes]
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Fit:
    """A file that may be kept; the digest is of what is kept."""

    content: IO[bytes]
    name: str
    type: FileType
    digest: str
    place_removed: bool

    def fingerprint(self) -> str:
        """Of a picture; empty for anything else."""
        if not self.type.is_image:
            return ""
        self.content.seek(0)
        return fingerprint(self.content.read())


def sorted_out(uploads: Sequence[Upload], *, limit: int) -> tuple[list[Fit], list[str]]:
    """Those that may be kept, and why the others may not. `limit`: bytes of each."""
    fits, problems = [], []
    for upload in uploads:
        try:
            fits.append(_fit(upload, limit))
        except Unfit as error:
            problems.append(f"{shown_name(upload.name)}：{error}")
    return fits, problems


def shown_name(name: str) -> str:
    """The last part of whatever path was sent, without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-200:]


def _fit(upload: Upload, limit: int) -> Fit:
    """The file ready to be kept; Unfit otherwise."""
    if upload.size > limit:
        raise Unfit(f"文件超过 {limit // 1024 // 1024} MB，请压缩后上传。")
    name = shown_name(upload.name)
    found = sniff(upload.content, name)
    if not found.is_image:
        return Fit(upload.content, name, found, _digest(upload.content), False)
    upload.content.seek(0)
    data, removed = without_place(upload.content.read())
    kept = BytesIO(data)
    return Fit(kept, name, found, _digest(kept), removed)


def _digest(content: IO[bytes]) -> str:
    digest = sha256()
    content.seek(0)
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
