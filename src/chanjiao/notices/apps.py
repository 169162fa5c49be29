from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "chanjiao.notices"
    label = "notices"
    verbose_name = "通知"
