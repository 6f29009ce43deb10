"""The settings of the example site, with django-allauth and a user model of its own instead of the shop."""

from __future__ import annotations

from example_project.settings import *  # noqa: F403
from example_project.settings import INSTALLED_APPS as EXAMPLE_APPS
from example_project.settings import MIDDLEWARE as EXAMPLE_MIDDLEWARE
from example_project.settings import env

INSTALLED_APPS = ["tests.journey.members", *EXAMPLE_APPS, "allauth", "allauth.account"]
INSTALLED_APPS.remove("example_project.shop")
MIDDLEWARE = [*EXAMPLE_MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
ROOT_URLCONF = "tests.journey.members.urls"
AUTH_USER_MODEL = "members.Member"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = env.str("MAILS")
ERASE_ON_DELETE = env.bool("ERASE_ON_DELETE")
