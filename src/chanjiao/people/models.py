"""Units, users, and who acts for whom from when to when."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from chanjiao.people.enums import SCHOOLS, AppointmentRole, Duty, UnitKind


class Unit(models.Model):
    """A legal person, or a consortium's own office (kind `office`, no credit code)."""

    kind = models.CharField("类别", max_length=24, choices=UnitKind)
    name = models.CharField("单位名称", max_length=120)
    short_name = models.CharField("简称", max_length=40, blank=True)
    credit_code = models.CharField(
        "统一社会信用代码", max_length=18, null=True, blank=True, unique=True,
        error_messages={"unique": "已有单位使用这个统一社会信用代码。"},
    )  # fmt: skip
    school_code = models.CharField("学校标识码", max_length=10, blank=True)
    division_code = models.CharField("行政区划代码", max_length=6, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    staff_count = models.PositiveIntegerField("职工人数", null=True, blank=True)
    is_fictional = models.BooleanField("示例单位", default=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = "单位"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=UnitKind.OFFICE) | Q(credit_code__isnull=False) | Q(merged_into__isnull=False),
                name="unit_has_credit_code",
                violation_error_message="除秘书处外，单位必须有统一社会信用代码。",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("pk")), name="unit_not_merged_into_itself",
                violation_error_message="单位不能并入自己。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def is_school(self) -> bool:
        return self.kind in SCHOOLS

    @property
    def called(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What they may do comes from appointments, never from here."""

    username = models.CharField(
        "登录名", max_length=64, unique=True, error_messages={"unique": "这个登录名已被使用。"}
    )
    name = models.CharField("姓名", max_length=100)
    email = models.EmailField("电子邮箱", blank=True)
    duty = models.CharField("系统职责", max_length=12, choices=Duty, default=Duty.NONE, blank=True)
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间")

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["username"]
        verbose_name = "用户"

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """No Django admin here; libraries ask."""
        return False


class Appointment(models.Model):
    """A user acts for a unit from a day (inclusive) to a day (exclusive; none = until ended)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField("角色", max_length=16, choices=AppointmentRole)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)
    ended_reason = models.CharField("结束原因", max_length=200, blank=True)

    class Meta:
        ordering = ["unit_id", "role", "pk"]
        verbose_name = "任职"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="appointment_period",
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.UniqueConstraint(
                fields=["user", "unit"], condition=Q(ends_on__isnull=True),
                name="appointment_one_open",
                violation_error_message="此人已在代表该单位。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user} · {self.unit} · {self.get_role_display()}"


class Invitation(models.Model):
    """An account by invitation: a secret link, kept only as a digest, good once and for a time.

    `role` is empty for a student: the account then acts for no unit.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField("角色", max_length=16, choices=AppointmentRole, blank=True)
    name = models.CharField("姓名", max_length=100)
    email = models.EmailField("电子邮箱", blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField("邀请时间")
    expires_at = models.DateTimeField("有效期至")
    revoked_at = models.DateTimeField("撤回时间", null=True, blank=True)
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-invited_at", "-pk"]
        verbose_name = "邀请"

    def __str__(self) -> str:
        return f"{self.name} · {self.unit}"


class SavedFilter(models.Model):
    """A person's own name for a search on one list page."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    page = models.CharField(max_length=80)
    name = models.CharField("名称", max_length=40)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"], name="saved_filter_name",
                violation_error_message="已有同名的筛选。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
