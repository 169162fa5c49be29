"""Addresses of the operator pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.operator import accounts, authorities, consortia, trail

app_name = "operator"
urlpatterns: list[URLPattern | URLResolver] = [
    *accounts.urls(),
    *authorities.urls(),
    *consortia.urls(),
    *trail.urls(),
]
