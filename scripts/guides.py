"""`make guides`: the pictures of docs/guides, taken from the demonstration by a browser.

The demonstration is built in a folder of its own (`--home`: one that may be kept, to be quick the
second time), served, and walked as each kind of person. Needs Chromium.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "guides" / "pictures"
PASSWORD = "Chanjiao-2026"  # noqa: S105 - the demonstration's
PORT = 8791
ADDRESS = f"http://127.0.0.1:{PORT}"
WIDE, NARROW = (1440, 900), (390, 844)
MOST_BYTES = 250_000


@dataclass(frozen=True)
class Picture:
    """Who sees what: the login, the size of the window, the page, and what is done on it before."""

    name: str
    login: str
    path: str
    act: Callable[[Page], object] | None = None
    size: tuple[int, int] = WIDE
    only: str = ""  # a part of the page instead of the window


def _first(page: Page, selector: str) -> None:
    page.locator(f"main {selector}").first.click()
    page.wait_for_load_state("networkidle")


def _titled(title: str) -> Callable[[Page], None]:
    """Go on to the link that contains this."""
    return lambda page: _first(page, f"a:has-text('{title}')")


def _run(page: Page) -> None:
    _titled("岗位实习")(page)
    _first(page, "tr:has-text('已采纳') a, a:has-text('试算 2')")


def _return(page: Page) -> None:
    _first(page, "tbody a")
    _first(page, "a:has-text('退回修改')")
    page.get_by_label("工作地点的退回原因").fill("请写明车间，学生要找得到。")


def _report(page: Page) -> None:
    """Upload a workbook with mistakes, as the demonstration's enterprise did."""
    folder = Path(os.environ["CHANJIAO_HOME"]) / "demo" / "workbooks"
    wrong = next(
        f for f in sorted(folder.iterdir()) if "人才需求清单" in f.name and "有误" in f.name
    )
    page.set_input_files("input[type=file]", wrong)
    page.click("button:has-text('上传并检查')")
    ready = page.locator("text=查看结果").or_(page.get_by_role("columnheader", name="怎么改"))
    ready.first.wait_for(timeout=120_000)
    if page.locator("text=查看结果").count():
        _first(page, "a:has-text('查看结果')")


def _scores(page: Page) -> None:
    _first(page, "tbody a")
    boxes = page.locator("[data-score]")
    for index, points in enumerate(("92", "87.5", "90")):
        boxes.nth(index).fill(points)


TAKEN = (
    Picture("desk-home", "mishuchu", "/desk/"),
    Picture("desk-posts", "mishuchu", "/desk/lists/posts/?state=submitted"),
    Picture("desk-return", "mishuchu", "/desk/lists/posts/?state=submitted", _return),
    Picture("desk-round", "mishuchu", "/desk/rounds/", _titled("订单班")),
    Picture("desk-run", "mishuchu", "/desk/rounds/", _run),
    Picture("desk-charts", "mishuchu", "/desk/charts/"),
    Picture("member-home", "jichuang", "/member/"),
    Picture("member-report", "shujia", "/member/lists/posts/import/", _report),
    Picture("member-scores", "jichuang", "/member/scoring/", _scores),
    Picture("school-students", "dlzyjsxy", "/member/students/"),
    Picture("school-round", "dlzyjsxy", "/member/rounds/", _titled("学徒班")),
    Picture("member-meeting", "jichuang", "/member/council/meetings/", _titled("理事会第二次")),
    Picture("member-tasks", "jzxny", "/member/tasks/"),
    Picture("member-evidence", "jichuang", "/member/evidence/?state=wanted", lambda page: _first(page, "tbody a")),
    Picture("member-return", "jichuang", "/member/returns/", lambda page: _first(page, "tbody a")),
    Picture("authority-pack", "jiaoyuting", "/authority/packs/", _titled("大连")),
    Picture("authority-compare", "jiaoyuting", "/authority/compare/"),
    Picture("student-home", "xuesheng02", "/student/", None, NARROW),
    Picture("student-choose", "xuesheng02", "/student/rounds/", _titled("填报志愿"), NARROW),
    Picture("student-result", "xuesheng11", "/student/results/", _titled("查看原因"), NARROW),
    Picture("public-round", "", "/portal/rounds/", _titled("岗位实习")),
    Picture(
        "public-verify", "", "/portal/rounds/", _titled("岗位实习"),
        only="section:has(h2:text-is('怎样核验'))",
    ),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, help="keep the demonstration here")
    parser.add_argument("names", nargs="*", help="only these pictures")
    options = parser.parse_args()
    with _home(options.home) as home:
        environment = os.environ | {"CHANJIAO_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
        os.environ["CHANJIAO_HOME"] = str(home)
        demo = [sys.executable, "-m", "chanjiao.cli", "demo"]
        subprocess.run([*demo, "--no-serve"], check=True, env=environment, cwd=ROOT)
        with _served([*demo, "--port", str(PORT)], environment):
            _take([p for p in TAKEN if not options.names or p.name in options.names])
    return 0


@contextmanager
def _home(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="chanjiao-guides-") as folder:
        yield Path(folder)


@contextmanager
def _served(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(120):
            if _answers():
                break
            time.sleep(0.5)
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{ADDRESS}/portal/", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _take(pictures: list[Picture]) -> None:
    path = os.environ.get("CHANJIAO_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )  # fmt: skip
        states: dict[tuple[str, tuple[int, int]], Any] = {}
        for picture in pictures:
            key = (picture.login, picture.size)
            if key not in states:
                states[key] = _signed_in(browser, picture)
            _shoot(states[key], picture)
        browser.close()


def _signed_in(browser: Any, picture: Picture) -> Page:
    width, height = picture.size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page: Page = context.new_page()
    if picture.login:
        page.goto(f"{ADDRESS}/account/login/")
        page.fill("[name=login]", picture.login)
        page.fill("[name=password]", PASSWORD)
        page.click("button:has-text('登录')")
        page.wait_for_url(lambda url: "login" not in url)
    return page


def _shoot(page: Page, picture: Picture) -> None:
    page.goto(ADDRESS + picture.path)
    if picture.act is not None:
        picture.act(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)  # charts draw themselves
    PICTURES.mkdir(parents=True, exist_ok=True)
    target = PICTURES / f"{picture.name}.png"
    (page.locator(picture.only) if picture.only else page).screenshot(path=target)
    size = target.stat().st_size
    print(f"{picture.name}: {size // 1024} KB")
    if size > MOST_BYTES:
        raise SystemExit(f"{target} is too large: {size} bytes")


if __name__ == "__main__":
    sys.exit(main())
