from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "chanjiao.links"
    label = "links"
    verbose_name = "专用链接"
