"""Evidence packs of this installation: its key, what goes in, checking what was made, reading back."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings

from chanjiao.files.models import StoredFile
from chanjiao.indicators.facts.scope import pseudonym
from chanjiao.indicators.models import Period
from chanjiao.kernel.verdict import Refused
from chanjiao.plans.models import EvidenceFile
from chanjiao_engine.indicators.packs import (
    Evidence,
    Key,
    key_from_json,
    key_to_json,
    make_key,
    read_unverified,
)
from chanjiao_engine.indicators.schema import TABLES

Facts = Mapping[str, pa.Table]
KEY_NAME = "pack_key.json"
SUFFIX = ".cjpack"
VERIFY_SECONDS = 600


def installation_key() -> Key:
    """The key this installation signs with; made at first need, readable by its owner only."""
    place = Path(settings.HOME) / KEY_NAME
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        _write_once(place, key_to_json(make_key("ed25519", os.urandom(32))))
    return key_from_json(place.read_bytes())


def _write_once(place: Path, data: bytes) -> None:
    """Whole or not at all, and never over a key that another process made meanwhile."""
    handle, name = tempfile.mkstemp(dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o600)
        try:
            os.link(name, place)
        except FileExistsError:
            return
    finally:
        os.unlink(name)


def evidence_of(period: Period, facts: Facts) -> list[Evidence]:
    """The evidence among the facts that has a digest, with its uses and, for one file, its size."""
    uses: dict[str, list[str]] = {}
    for row in facts["evidence_use"].to_pylist():
        uses.setdefault(row["evidence"], []).append(f"{row['purpose']}:{row['code']}")
    sizes = _sizes(period)
    return [
        Evidence(
            code=row["evidence"],
            title=row["title"],
            kind=row["kind"],
            sha256=row["digest"],
            size=sizes.get((row["evidence"], row["digest"])),
            used_by=tuple(sorted(uses.get(row["evidence"], []))),
        )
        for row in facts["evidence"].to_pylist()
        if row["digest"]
    ]


def _sizes(period: Period) -> dict[tuple[str, str], int]:
    """Of evidence that is one file: (code, digest) → bytes."""
    rows = EvidenceFile.objects.filter(
        evidence__plan__consortium=period.consortium_id, evidence__plan__year=period.year,
        removed_at__isnull=True,
    ).order_by("pk")  # fmt: skip
    found = rows.values_list("evidence__code", "file__digest", "file__size")
    return {(code, digest): size for code, digest, size in found}


def without_persons(facts: Facts) -> dict[str, pa.Table]:
    """The facts for the public: persons under names good in this one file and nowhere else.

    The key is drawn here and forgotten, so that not even this installation can tell who is who.
    """
    key = os.urandom(32)
    known: dict[str, str] = {}

    def renamed(name: str) -> str:
        if name not in known:
            known[name] = pseudonym(key, name.encode())
        return known[name]

    made = dict(facts)
    for table in TABLES:
        rows = made[table.name]
        for place, column in enumerate(table.columns):
            if column.person:
                names = [renamed(one) for one in rows.column(column.name).to_pylist()]
                field = rows.schema.field(column.name)
                rows = rows.set_column(place, field, pa.array(names, field.type))
        made[table.name] = rows
    return made


def verified(data: bytes, fingerprint: str) -> dict[str, Any]:
    """The report of verifying a pack in a process of its own that knows no database.

    Raises Refused with the first thing that differs.
    """
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / f"pack{SUFFIX}"
        pack.write_bytes(data)
        done = subprocess.run(  # noqa: S603 - our own program on our own file
            [sys.executable, "-m", "chanjiao.cli", "pack", "verify", str(pack),
             "--fingerprint", fingerprint, "--json"],
            capture_output=True, text=True, timeout=VERIFY_SECONDS, env=_bare(folder), check=False,
        )  # fmt: skip
    report = _report(done.stdout)
    if done.returncode != 0 or not report.get("holds"):
        said = report.get("difference") or done.stderr.strip()[-300:]
        raise Refused(f"证据包核验没有通过，未锁定：{said}")
    return report


def _report(text: str) -> dict[str, Any]:
    for line in reversed(text.splitlines()):
        found = json.loads(line)
        if "report" in found:
            report: dict[str, Any] = found["report"]
            return report
    return {}


def _bare(folder: str) -> dict[str, str]:
    """An environment without database, settings or home of this installation."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONIOENCODING": "utf-8",
        "LANG": "C.UTF-8",
        "CHANJIAO_HOME": folder,
    }


def pack_facts(file: StoredFile) -> dict[str, pa.Table]:
    """The facts of a stored pack; it was verified when it was stored."""
    return _kept(file.digest, file.file.path)


@lru_cache(maxsize=4)
def _kept(digest: str, path: str) -> dict[str, pa.Table]:
    return read_unverified(Path(path)).facts
