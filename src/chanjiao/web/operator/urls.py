"""Addresses of the operator pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.operator import accounts, consortia, trail

app_name = "operator"
urlpatterns: list[URLPattern | URLResolver] = [
    *accounts.urls(),
    *consortia.urls(),
    *trail.urls(),
]
