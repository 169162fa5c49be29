"""Long work of dual training: fetch by id and call one action."""

import tempfile

from chanjiao.files.archive_names import safe_name
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock
from chanjiao.training.archive_bundle import keep_archive, write_class
from chanjiao.training.models import ClassArchive


def run_class_archive(job: Job, progress: Progress) -> str:
    """A class's internship files; run again it finds the zip made."""
    rows = ClassArchive.objects.select_related("training_class", "unit")
    made = rows.get(pk=job.arguments["archive"])
    if made.file_id:
        return f"已打包 {made.count} 名学生的实习档案。"
    with tempfile.TemporaryFile() as target:
        count = write_class(made, target, progress)
        target.seek(0)
        day = clock.day_of(made.asked_at)
        name = f"{safe_name(made.training_class.name)}实习档案{day:%Y%m%d}.zip"
        keep_archive(made, target, name, count, at=clock.now())
    return f"已打包 {count} 名学生的实习档案。"
