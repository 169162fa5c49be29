"""Which national tables the platform knows."""

from django.db.models import TextChoices


class Table(TextChoices):
    MAJOR = "major", "专业目录"
    OCCUPATION = "occupation", "职业分类"
    INDUSTRY = "industry", "国民经济行业分类"
    DIVISION = "division", "行政区划"
    INSTITUTION = "institution", "学校名单"
