"""How settings read the environment. No Django here."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse


def flag(name: str, *, default: bool = False) -> bool:
    text = os.environ.get(name, "")
    return default if text == "" else text.lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def listed(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def home() -> Path:
    """The folder of this installation's data: CHANJIAO_HOME, else ./var."""
    place = Path(os.environ.get("CHANJIAO_HOME") or "var").resolve()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def database(place: Path) -> dict[str, Any]:
    """DATABASE_URL (postgresql://user:password@host:port/name) or SQLite in `place`."""
    url = os.environ.get("DATABASE_URL", "")
    return postgresql(url) if url else sqlite(place / "chanjiao.sqlite3")


def sqlite(file: Path) -> dict[str, Any]:
    """WAL and IMMEDIATE: with SQLite's defaults concurrent writers fail (docs/decisions/0001)."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
            "PRAGMA foreign_keys=ON;PRAGMA cache_size=-32000;",
        },
    }


def postgresql(url: str) -> dict[str, Any]:
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or parse_qs(parts.query).get("host", [""])[0],
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
