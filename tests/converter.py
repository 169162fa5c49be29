"""LibreOffice for the tests that need one; where there is none, that is said and they are left out."""

import shutil
from typing import Any

import pytest

from chanjiao.documents.pdf import converter

NO_CONVERTER = (
    "PDF：无 LibreOffice 或 pdftotext，转换没有测"
    "（请安装 libreoffice-writer-nogui 和 poppler-utils，或用 CHANJIAO_SOFFICE 指明）"
)


def ready() -> bool:
    return bool(converter() and shutil.which("pdftotext"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a converter its tests are left out loudly; asked for alone, nothing is left: exit 5."""
    if ready():
        return
    kept = [item for item in items if item.get_closest_marker("converter") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not ready():
        terminalreporter.write_line(NO_CONVERTER)
