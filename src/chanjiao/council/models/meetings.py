"""Meetings: who was entitled, who came, what was put to the vote, and every vote."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.council.enums import (
    HELD,
    Choice,
    MeetingForm,
    MeetingState,
    MotionState,
    Presence,
    Reply,
    VoteWay,
)
from chanjiao.council.models.bodies import Body, CharterRule, Seat
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Membership
from chanjiao.people.models import Unit


class Meeting(models.Model):
    """A meeting of a body, or a vote in writing. `rule` is held from the notice on."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="meetings")
    number = models.CharField("编号", max_length=40)
    title = models.CharField("名称", max_length=120)
    form = models.CharField("形式", max_length=10, choices=MeetingForm, default=MeetingForm.ONSITE)
    starts_at = models.DateTimeField("开始时间")
    replies_due_at = models.DateTimeField("书面表决截止", null=True, blank=True)
    place = models.CharField("地点", max_length=120, blank=True)
    chair = models.CharField("主持人", max_length=60)
    recorder = models.CharField("记录人", max_length=60, blank=True)
    agenda = models.TextField("其他议程", max_length=2000, blank=True)
    discussion = models.TextField("讨论情况", max_length=8000, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=MeetingState, default=MeetingState.DRAFT
    )
    state_reason = models.CharField("延期或取消原因", max_length=200, blank=True)
    short_notice_reason = models.CharField("未满通知天数的原因", max_length=200, blank=True)
    rule = models.ForeignKey(
        CharterRule, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings"
    )
    notified_at = models.DateTimeField("通知时间", null=True, blank=True)
    opened_at = models.DateTimeField("开始签到时间", null=True, blank=True)
    closed_at = models.DateTimeField("闭会时间", null=True, blank=True)
    minutes = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    minutes_at = models.DateTimeField("纪要生成时间", null=True, blank=True)
    signed = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    archived_at = models.DateTimeField("归档时间", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name = "会议"
        constraints = [
            models.UniqueConstraint(fields=["body", "number"], name="meeting_number"),
            models.CheckConstraint(
                condition=~Q(state=MeetingState.ARCHIVED) | Q(signed__isnull=False),
                name="meeting_archived_signed",
                violation_error_message="归档须有签字的纪要。",
            ),
            models.CheckConstraint(
                condition=~Q(form=MeetingForm.WRITTEN) | Q(replies_due_at__isnull=False),
                name="meeting_written_due",
                violation_error_message="通讯表决须写明截止时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MeetingState.OPEN, *sorted(HELD)])
                | Q(rule__isnull=False, opened_at__isnull=False),
                name="meeting_held_by_rule",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def is_written(self) -> bool:
        return self.form == MeetingForm.WRITTEN

    @property
    def was_held(self) -> bool:
        return self.state in HELD


class MeetingFile(models.Model):
    """A document for the meeting; those who sit on the body may read it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=120)

    class Meta:
        ordering = ["meeting", "pk"]
        verbose_name = "会议材料"

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """One who is called to a meeting: a seat, or in an assembly a membership. Made by the notice.

    The words are kept as they were on the day; `votes` says whether it is entitled to vote.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    seat = models.ForeignKey(
        Seat, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="attendances"
    )
    place = models.PositiveSmallIntegerField("序号")
    name = models.CharField("席位", max_length=120)
    title = models.CharField("职务", max_length=60, blank=True)
    votes = models.BooleanField("有表决权", default=True)
    reply = models.CharField("回执", max_length=8, choices=Reply, default=Reply.NONE, blank=True)
    reply_note = models.CharField("回执说明", max_length=200, blank=True)
    replied_at = models.DateTimeField("回执时间", null=True, blank=True)
    presence = models.CharField(
        "出席情况", max_length=8, choices=Presence, default=Presence.UNKNOWN, blank=True
    )
    attendee = models.CharField("到会人", max_length=60, blank=True)
    holder = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="entrusted",
        verbose_name="受托席位",
    )  # fmt: skip
    authorisation = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["meeting", "place", "pk"]
        verbose_name = "出席"
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "seat"], condition=Q(seat__isnull=False), name="attendance_seat"
            ),
            models.UniqueConstraint(
                fields=["meeting", "membership"], condition=Q(membership__isnull=False),
                name="attendance_membership",
            ),
            models.CheckConstraint(
                condition=Q(seat__isnull=True) ^ Q(membership__isnull=True),
                name="attendance_of_one",
            ),
            models.CheckConstraint(
                condition=~Q(presence=Presence.PROXY) | Q(holder__isnull=False),
                name="attendance_proxy_holder",
                violation_error_message="委托出席须写明受托席位。",
            ),
            models.CheckConstraint(
                condition=Q(holder__isnull=True) | ~Q(holder=F("pk")),
                name="attendance_not_own_holder",
                violation_error_message="不能委托给自己。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Motion(models.Model):
    """What is put to the vote. `kind` is the threshold's in the rules of the meeting's day.

    The figures stand for a show of hands and a ballot; of a roll call they are the sum of `votes`
    when it was decided.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="motions")
    place = models.PositiveSmallIntegerField("序号")
    title = models.CharField("议案", max_length=120)
    text = models.TextField("内容", max_length=4000)
    kind = models.SlugField("议案种类", max_length=24)
    way = models.CharField("表决方式", max_length=10, choices=VoteWay, default=VoteWay.ROLL_CALL)
    mover = models.CharField("提出人", max_length=60, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=MotionState, default=MotionState.PENDING
    )
    votes_for = models.PositiveIntegerField("赞成", null=True, blank=True)
    votes_against = models.PositiveIntegerField("反对", null=True, blank=True)
    votes_abstained = models.PositiveIntegerField("弃权", null=True, blank=True)
    entitled = models.PositiveIntegerField("应到", null=True, blank=True)
    present = models.PositiveIntegerField("实到", null=True, blank=True)
    casting = models.CharField("主持人决定", max_length=8, choices=Choice, blank=True)
    passed = models.BooleanField("通过", null=True, blank=True)
    sentence = models.CharField("表决结论", max_length=300, blank=True)
    quorum_sentence = models.CharField("法定人数", max_length=300, blank=True)
    decided_at = models.DateTimeField("表决时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["meeting", "place", "pk"]
        verbose_name = "议案"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=MotionState.DECIDED)
                | Q(
                    passed__isnull=False, votes_for__isnull=False, votes_against__isnull=False,
                    votes_abstained__isnull=False, decided_at__isnull=False,
                ),
                name="motion_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(present__isnull=True)
                | Q(present__gte=F("votes_for") + F("votes_against") + F("votes_abstained")),
                name="motion_no_more_votes_than_present",
                violation_error_message="票数之和超过实到席位。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Avoidance(models.Model):
    """A seat that may not vote on a motion is not entitled for it (回避)."""

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="avoidances")
    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="avoidances")
    reason = models.CharField("回避原因", max_length=200)

    class Meta:
        ordering = ["motion", "attendance__place"]
        verbose_name = "回避"
        constraints = [
            models.UniqueConstraint(fields=["motion", "attendance"], name="avoidance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attendance}：{self.reason}"


class Vote(models.Model):
    """One seat's vote on a motion: one row, however often it is cast."""

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="votes")
    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="cast")
    choice = models.CharField("表决", max_length=8, choices=Choice)
    opinion = models.CharField("意见", max_length=500, blank=True)
    by_office = models.BooleanField("秘书处代录", default=False)
    cast_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    cast_at = models.DateTimeField("表决时间")

    class Meta:
        ordering = ["motion", "attendance__place"]
        verbose_name = "表决"
        constraints = [
            models.UniqueConstraint(fields=["motion", "attendance"], name="vote_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attendance}：{self.get_choice_display()}"
