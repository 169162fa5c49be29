from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "chanjiao.needs"
    label = "needs"
    verbose_name = "供需清单"
