"""Kinds of unit and what a person may be for a unit."""

from django.db.models import TextChoices


class UnitKind(TextChoices):
    """The four sides of a consortium, schools by level, and its own office."""

    GOVERNMENT = "government", "政府部门"
    SECONDARY = "secondary", "中等职业学校"
    HIGHER_VOCATIONAL = "higher_vocational", "高等职业学校"
    VOCATIONAL_BACHELOR = "vocational_bachelor", "职业本科学校"
    UNIVERSITY = "university", "普通本科高校"
    ENTERPRISE = "enterprise", "企业"
    INSTITUTE = "institute", "科研机构"
    OFFICE = "office", "秘书处"


SCHOOLS = frozenset(
    {
        UnitKind.SECONDARY,
        UnitKind.HIGHER_VOCATIONAL,
        UnitKind.VOCATIONAL_BACHELOR,
        UnitKind.UNIVERSITY,
    }
)

SIDES: dict[str, frozenset[str]] = {
    "政": frozenset({UnitKind.GOVERNMENT}),
    "校": SCHOOLS,
    "企": frozenset({UnitKind.ENTERPRISE}),
    "研": frozenset({UnitKind.INSTITUTE}),
}


class AppointmentRole(TextChoices):
    ADMINISTRATOR = "administrator", "单位管理员"
    STAFF = "staff", "经办人"


class Duty(TextChoices):
    """等保 2.0: three separate administrators of the installation; most people have none."""

    NONE = "", "无"
    OPERATOR = "operator", "系统管理员"
    SECURITY = "security", "安全管理员"
    AUDITOR = "auditor", "审计管理员"
