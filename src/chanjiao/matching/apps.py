from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "chanjiao.matching"
    label = "matching"
    verbose_name = "匹配轮次"
