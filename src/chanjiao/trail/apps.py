from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "chanjiao.trail"
    label = "trail"
    verbose_name = "留痕"
