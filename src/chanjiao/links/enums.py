"""What a link lets its holder do."""

from django.db.models import TextChoices


class Purpose(TextChoices):
    SIGN = "sign", "签署协议"
    MENTOR = "mentor", "导师确认"
    SURVEY = "survey", "就业回访"
