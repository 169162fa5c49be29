"""Where a built demonstration lies, and whether it still fits the program."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

STAGES = ("members", "needs", "match", "training", "year")
_SOURCES = Path(__file__).resolve().parents[2]
_PACKAGES = ("chanjiao", "chanjiao_engine")
_KINDS = {".py", ".csv"}


@dataclass(frozen=True)
class Built:
    """What the marker file says."""

    stage: str
    sources: str
    database: str
    built_on: str
    summary: str


def home() -> Path:
    """The folder of the demonstration, inside the installation's."""
    return Path(os.environ.get("CHANJIAO_HOME") or "var").resolve() / "demo"


def marker(folder: Path) -> Path:
    return folder / "built.json"


def read_marker(folder: Path) -> Built | None:
    """What was built there, or None when nothing was, or an older program's."""
    try:
        return Built(**json.loads(marker(folder).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_marker(folder: Path, built: Built) -> None:
    text = json.dumps(asdict(built), ensure_ascii=False, indent=1)
    marker(folder).write_text(text, encoding="utf-8")


def database_name() -> str:
    """Which database, without its password: enough to recognise it again."""
    url = os.environ.get("DATABASE_URL", "")
    return hashlib.sha256(url.encode()).hexdigest()[:16] if url else "sqlite"


def sources_digest() -> str:
    """Changes with every source file that shapes the data; pages do not."""
    sha = hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted((_SOURCES / package).rglob("*")):
            name = file.relative_to(_SOURCES)
            if file.suffix in _KINDS and "web" not in name.parts:
                sha.update(f"{name}\0".encode())
                sha.update(file.read_bytes())
    return sha.hexdigest()


def fits(built: Built | None, stage: str) -> bool:
    """Whether what is there is this stage, of this program, in this database."""
    return built is not None and (built.stage, built.sources, built.database) == (
        stage, sources_digest(), database_name(),
    )  # fmt: skip


@contextmanager
def building_alone() -> Iterator[None]:
    """One demonstration is built at a time; a second command waits for the first."""
    home().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home().with_name("demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def workshop() -> Path:
    """An empty folder beside the demonstration's to build in; leftovers of killed builds go."""
    folder = home().with_name("demo.building")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def move_in(folder: Path) -> Path:
    """Put a finished build in place of the old one: the last step, by renaming."""
    target, old = home(), home().with_name("demo.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target
