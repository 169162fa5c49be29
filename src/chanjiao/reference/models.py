"""National code tables, each in versions; the newest loaded version of a code is the one used."""

from django.db import models

from chanjiao.reference.enums import Table


class Code(models.Model):
    """One row of a national table. `parent` is a code of the same table, empty at the top.

    A code that a newer version no longer holds stays and names that version in `retired_in`.
    """

    table = models.CharField(max_length=16, choices=Table)
    code = models.CharField("代码", max_length=16)
    name = models.CharField("名称", max_length=120)
    parent = models.CharField("上级代码", max_length=16, blank=True)
    level = models.CharField("层次", max_length=24, blank=True)
    version = models.CharField("版本", max_length=24)
    source = models.CharField("来源", max_length=200)
    retired_in = models.CharField("废止版本", max_length=24, blank=True)

    class Meta:
        ordering = ["table", "code"]
        verbose_name = "代码"
        constraints = [models.UniqueConstraint(fields=["table", "code"], name="code_once")]
        indexes = [models.Index(fields=["table", "parent"], name="code_parent")]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class MajorOccupation(models.Model):
    """A major prepares for an occupation (three- or four-level code)."""

    major_code = models.CharField(max_length=16, db_index=True)
    occupation_code = models.CharField(max_length=16, db_index=True)
    version = models.CharField(max_length=24)

    class Meta:
        verbose_name = "专业与职业对应"
        constraints = [
            models.UniqueConstraint(fields=["major_code", "occupation_code"], name="link_once")
        ]

    def __str__(self) -> str:
        return f"{self.major_code}→{self.occupation_code}"


class Edition(models.Model):
    """One loading of a table: which version, from where, and the digest of all that was loaded.

    `table` is a `Table` or "link". `digest` chains over the editions before it, so it changes
    whenever the table's content may have changed; readers' caches are keyed by it.
    """

    table = models.CharField(max_length=16)
    version = models.CharField("版本", max_length=24)
    source = models.CharField("来源", max_length=200)
    count = models.PositiveIntegerField("行数")
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField("载入时间")

    class Meta:
        ordering = ["pk"]
        verbose_name = "代码表版本"

    def __str__(self) -> str:
        return f"{self.table} {self.version}"
