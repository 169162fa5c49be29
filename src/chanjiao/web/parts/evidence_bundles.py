"""The list of zips of evidence, and fetching one."""

from functools import cache

from django.http import FileResponse, Http404, HttpResponseBase
from django.urls import reverse

from chanjiao.plans.models import EvidenceBundle
from chanjiao.web.parts.lists import ListColumn, ListPage


@cache
def BUNDLES(audience: str) -> ListPage:
    """The list as this audience sees it."""

    def link(row: EvidenceBundle) -> str:
        return reverse(f"{audience}:evidence_bundle", args=[row.pk]) if row.file_id else ""

    return ListPage(
        key=f"{audience}.bundles",
        title="导出佐证材料",
        columns=(
            ListColumn("plan", "计划", "plan.title", sort="plan__title"),
            ListColumn("unit", "范围", lambda row: row.unit.name if row.unit else "全部单位"),
            ListColumn("job", "状态", "job.state", kind="state"),
            ListColumn("count", "佐证数", kind="number", unit="份"),
            ListColumn("size", "大小", lambda row: row.file and -(-row.file.size // 1024), kind="number", unit="KB"),
            ListColumn("digest", "SHA-256", lambda row: row.file.digest[:16] if row.file else ""),
            ListColumn("asked_at", "发起时间", kind="moment", sort="asked_at"),
        ),
        link=link,
        template="evidence/bundles.html",
        empty="还没有导出过佐证材料。请选择计划后点“打包”。",
    )  # fmt: skip


def bundle_response(bundle: EvidenceBundle) -> HttpResponseBase:
    """The zip as a download."""
    if bundle.file is None:
        raise Http404
    return FileResponse(
        bundle.file.file.open("rb"), as_attachment=True, filename=bundle.file.name,
        content_type="application/zip",
    )  # fmt: skip
