"""The page between choosing an action and doing it: what will happen, and to how many objects."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.forms import Form
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from .typed import ModelAdmin

CONFIRMED = "confirmed"
"""The member of the POST that says the page was answered."""

FROM_PAGE = "from_page"
"""The member of the POST that says which object's page sent it, to come back to."""

SHOWN = 10
"""How many of the objects are named."""


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has seen the page and agreed."""
    return CONFIRMED in request.POST


def confirmation(
    admin: ModelAdmin,
    request: HttpRequest,
    *,
    title: str,
    warning: str,
    button: str,
    examples: Any,
    count: int,
    form: Form | None = None,
) -> TemplateResponse:
    """The page. It sends the same selection to the same list again; ``examples`` is sliced to a few."""
    context = {
        **admin.admin_site.each_context(request),
        "title": title,
        "warning": warning,
        "button": button,
        "form": form,
        "count": count,
        "examples": list(examples[:SHOWN]),
        "more": max(0, count - SHOWN),
        "opts": admin.opts,
        "media": admin.media,
        "action": request.POST.get("action", ""),
        "select_across": request.POST.get("select_across", "0"),
        "selected": chosen(request),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "confirmed_name": CONFIRMED,
        "from_page_name": FROM_PAGE,
        "from_page": request.POST.get(FROM_PAGE, ""),
        "back": page_that_asked(admin, request) or f"?{request.GET.urlencode()}",
    }
    return TemplateResponse(request, "admin/getresponse_django/confirm_action.html", context)


def page_that_asked(admin: ModelAdmin, request: HttpRequest) -> str:
    """The page of the object whose button was pressed; empty where it was the list."""
    pk, opts = request.POST.get(FROM_PAGE, ""), admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[pk]) if pk.isdigit() else ""


def chosen(request: HttpRequest) -> list[str]:
    """The keys to send again; with "select all" one suffices, as the list's filters choose then."""
    selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return selected[:1] if request.POST.get("select_across") == "1" else selected
