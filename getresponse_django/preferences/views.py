"""The pages behind the links: preferences, and unsubscribing with one click (RFC 8058). Whoever has the link
needs no login; no page is cached or indexed, and no other page learns its address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, SignatureExpired
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ..models import Contact
from ..signup.visitors import address_of
from .form import PreferencesForm
from .links import PREFERENCES, UNSUBSCRIBE, contact_of
from .lists import awaits_confirmation, leave_list, title_of

HEADERS = {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow"}
"""With "no-referrer" browsers post ``Origin: null`` (Fetch standard), which Django's CSRF check refuses."""

Page = Callable[[HttpRequest, Contact], HttpResponse]


def for_holders(purpose: str) -> Callable[[Page], Callable[..., HttpResponse]]:
    """The decorated ``page(request, contact)`` becomes a view of whoever holds a link for ``purpose``."""

    def decorate(page: Page) -> Callable[..., HttpResponse]:
        @login_not_required
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(page)
        def view(request: HttpRequest, token: str) -> HttpResponse:
            response = answer(page, request, token, purpose)
            for name, value in HEADERS.items():
                response[name] = value
            return response

        return view

    return decorate


def answer(page: Page, request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """The page; 410 for a link that is too old, 404 for one that this site did not make."""
    try:
        contact = contact_of(token, purpose)
    except SignatureExpired:
        return render(request, "getresponse_django/link_invalid.html", {"expired": True}, status=410)
    except (BadSignature, Contact.DoesNotExist):
        return render(request, "getresponse_django/link_invalid.html", status=404)
    return page(request, contact)


@sensitive_post_parameters("name")
@csrf_protect
@for_holders(PREFERENCES)
def preferences(request: HttpRequest, contact: Contact) -> HttpResponse:
    """See and leave lists, change the name."""
    form = PreferencesForm(contact, request.POST if request.method == "POST" else None)
    if form.is_valid() or form.leaves_all:  # who wants to leave need not correct a name first
        form.save(ip_address=address_of(request))
        return HttpResponseRedirect(f"{request.path}?saved")
    context = {
        "form": form,
        "contact": contact,
        "awaited": any(map(awaits_confirmation, form.memberships)),
        "saved": "saved" in request.GET and not form.is_bound,
    }
    return render(request, "getresponse_django/preferences.html", context)


@csrf_exempt
@for_holders(UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, contact: Contact) -> HttpResponse:
    """Leave one list. A mail program posts ``List-Unsubscribe=One-Click``, without cookies, and is not sent
    elsewhere (RFC 8058 section 3.1). A GET asks first and changes nothing, for scanners follow links.
    """
    context = {"list": title_of(contact.campaign)}
    if request.method != "POST":
        return render(request, "getresponse_django/unsubscribe.html", context)
    if request.POST.get("List-Unsubscribe") != "One-Click":
        return render(request, "getresponse_django/unsubscribe.html", context, status=400)
    leave_list(contact, ip_address=address_of(request))
    return render(request, "getresponse_django/unsubscribed.html", context)
