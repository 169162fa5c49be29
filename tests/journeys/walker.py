"""A person at a browser: goes to pages, and every page gone to is examined.

Axe costs most of it, so it looks at a page (its address without numbers, at one size) once, and
again only where the page shows a kind of element that axe has not seen on it in this run.

Set CHANJIAO_SHOTS to a folder to keep a picture of each.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Error, Page

from chanjiao.people.access import Actor
from tests.web.parts.places import signed_in

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
# What may stand in Latin letters on a Chinese page, besides numbers such as RC-2026Q4-0001.
_NAMED = re.compile(
    r"matching-\d+|Excel|Word|PPT|PDF|OFD|JPE?G|PNG|ZIP|CSV|TOTP|SHA-256|Merkle"
    r"|[0-9a-f]{64}|\S+\.(xlsx|csv|zip|docx|pdf|jpg|cjpack)|\.(xlsx|csv)|[KM]B|[A-Z]{2}-[\w-]+|\d+Q\d|V\d+"
)
_LATIN = re.compile(r"[A-Za-z]{2,}")
_WORDS = """() => {
  const found = new Set(), own = 'script,style,template,noscript,pre,code,kbd,.digest,.public-id,.secret,' +
    '.rows-frame td';  // facts as the evidence pack has them, codes among them
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder.closest(own) && holder.checkVisibility()) found.add(walk.currentNode.textContent.trim());
  }
  for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
    document.querySelectorAll('[' + name + ']').forEach(one => found.add(one.getAttribute(name)));
  found.add(document.title);
  return [...found];
}"""
_KINDS = """() => [...new Set(Array.from(document.body.querySelectorAll('*'), one =>
  [one.tagName, one.getAttribute('class'), one.getAttribute('role'), one.disabled].join(' ')))]"""
# Axe leaves empty style attributes, which htmx would copy when it swaps, against the policy.
_TIDY = "document.querySelectorAll('[style=\"\"]').forEach(one => one.removeAttribute('style'))"
_NEW = """!document.documentElement.dataset.old
  || Boolean(document.querySelector('.field-errors, .notice-error'))"""
_REPORTS = """document.addEventListener('securitypolicyviolation',
  event => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));"""

_examined: dict[tuple[str, str], set[str]] = {}


class Walker:
    """One person's window."""

    def __init__(self, page: Page, address: str, size: str, who: str, *, script: bool = True):
        self.page, self.address, self.size, self.who, self.script = page, address, size, who, script
        self.faults: list[str] = []
        self.seen = 0
        page.set_default_timeout(15_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    # Going ---------------------------------------------------------------------------------
    def go(self, path: str) -> None:
        """Open an address of the site and look at it."""
        self.page.goto(path if path.startswith("http") else self.address + path)
        self.look()

    def follow(self, label: str) -> None:
        """Click the link of this name in the page and look at where it leads."""
        link = self.page.locator("main").get_by_role("link", name=label, exact=True).first
        self.leave(link.click)

    def arrive(self, thing: Any, below: str) -> None:
        """Click something that leads below an address, and look at it."""
        thing.click()
        self.page.wait_for_url(f"**{below}**")
        self.look()

    def press(self, label: str, *, refused: bool = False) -> None:
        """Click a button of this name; `refused` tells that a form comes back with errors."""
        button = self.page.locator("main").get_by_role("button", name=label, exact=True).first
        self.leave(button.click, refused=refused)

    def leave(self, act: Callable[[], Any], *, refused: bool = False) -> None:
        """Do what loads another page, wait until it is there, and look at it."""
        self.page.evaluate("document.documentElement.dataset.old = '1'")
        act()
        for _ in range(300):  # the policy forbids the page itself to wait for an expression
            if self._is_new():
                break
            self.page.wait_for_timeout(50)
        else:
            raise AssertionError(f"nothing came of it on {self.page.url}")
        self.page.wait_for_load_state()
        if refused:
            self.faults = [text for text in self.faults if "422" not in text]
        self.look()

    def enter(self) -> None:
        """Send the form by the key, and look at where it leads."""
        self.leave(lambda: self.page.keyboard.press("Enter"))
        self.look()

    def _is_new(self) -> bool:
        with suppress(Error):  # the page is just being exchanged
            return bool(self.page.evaluate(_NEW))
        return False

    def download(self, label: str, folder: Path) -> Path:
        with self.page.expect_download() as caught:
            self.page.locator("main").get_by_role("link", name=label).first.click()
        target = folder / f"{self.who}-{caught.value.suggested_filename}"
        caught.value.save_as(target)
        return target

    def bring(self, file: Path) -> None:
        """Upload a workbook on the page of an import and see its report."""
        self.page.set_input_files("input[type=file]", file)
        self.press("上传并检查")

    def says(self, *texts: str) -> None:
        """The page says all of this."""
        told = self.page.locator("main").inner_text()
        missing = [text for text in texts if text not in told]
        assert not missing, (missing, told)

    # Looking -------------------------------------------------------------------------------
    def _too_wide(self) -> int:
        """Pixels beyond the window once the page has settled; a page still being drawn may jut out."""
        for _ in range(20):
            wide: int = self.page.evaluate(
                "document.documentElement.scrollWidth - window.innerWidth"
            )
            if wide <= 0:
                break
            self.page.wait_for_timeout(100)
        return wide

    def look(self) -> None:
        """No violation of accessibility or policy, nothing too wide, no word of English."""
        self.seen += 1
        self.page.wait_for_load_state("load")
        self._keep()
        wide = self._too_wide()
        assert wide <= 0, (self.page.url, f"{wide} too wide")
        english = [
            text for text in self.page.evaluate(_WORDS) if _LATIN.search(_NAMED.sub("", text))
        ]
        assert english == [], (self.page.url, english)
        if self.script and self._is_news():
            found = Axe().run(self.page).response["violations"]
            self.page.evaluate(_TIDY)
            assert not found, (
                self.page.url,
                [(v["id"], [node["html"][:160] for node in v["nodes"][:4]]) for v in found],
            )
        assert self.faults == [], (self.page.url, self.faults)

    def _is_news(self) -> bool:
        """Whether the page shows a kind of element that axe has not seen on it at this size."""
        place = (self.size, re.sub(r"\d+", "0", urlsplit(self.page.url).path))
        kinds, known = set(self.page.evaluate(_KINDS)), _examined.setdefault(place, set())
        news = not kinds <= known
        known |= kinds
        return news

    def _keep(self) -> None:
        folder = os.environ.get("CHANJIAO_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            name = f"{self.size}-{self.who}-{self.seen:02}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)


@contextmanager
def window(
    browser: Any, address: str, size: str, who: str, actor: Actor | None, *, script: bool = True
) -> Iterator[Walker]:
    """A fresh browser in which the person (None: a stranger) is signed in, as of now."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", java_script_enabled=script,
        has_touch=size == "narrow",
    )  # fmt: skip
    context.add_init_script(_REPORTS)
    if actor is not None:
        value = signed_in(actor.user).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": address}])
    try:
        yield Walker(context.new_page(), address, size, who, script=script)
    finally:
        context.close()


@dataclass(kw_only=True)
class Stage:
    """What people of one journey share: the browser, the moment it is, where their downloads lie."""

    browser: Any
    address: str
    folder: Path
    at: datetime
    size: str = "wide"
    pages: int = 0
    opened: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def walk(self, who: str, actor: Actor | None, size: str = "") -> Iterator[Walker]:
        """The person's window, a quarter of an hour later than the last thing that happened."""
        self.at += timedelta(minutes=15)
        self.opened[who] = self.opened.get(who, 0) + 1
        name = f"{who}{self.opened[who]}"
        with (
            time_machine.travel(self.at, tick=True),
            window(self.browser, self.address, size or self.size, name, actor) as walker,
        ):
            walker.page.on("dialog", lambda dialog: dialog.accept())
            yield walker
            self.pages += walker.seen
