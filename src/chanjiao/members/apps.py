from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "chanjiao.members"
    label = "members"
    verbose_name = "成员"
