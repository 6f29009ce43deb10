"""Sphinx: Markdown pages, and the reference out of the docstrings. Build it with ``make docs``."""

import sys
from pathlib import Path

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

settings.configure(
    INSTALLED_APPS=["getresponse_django", "django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    GETRESPONSE={"ENABLED": False},
    USE_TZ=True,
)
django.setup()

project = "getresponse-django"
author = "the authors of getresponse-django"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "getresponse-django"

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!getresponse_django\.).*")]  # what other packages document
