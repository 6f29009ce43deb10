"""The addresses of the example site."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from example_project.shop import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("register/", views.RegistrationView.as_view(), name="register"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
    path("profile/newsletter/", views.NewsletterView.as_view(), name="newsletter"),
    path("login/", auth.LoginView.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("getresponse/", include("getresponse_django.urls")),
]
