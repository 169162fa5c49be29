"""One Chromium for all tests that need one; where there is none, that is said and they are left out."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

NO_BROWSER = (
    "浏览器：无，旅程未走，请用 make journeys（需要 Chromium，或用 CHANJIAO_CHROMIUM 指明）"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium() -> str:
    """The browser's path, empty if there is none."""
    told = os.environ.get("CHANJIAO_CHROMIUM", "")
    return told or next((path for path in map(shutil.which, _NAMES) if path), "")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are left out loudly; asked for alone, nothing is left: exit 5."""
    if chromium():
        return
    kept = [item for item in items if item.get_closest_marker("browser") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not chromium():
        terminalreporter.write_line(NO_BROWSER)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()
