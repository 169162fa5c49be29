"""Sheets beside their peers: a file of 100,000 rows × 12 columns checked, imported, exported.

    python bench/sheets.py [--rows N] [--write]

Each part runs in a process of its own; figures are CPU seconds (user and system) and peak memory.
The peer runs tuned (bulk writing, no look-up of existing rows, no diffs, no report of skipped
rows) and as it comes; the latter did not end within seven minutes of CPU on 100,000 rows, so it
runs on a twentieth and a tenth of them and is continued as a straight line, which flatters it.
Both validate every field; ours also finds codes repeated within the file. `--write` puts the table
into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chanjiao.sheets.layout import Layout

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
PAGE = ROOT / "docs" / "benchmarks.md"
PEER = "django-import-export"
RUNS, ENOUGH = 3, 30.0  # repeat a part until either is reached, keep its best
ROLES = [("lead", "牵头"), ("vice", "副理事长"), ("council", "理事"), ("member", "成员")]
FIELDS = [("A", "农业"), ("C", "制造业"), ("G", "交通运输业"), ("I", "软件业")]


def layout() -> Layout:
    from chanjiao.sheets.layout import Column, Kind, Layout
    from chanjiao_engine.codes import parse_credit_code, parse_mobile

    return Layout(
        "bench",
        "单位",
        "单位",
        (
            Column("name", "单位名称", required=True, max_length=60),
            Column(
                "code", "信用代码", Kind.CODE, required=True,
                parser=lambda text: parse_credit_code(text).code,
            ),
            Column("role", "角色", Kind.CHOICE, required=True, choices=ROLES),
            Column("joined", "加入日期", Kind.DATE, minimum=date(2000, 1, 1)),
            Column("money", "投入", Kind.MONEY, unit="元", minimum=0),
            Column("people", "人数", Kind.INTEGER, minimum=0, maximum=1_000_000),
            Column("share", "比例", Kind.DECIMAL, minimum=0, maximum=1),
            Column("listed", "是否上市", Kind.BOOLEAN),
            Column("quarter", "季度", Kind.QUARTER),
            Column("industries", "行业", Kind.CHOICE, many=True, choices=FIELDS),
            Column(
                "phone", "手机", Kind.CODE, parser=lambda text: parse_mobile(text).number,
            ),
            Column("remark", "备注", max_length=200),
        ),
        unique=(("code",),),
    )  # fmt: skip


def rows(count: int) -> Iterator[dict[str, object]]:
    """Fictional units, all valid, every credit code different."""
    from chanjiao_engine.codes import make_credit_code

    for n in range(count):
        yield {
            "name": f"示例单位{n}有限公司",
            "code": make_credit_code("91", "210200", f"MA{n:06}"),
            "role": ROLES[n % 4][0],
            "joined": date(2020 + n % 7, 1 + n % 12, 1 + n % 28),
            "money": n * 137,
            "people": n % 3000,
            "share": Decimal(n % 101) / 100,
            "listed": n % 9 == 0,
            "quarter": f"{2020 + n % 7}Q{1 + n % 4}",
            "industries": (FIELDS[n % 4][0],),
            "phone": f"138{n:08}",
            "remark": f"第{n}号,联系人待补",  # never empty: tablib stops at a short row
        }


def cells(count: int) -> Iterator[list[object]]:
    """The same rows as cells, headings first, for the writers we compare with."""
    from chanjiao.sheets.kinds import writer

    columns = layout().columns
    writers = [(column.key, writer(column)) for column in columns]
    yield [column.heading for column in columns]
    for row in rows(count):
        yield [None if row[key] is None else write(row[key]) for key, write in writers]


def make_file(path: Path, count: int) -> None:
    """The workbook both read: plain, headings in row 1, as openpyxl writes it."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("单位")
    for row in cells(count):
        sheet.append(row)
    book.save(path)


def check_ours(path: Path, count: int) -> int:
    from chanjiao.sheets.checking import check_file

    return len(check_file(path, layout()).good_rows())


def import_ours(path: Path, count: int) -> int:
    from chanjiao.sheets.checking import check_file

    unit = peer_model()
    good = check_file(path, layout()).good_rows()
    units = (
        unit(**row.values | {"industries": "、".join(row.values["industries"])}) for row in good
    )
    from django.db import transaction

    with transaction.atomic():
        unit.objects.bulk_create(units, batch_size=1000)
    return int(unit.objects.count())


def peer_model() -> type:
    """A Django model in an SQLite database in memory, with the layout's columns and validators."""
    import django
    from django.conf import settings
    from django.core.exceptions import ValidationError
    from django.core.validators import MinValueValidator, RegexValidator

    from chanjiao_engine.codes import CodeError, parse_credit_code, parse_mobile

    def valid(parse: Callable[[str], object]) -> Callable[[str], None]:
        def check(text: str) -> None:
            try:
                parse(text)
            except CodeError as error:
                raise ValidationError(error.message) from None

        return check

    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    apps = ["import_export", "django.contrib.contenttypes", "django.contrib.auth"]
    settings.configure(DATABASES={"default": database}, INSTALLED_APPS=apps, USE_TZ=True)
    django.setup()
    from django.db import connection, models

    class Unit(models.Model):
        name = models.CharField("单位名称", max_length=60)
        code = models.CharField("信用代码", max_length=18, validators=[valid(parse_credit_code)])
        role = models.CharField("角色", max_length=10, choices=ROLES)
        joined = models.DateField("加入日期", null=True)
        money = models.BigIntegerField("投入", validators=[MinValueValidator(0)])
        people = models.IntegerField("人数", validators=[MinValueValidator(0)])
        share = models.DecimalField("比例", max_digits=5, decimal_places=2)
        listed = models.BooleanField("是否上市")
        quarter = models.CharField(
            "季度", max_length=6, validators=[RegexValidator(r"^\d{4}Q[1-4]$")]
        )
        industries = models.CharField("行业", max_length=40)
        phone = models.CharField("手机", max_length=11, validators=[valid(parse_mobile)])
        remark = models.CharField("备注", max_length=200, blank=True, null=True)

        class Meta:
            app_label = "import_export"  # any installed application will do

    with connection.schema_editor() as editor:
        editor.create_model(Unit)
    return Unit


def check_peer(path: Path, count: int, *, dry_run: bool = True, tuned: bool = True) -> int:
    unit = peer_model()
    from import_export import fields, resources, widgets
    from import_export.formats.base_formats import XLSX

    class Label(widgets.Widget):
        def __init__(self, pairs: list[tuple[object, str]]) -> None:
            super().__init__()
            self.values = {label: value for value, label in pairs}

        def clean(self, value: object, row: object = None, **kwargs: object) -> object:
            if value not in self.values:
                raise ValueError("不在可选项中")
            return self.values[value]

    class Fen(widgets.DecimalWidget):
        def clean(self, value: object, row: object = None, **kwargs: object) -> int:
            return int(super().clean(value, row, **kwargs) * 100)

    special = {
        "role": Label(ROLES),
        "listed": Label([(True, "是"), (False, "否")]),
        "industries": Label(FIELDS),
        "money": Fen(),
        "people": widgets.IntegerWidget(),
        "share": widgets.DecimalWidget(),
        "joined": widgets.DateWidget(),
    }
    declared = {
        column.key: fields.Field(column.key, column.heading, special.get(column.key))
        for column in layout().columns
    }
    options = {
        "model": unit,
        "fields": tuple(declared),
        "import_id_fields": ("code",),
        "clean_model_instances": True,
        "use_transactions": True,
    }
    if tuned:
        options |= {
            "force_init_instance": True,
            "use_bulk": True,
            "batch_size": 1000,
            "skip_diff": True,
            "report_skipped": False,
        }
    meta = type("Meta", (), options)
    resource_class = type("UnitResource", (resources.ModelResource,), declared | {"Meta": meta})
    dataset = XLSX().create_dataset(path.read_bytes())
    result = resource_class().import_data(dataset, dry_run=dry_run)
    bad = len(result.invalid_rows) + len(result.row_errors())
    if bad:
        raise SystemExit(f"the peer refused {bad} rows: {result.row_errors()[:1]}")
    return result.total_rows if dry_run else int(unit.objects.count())


def import_peer(path: Path, count: int) -> int:
    return check_peer(path, count, dry_run=False)


def import_peer_untuned(path: Path, count: int) -> int:
    return check_peer(path, count, dry_run=False, tuned=False)


def export_ours(path: Path, count: int) -> int:
    from chanjiao.sheets.writing import export

    with path.with_suffix(".ours.xlsx").open("wb") as file:
        return export(layout(), rows(count), file)


def export_openpyxl(path: Path, count: int) -> int:
    make_file(path.with_suffix(".openpyxl.xlsx"), count)
    return count


def export_xlsxwriter(path: Path, count: int) -> int:
    import xlsxwriter

    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    book = xlsxwriter.Workbook(path.with_suffix(".xlsxwriter.xlsx"), options)
    sheet = book.add_worksheet("单位")
    for number, row in enumerate(cells(count)):
        sheet.write_row(number, 0, row)
    book.close()
    return count


def nothing(path: Path, count: int) -> int:
    """Make the rows and write nothing: what every export pays before it writes."""
    return sum(1 for _ in rows(count))


PARTS = {
    part.__name__: part
    for part in (
        check_ours, check_peer, import_ours, import_peer, import_peer_untuned,
        nothing, export_ours, export_openpyxl, export_xlsxwriter,
    )
}  # fmt: skip


def run_part(name: str, path: Path, count: int) -> None:
    """Run one part in this process and print its figures."""
    before = time.process_time()
    done = PARTS[name](path, count)
    seconds = time.process_time() - before
    if done != count:
        raise SystemExit(f"{name}: {done} rows instead of {count}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


def measured(name: str, path: Path, count: int) -> tuple[float, int]:
    """CPU seconds and peak MB of one part in a process of its own: the best of up to three."""
    command = [sys.executable, __file__, "--part", name, "--file", str(path), "--rows", str(count)]
    runs: list[tuple[float, int]] = []
    while len(runs) < RUNS and sum(seconds for seconds, _ in runs) < ENOUGH:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures = json.loads(done.stdout.splitlines()[-1])
        runs.append((figures["seconds"], figures["megabytes"]))
    return min(runs)


def extrapolated(name: str, folder: Path, count: int) -> tuple[float, int]:
    """The part on a twentieth and on a tenth of the rows, and the straight line through both."""
    few, more = count // 20, count // 10
    (low, _), (high, megabytes) = (
        measured(name, _made(folder / f"{size}.xlsx", size), size) for size in (few, more)
    )
    return high + (high - low) / (more - few) * (count - more), megabytes


def _made(path: Path, count: int) -> Path:
    make_file(path, count)
    return path


def report(count: int) -> str:
    """The Markdown table."""
    load = f"Load average before the run: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "units.xlsx"
        make_file(path, count)
        found = {
            name: measured(name, path, count) for name in PARTS if name != "import_peer_untuned"
        }
        found["import_peer_untuned"] = extrapolated("import_peer_untuned", Path(folder), count)
    base = found["nothing"][0]
    lines = [
        f"{count:,} rows × 12 columns, CPU seconds and peak memory of a process; `bench/sheets.py`.",
        "Same file, every field validated by both. Tuned: bulk writing, no look-ups, no diffs.",
        "Export seconds are without making the rows. The ratio is the peer's seconds to ours.",
        load,
        "",
        "| what | who | s | MB | ratio |",
        "|---|---|---:|---:|---:|",
    ]
    pairs = (
        ("read and check all", "check_ours", "check_peer", f"{PEER} (dry run, tuned)", 0.0),
        ("import into SQLite", "import_ours", "import_peer", f"{PEER} (tuned)", 0.0),
        (
            "",
            "",
            "import_peer_untuned",
            f"{PEER} (as it comes; line through 1/20 and 1/10 of the rows)",
            0.0,
        ),
        ("export", "export_ours", "export_openpyxl", "openpyxl (write-only)", base),
        ("", "", "export_xlsxwriter", "XlsxWriter (constant memory)", base),
    )
    mine = 0.0
    for what, ours, peer, who, less in pairs:
        theirs = found[peer][0] - less
        if ours:
            mine = found[ours][0] - less
            lines.append(f"| {what} | chanjiao | {mine:.1f} | {found[ours][1]} | 1 |")
        lines.append(f"| | {who} | {theirs:.1f} | {found[peer][1]} | {theirs / mine:.1f} |")
    return "\n".join(lines)


def write_page(text: str) -> None:
    """Put the table between its marks in docs/benchmarks.md, making the page if need be."""
    page = PAGE.read_text("utf-8") if PAGE.exists() else "# Benchmarks\n"
    section = f"<!-- bench:sheets -->\n{text}\n<!-- /bench:sheets -->"
    pattern = re.compile(r"<!-- bench:sheets -->.*?<!-- /bench:sheets -->", re.DOTALL)
    if pattern.search(page):
        page = pattern.sub(lambda _: section, page)
    else:
        page = f"{page.rstrip()}\n\n## Sheets\n\n{section}\n"
    PAGE.write_text(page, "utf-8")


def main() -> None:
    """Run one part, or all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        run_part(options.part, options.file, options.rows)
        return
    text = report(options.rows)
    print(text)
    if options.write:
        write_page(text)


if __name__ == "__main__":
    main()
