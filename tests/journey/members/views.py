"""What allauth does not have: what the site knows of a member, and the end of the account."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from getresponse_django.models import Contact


def home(request: HttpRequest) -> HttpResponse:
    """The lists of who is logged in: name -> state, and why it was left."""
    mine = Contact.objects.filter(user=request.user.pk).select_related("campaign") if request.user.pk else []
    return JsonResponse({contact.campaign.name: [contact.state, contact.left_reason] for contact in mine})


@login_required
def delete_account(request: HttpRequest) -> HttpResponse:
    """Ask, then delete."""
    if request.method != "POST":
        return render(request, "members/delete.html")
    member = request.user
    logout(request)
    member.delete()
    return redirect("home")
