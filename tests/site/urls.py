"""The addresses of the test site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("getresponse/", include("getresponse_django.urls")),
]
