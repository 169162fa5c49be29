"""The published files as one zip: what went in, what came out, and how to check it."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_EPOCH = (1980, 1, 1, 0, 0, 0)  # no clock in the bytes: equal files, equal digest
LIMIT = 2_000_000_000


class BundleTooLarge(ValueError):
    """A zip that unpacks to more than this program ever writes."""


@dataclass(frozen=True)
class Sentence:
    """One line of explanations.csv; `post` is empty where the line is about having none."""

    post: str
    reason: str
    text: str


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Rows as CSV, LF line ends."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def pack(files: Mapping[str, str]) -> bytes:
    """A zip of texts in UTF-8; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name].encode())
    return out.getvalue()


def unpack(content: bytes) -> dict[str, str]:
    """The texts by name; `BundleTooLarge` for what we never wrote."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > LIMIT:
            raise BundleTooLarge
        return {info.filename: archive.read(info).decode() for info in archive.infolist()}


def sentences(files: Mapping[str, str]) -> dict[str, list[Sentence]]:
    """By public id: the preferred posts not got by rank, then the outcome."""
    found: dict[str, list[Sentence]] = {}
    for row in csv.DictReader(io.StringIO(files["out/explanations.csv"])):
        line = Sentence(row["post_id"], row["reason"], row["text"])
        found.setdefault(row["student_id"], []).append(line)
    return found
