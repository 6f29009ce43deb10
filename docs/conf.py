"""Sphinx: Markdown pages, and the reference out of the docstrings. Build it with ``make docs``."""

import os
import sys
from pathlib import Path

import django
from django.db.models import Model

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")  # autodoc imports models
django.setup()

project = html_title = "getresponse-django"
copyright = "2026, the getresponse-django contributors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!getresponse_django\.).*"),  # what other packages document
    ("py:class", r".*\.(S|Called|Late)"),  # type variables and aliases
]


def add_fields(app, what, name, obj, options, lines):
    """Autodoc: list the columns of a model below its docstring."""
    if what == "class" and issubclass(obj, Model):
        lines.append("")
        for field in [*obj._meta.fields, *obj._meta.many_to_many]:
            words = f"{field.verbose_name}. {field.help_text}".strip()
            lines += [f":param {field.name}: {words}", f":type {field.name}: {type(field).__name__}"]


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", add_fields)
