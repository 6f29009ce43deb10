"""The settings of the example site with another rule than the shop's, and leases that end soon."""

from __future__ import annotations

from example_project.settings import *  # noqa: F403
from example_project.settings import GETRESPONSE as EXAMPLE
from example_project.settings import INSTALLED_APPS as EXAMPLE_APPS

INSTALLED_APPS = [app for app in EXAMPLE_APPS if app != "example_project.shop"] + ["benchmarks.reconcile"]
GETRESPONSE = EXAMPLE | {"SETTLE_SECONDS": 10, "LEASE_SECONDS": 15}
ROOT_URLCONF = "getresponse_django.urls"
