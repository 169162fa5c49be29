"""A province's own template of the filing roster, mapped once and remembered."""

from django.conf import settings
from django.db import models

from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit


class RosterLayout(models.Model):
    """Which column of a template is which fact, known again by the fingerprint of its header.

    `outline` is the sheet's head without any row below it (`sheets.foreign.Outline.as_dict`), so no
    student of the upload is kept; `mapping` gives column index by fact. `words` is the code of the
    shipped layout whose words it writes values with, empty for our own. Every school of the
    consortium may use it, the one that brought it may change it.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    title = models.CharField("名称", max_length=120)
    outline = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    words = models.CharField("用词", max_length=20, blank=True)
    made_at = models.DateTimeField("上传时间")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField("对应时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = "备案名单版式"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "fingerprint"], name="roster_layout_once",
                violation_error_message="这种版式已保存。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title
