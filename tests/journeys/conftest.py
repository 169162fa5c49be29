"""What a journey needs beside the browser."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the person's downloads lie."""
    with tempfile.TemporaryDirectory(prefix="chanjiao-journey-") as path:
        yield Path(path)
