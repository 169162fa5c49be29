"""Long work of plans: fetch by id and call one action."""

import tempfile

from chanjiao.files.archive_names import safe_name
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock
from chanjiao.plans.evidence_bundle import keep_bundle, write_bundle
from chanjiao.plans.models import EvidenceBundle


def run_bundle(job: Job, progress: Progress) -> str:
    """The zip of 佐证材料; run again it finds the zip made."""
    bundles = EvidenceBundle.objects.select_related("plan__consortium", "unit")
    made = bundles.get(pk=job.arguments["bundle"])
    if made.file_id:
        return f"已打包 {made.count} 份佐证。"
    with tempfile.TemporaryFile() as target:
        count = write_bundle(made, target, progress)
        target.seek(0)
        name = f"{safe_name(made.plan.title)}佐证材料{clock.day_of(made.asked_at):%Y%m%d}.zip"
        keep_bundle(made, target, name, count, at=clock.now())
    return f"已打包 {count} 份佐证。"
