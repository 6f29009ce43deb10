"""The signup page. A contact is recorded and pushed later; the answer never tells whether the address was
known.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ..forms import NewsletterForm
from .addresses import offer_of
from .throttling import WINDOW, address_is_too_busy, visitor_is_too_eager
from .visitors import address_of, network_of


@sensitive_post_parameters("email", "name")
@login_not_required
@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form, or take it. 404 for an address that this site did not sign."""
    try:
        offer = offer_of(token)
    except BadSignature:
        raise Http404 from None
    if request.method != "POST":
        return page(request, NewsletterForm(**offer))
    ip_address = address_of(request)
    if visitor_is_too_eager(network_of(ip_address)):
        return come_back_later(request)
    form = NewsletterForm(request.POST, ip_address=ip_address, **offer)
    if form.is_trapped:
        return thanks()
    if not form.is_valid():
        return page(request, form)
    if address_is_too_busy(form.cleaned_data["email"]):
        return come_back_later(request)
    form.save()
    return thanks()


@login_not_required
@require_safe
def signed_up(request: HttpRequest) -> HttpResponse:
    """Thank whoever signed up."""
    return render(request, "getresponse_django/signup_done.html")


def thanks() -> HttpResponse:
    """The same for everybody: new, known, back again, or a robot."""
    return HttpResponseRedirect(reverse("getresponse_django:signed_up"))


def page(request: HttpRequest, form: NewsletterForm) -> HttpResponse:
    """The form, with its mistakes."""
    return render(request, "getresponse_django/signup.html", {"form": form, "action": request.path})


def come_back_later(request: HttpRequest) -> HttpResponse:
    """There were too many signups lately."""
    response = render(request, "getresponse_django/signup_later.html", status=429)
    response["Retry-After"] = str(WINDOW)
    return response
