"""Pages benchmark: the main pages of a consortium of national size, on SQLite and PostgreSQL.

    python bench/pages.py [--posts N] [--only sqlite] [--write]

Each database is filled anew in a folder of its own and read with Django's test client in one
process, all middleware included. A list page is compared with a bare view of the same query: the
same rows, the same capped count, the same cells in a template of three lines. Page and bare view
take turns; the ratio is that of their shortest times. `--write` puts the tables into
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.test import Client
    from pages_rows import Filled

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "scripts")]
BARE = """<!doctype html><title>{{ title }}</title><table>{% for cells in rows %}
<tr>{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>{{ total }}"""
POST_CELLS = ("number", "title", "kind", "occupation_code", "headcount", "wage_fen", "starts_on",
              "quarter", "state", "answer_due_on")  # fmt: skip
MEMBER_CELLS = ("role", "industries", "joined_on", "administered", "left_on")
STUDENT_CELLS = ("student_number", "name", "sex", "birth_date", "grade_points", "skill_points",
                 "user_id")  # fmt: skip
TURNS, TARGET_RATIO, TARGET_MS = 30, 1.5, 200


@dataclass(frozen=True)
class Page:
    """A page to read: who asks, its address, and the bare view of the same query, if a list."""

    name: str
    who: str
    url: str
    bare: str = ""


def pages(filled: Filled) -> list[Page]:
    """The main pages of each audience."""
    return [
        Page("desk: posts, first page", "desk", "/desk/lists/posts/", "posts/"),
        Page("desk: posts, search 机床", "desk", "/desk/lists/posts/?q=机床", "posts/?q=机床"),
        Page("desk: posts, one state", "desk", "/desk/lists/posts/?state=submitted",
             "posts/?state=submitted"),
        Page("desk: posts, page 40", "desk", "/desk/lists/posts/?page=40", "posts/?page=40"),
        Page("desk: members", "desk", "/desk/members/", "members/"),
        Page("member: own posts", "member", "/member/lists/posts/"),
        Page("member: others' posts", "member", "/member/lists/posts/shared/", "shared/"),
        Page("desk: home", "desk", "/desk/"),
        Page("member: home", "member", "/member/"),
        Page("student: home", "student", "/student/"),
        Page("student: choose among 5,000", "student",
             f"/student/rounds/{filled.choosing.pk}/"),
        Page("portal: home", "", "/portal/"),
        Page("portal: round of 5,000 posts", "", f"/portal/rounds/{filled.published.code}/"),
    ]  # fmt: skip


# The bare views -----------------------------------------------------------------------------
def bare_posts(request: HttpRequest) -> HttpResponse:
    from chanjiao.kernel.clock import day_of
    from chanjiao.members.models import Consortium
    from chanjiao.needs.models import Post
    from chanjiao.needs.queries import on_show, visible_to

    asker: Any = request
    rows = visible_to(Post, asker.actor, on=day_of(asker.at))
    rows = rows.filter(consortium=Consortium.objects.get())
    if "shared" in request.path:
        rows = on_show(rows).exclude(unit__in=asker.actor.units)
    return _bare(request, rows, ("title", "number", "note", "unit__name"), POST_CELLS, "unit")


def bare_members(request: HttpRequest) -> HttpResponse:
    from chanjiao.members.models import Consortium
    from chanjiao.web.desk.members import listed

    asker: Any = request
    asker.consortium = Consortium.objects.get()
    return _bare(request, listed(asker), (), MEMBER_CELLS, "unit")


def _bare(
    request: HttpRequest, rows: Any, words: tuple[str, ...], cells: tuple[str, ...], other: str
) -> HttpResponse:
    """The query of a list page drawn by itself."""
    from django.http import HttpResponse
    from django.template import Context, Template

    from chanjiao.web.parts.filters import search
    from chanjiao.web.parts.lists import COUNT_CAP, PAGE_SIZE

    asked = request.GET
    rows = search(rows, asked.get("q", ""), words) if asked.get("q") else rows
    rows = rows.filter(state=asked["state"]) if asked.get("state") else rows
    start = (int(asked.get("page", "1")) - 1) * PAGE_SIZE
    total = rows.order_by()[: COUNT_CAP + 1].count()
    lines = [
        [getattr(row, other).name, *(getattr(row, name) for name in cells)]
        for row in rows[start : start + PAGE_SIZE + 1]
    ]
    template = _bare_template.setdefault(BARE, Template(BARE))
    context = Context({"title": "bare", "rows": lines[:PAGE_SIZE], "total": total})
    return HttpResponse(template.render(context))


_bare_template: dict[str, Any] = {}


# Measuring ----------------------------------------------------------------------------------
def measure(database: str, posts: int) -> list[str]:
    """Fill the database that the settings name, and one line for each page."""
    import django
    from django.conf import settings

    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"  # nothing is collected here
    )
    settings.ALLOWED_HOSTS = ["testserver"]
    django.setup()
    from django.core.management import call_command
    from django.urls import path
    from pages_rows import Sizes, fill

    from chanjiao import urls

    call_command("migrate", verbosity=0)
    urls.urlpatterns += [
        path("bare/posts/", bare_posts), path("bare/shared/", bare_posts),
        path("bare/members/", bare_members),
    ]  # fmt: skip
    began = time.perf_counter()
    filled = fill(Sizes(posts=posts))
    print(f"{database}: filled in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    clients = _clients(filled)
    return [_line(database, page, clients) for page in pages(filled)]


def _clients(filled: Filled) -> dict[str, Client]:
    from django.test import Client

    found = {"": Client()}
    for name in ("desk", "member", "student"):
        found[name] = Client()
        found[name].force_login(
            getattr(filled, name), "allauth.account.auth_backends.AuthenticationBackend"
        )
    return found


def _line(database: str, page: Page, clients: dict[str, Client]) -> str:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = clients[page.who]

    def read(url: str = page.url) -> None:
        answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"{url}: {answer.status_code} {answer.headers.get('Location', '')}")
        assert answer.content

    for _ in range(2):
        read()
    with CaptureQueriesContext(connection) as asked:
        read()
    queries = len(asked)
    times, bare = _turns(read, f"/bare/{page.bare}" if page.bare else "")
    p95 = sorted(wall for wall, _ in times)[int(len(times) * 0.95)]
    p95_cpu = sorted(cpu for _, cpu in times)[int(len(times) * 0.95)]
    best = min(wall for wall, _ in times)
    ratio = f"{best / min(wall for wall, _ in bare):.2f}" if bare else "–"
    return (
        f"| {database} | {page.name} | {queries} | {best * 1e3:.0f} | {p95 * 1e3:.0f} "
        f"| {p95_cpu * 1e3:.0f} | {ratio} |"
    )


Times = list[tuple[float, float]]


def _turns(read: Callable[..., None], bare: str) -> tuple[Times, Times]:
    """Wall and CPU seconds of each turn, of the page and of the bare view."""
    page_times, bare_times = [], []
    for turn in range(TURNS):
        page_times.append(_timed(read))
        if turn > 5 and sum(wall for wall, _ in page_times) > 20:
            break
        if bare:
            bare_times.append(_timed(lambda: read(bare)))
    return page_times, bare_times


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


# Both databases -----------------------------------------------------------------------------
def report(posts: int, only: str) -> list[str]:
    """The Markdown table, each database in a process of its own."""
    lines = [
        "## Pages",
        "",
        f"2,000 units, {posts:,} posts, 100,000 students, a round of 5,000 posts; `bench/pages.py`.",
        "Milliseconds of one request in one process, all middleware included; p95 CPU leaves out",
        "waiting for a busy machine and, on PostgreSQL, the server's own work. Ratio: the shortest",
        "time of a list page to that of a bare view of the same query.",
        f"Targets: ratio ≤ {TARGET_RATIO}, p95 ≤ {TARGET_MS} ms. "
        f"Load average before the run {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
        "",
        "| database | page | queries | best ms | p95 ms | p95 CPU ms | ÷ bare view |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    if only != "postgresql":
        lines += _apart("SQLite", posts, "")
    if only != "sqlite":
        from with_postgres import server

        with server() as address:
            lines += _apart("PostgreSQL", posts, address)
    return lines


def _apart(name: str, posts: int, address: str) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="chanjiao-bench-") as place:
        made = _database(address, "CREATE") if address else ""
        try:
            done = subprocess.run(
                [sys.executable, __file__, "--part", name, "--posts", str(posts)],
                env={**os.environ, "CHANJIAO_HOME": place, "DATABASE_URL": made,
                     "DJANGO_SETTINGS_MODULE": "chanjiao.settings"},
                check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        finally:
            if address:
                _database(address, "DROP")
    return [line for line in done.stdout.splitlines() if line.startswith("|")]


def _database(address: str, act: str) -> str:
    """Create or drop the bench's own database on that server; returns its address."""
    from urllib.parse import urlsplit, urlunsplit

    import psycopg

    parts = urlsplit(address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"{act} DATABASE chanjiao_bench")  # type: ignore[call-overload]
    return urlunsplit(parts._replace(path="/chanjiao_bench"))


def main() -> None:
    """Run and print; with --write also into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default="")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print("\n".join(measure(options.part, options.posts)))
        return
    lines = report(options.posts, options.only)
    print("\n".join(lines))
    if options.write:
        from match import write_section

        write_section("pages", lines)


if __name__ == "__main__":
    main()
