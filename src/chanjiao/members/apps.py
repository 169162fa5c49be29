from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "chanjiao.members"
    label = "members"
    verbose_name = "成员"

    def ready(self) -> None:
        from chanjiao.members.sheets import BINDING
        from chanjiao.sheets.binding import register

        register(BINDING)
