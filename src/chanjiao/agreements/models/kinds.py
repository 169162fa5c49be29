"""Kinds of agreement as data."""

from django.db import models

from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium


class Kind(models.Model):
    """One version of a kind: 三方协议, 订单班, 技术合同 …; what is written never changes.

    `roles`: [{"code": "school", "name": "甲方", "label": "学校", "side": PartySide, "required": true}]
    in the order of signing; none: the parties are those of the agreement it supplements. `fields`:
    [{"name": "岗位", "type": FieldType, "required": true, "choices": […], "help": …}]. `body` is the text of the agreement, one
    paragraph a line, with {{ 名称 }} for fields and parties; `template` is the customer's own Word
    instead of it. Until a consortium changes a kind, the shipped one stands (`agreements/data`).
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    code = models.SlugField("代号", max_length=30)
    version = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=60)
    order = models.CharField("签署次序", max_length=8)
    roles = models.JSONField("签署方")
    fields = models.JSONField("填写项")
    body = models.TextField("正文", blank=True)
    template = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    source = models.CharField("依据", max_length=200, blank=True)
    retired_on = models.DateField("停用日期", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        ordering = ["code", "-version"]
        verbose_name = "协议种类"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "code", "version"], name="agreement_kind_version",
                violation_error_message="这个种类已有同一版本。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
