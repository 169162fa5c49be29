"""What the pages of reports share between audiences: the list's columns and the files."""

from django.http import FileResponse, Http404, HttpResponseBase

from chanjiao.reports.models import Report
from chanjiao.web.parts.lists import ListColumn

KINDS = ("word", "pdf", "excel")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "excel": EXCEL,
}
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
TONES = {"making": "wait", "ready": "good", "failed": "bad"}


def kind_of(report: Report) -> str:
    """草稿, 定稿 or 公开版."""
    if report.is_public:
        return "公开版"
    return "草稿" if report.is_draft else "定稿"


COLUMNS = (
    ListColumn("year", "年度", lambda row: f"{row.period.year} 年度报告", sort="period__year"),
    ListColumn("edition", "版次", kind="number", sort="edition"),
    ListColumn("kind", "稿别", kind_of),
    ListColumn("made_at", "生成时间", kind="moment", sort="made_at"),
    ListColumn("digest", "内容摘要", lambda row: row.content_digest[:16], kind="code"),
)


def file_response(report: Report, kind: str, *, shown: bool = False) -> HttpResponseBase:
    """One file of a report; a PDF asked to be `shown` stays in the browser."""
    stored = getattr(report, kind) if kind in KINDS else None
    if stored is None:
        raise Http404
    inline = shown and kind == "pdf"
    answer = FileResponse(
        stored.file.open("rb"), as_attachment=not inline, filename=stored.name,
        content_type=_TYPES[kind],
    )  # fmt: skip
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = _PDF
    answer.headers["X-Frame-Options"] = "SAMEORIGIN" if inline else "DENY"
    return answer
