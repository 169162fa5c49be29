"""Addresses of the desk pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.desk import members, needs

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    *imports.desk_urls(),
    *members.urls(),
    *needs.urls(),
]
