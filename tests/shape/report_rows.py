"""A report and a template of one side of the small world."""

from datetime import date
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.indicators.models import Period, Snapshot
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.reports.models import Report, ReportTemplate
from tests.matching.world import AT

YEAR = 2019


def report_rows(
    consortium: Consortium, office: Actor, *, published: bool = True
) -> dict[str, object]:
    """Made of an edition that is published, so that members may read it."""
    version = import_set(consortium, demo_text(), by=office, at=AT)
    period = Period.objects.create(
        consortium=consortium, year=YEAR, since=date(YEAR, 1, 1), until=date(YEAR + 1, 1, 1),
        set_version=version, state="published" if published else "locked", created_at=AT,
        locked_at=AT,
    )  # fmt: skip
    snapshot = Snapshot.objects.create(
        period=period, edition=1, set_text=version.text, set_digest=version.digest,
        facts_digest="0" * 64, locked_by=office.user, locked_at=AT,
        published_at=AT if published else None,
    )  # fmt: skip
    word = store_file(BytesIO(b"PK word"), "年度报告.docx", by=None, at=AT)
    pdf = store_file(BytesIO(b"%PDF-1.4"), "年度报告.pdf", by=None, at=AT)
    excel = store_file(BytesIO(b"PK excel"), "年度报告.xlsx", by=None, at=AT)
    return {
        "report": Report.objects.create(
            period=period, edition=1, snapshot=snapshot, state="ready", word=word, pdf=pdf,
            excel=excel, content_digest="1" * 64, made_by=office.user, made_at=AT,
        ),
        "report_template": ReportTemplate.objects.create(
            consortium=consortium, name="自备模板", file=word, uploaded_by=office.user,
            uploaded_at=AT,
        ),
    }  # fmt: skip


def mark_reports(consortium: Consortium, mark: str) -> None:
    """Put the mark into the names of templates."""
    for row in ReportTemplate.objects.filter(consortium=consortium).order_by("pk"):
        ReportTemplate.objects.filter(pk=row.pk).update(name=f"{mark}{row.name}")
