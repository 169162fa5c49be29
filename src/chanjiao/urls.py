"""All addresses, gathered from the audiences."""

from django.urls import URLPattern, URLResolver, include, path

from chanjiao.web.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("account/", include("chanjiao.web.account.urls")),
    path("desk/", include("chanjiao.web.desk.urls")),
    path("member/", include("chanjiao.web.member.urls")),
    path("authority/", include("chanjiao.web.authority.urls")),
    path("student/", include("chanjiao.web.student.urls")),
    path("m/", include("chanjiao.web.mentor.urls")),
    path("operator/", include("chanjiao.web.operator.urls")),
    path("portal/", include("chanjiao.web.portal.urls")),
]
