"""What a unit is in a consortium, by which advantage it contributes, and levels of authorities."""

from django.db.models import TextChoices


class MemberRole(TextChoices):
    LEAD = "lead", "牵头单位"
    VICE_CHAIR = "vice_chair", "副理事长单位"
    DIRECTOR = "director", "理事单位"
    MEMBER = "member", "成员单位"


class Advantage(TextChoices):
    POLICY = "policy", "政策"
    TALENT = "talent", "人才"
    TECHNOLOGY = "technology", "技术"
    FUNDS = "funds", "资金"
    MANAGEMENT = "management", "管理"


class AuthorityLevel(TextChoices):
    CITY = "city", "市级"
    PROVINCE = "province", "省级"
    NATION = "nation", "国家级"
