"""The pages of the shop. None of them talks to GetResponse: the worker does, after the answer."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from getresponse_django.models import Contact
from getresponse_django.preferences import preference_link

from .forms import NewsletterForm, ProfileForm, RegistrationForm
from .mails import send_welcome
from .models import Profile


def contact_of(user: User) -> Contact | None:
    """The user's contact; None for who never asked for the newsletter."""
    return user.getresponse_contacts.last()


class HomeView(TemplateView):
    """What this site is for."""

    template_name = "shop/home.html"


class RegistrationView(FormView):
    """Make an account and log in. Who wants the newsletter gets a mail with the links to leave it."""

    template_name = "shop/register.html"
    form_class = RegistrationForm
    success_url = reverse_lazy("profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"ip_address": self.request.META["REMOTE_ADDR"]}

    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        user = form.save()
        login(self.request, user)
        if contact := contact_of(user):
            send_welcome(contact, self.request.build_absolute_uri("/"))
        messages.success(self.request, _("Welcome! Your account is ready."))
        return super().form_valid(form)


class CustomerMixin(LoginRequiredMixin):
    """The logged-in customer; a user from elsewhere (the superuser) gets an empty profile."""

    def customer(self) -> tuple[User, Profile]:
        user = cast(User, self.request.user)  # type: ignore[attr-defined]
        profile, _made = Profile.objects.get_or_create(user=user)
        return user, profile


class ProfileView(CustomerMixin, FormView):
    """Change name, address, city and plan."""

    template_name = "shop/profile.html"
    form_class = ProfileForm
    success_url = reverse_lazy("profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        user, profile = self.customer()
        initial = {
            "email": user.email,
            "name": user.get_full_name(),
            "city": profile.city,
            "plan": profile.plan,
        }
        return super().get_form_kwargs() | {"user": user, "initial": initial}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        user, profile = self.customer()
        contact = contact_of(user)
        preferences = preference_link(contact) if contact else ""
        return super().get_context_data(profile=profile, preferences=preferences, **context)

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        form.save(self.customer()[1])
        messages.success(self.request, _("Your changes are saved."))
        return super().form_valid(form)


class NewsletterView(CustomerMixin, FormView):
    """Subscribe or unsubscribe."""

    http_method_names = ["post"]
    form_class = NewsletterForm
    success_url = reverse_lazy("profile")

    def form_valid(self, form: NewsletterForm) -> HttpResponse:
        form.save(self.customer()[1])
        wanted = form.cleaned_data["wanted"]
        text = _("You will get the newsletter.") if wanted else _("You will not get the newsletter any more.")
        messages.success(self.request, text)
        return super().form_valid(form)

    def form_invalid(self, form: NewsletterForm) -> HttpResponse:
        return HttpResponse(status=400)
