"""Profiles beside the users in the admin."""

from __future__ import annotations

from django.contrib import admin

from .models import Profile


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin):
    list_display = ["user", "city", "plan", "newsletter", "newsletter_since"]
    list_filter = ["plan", "newsletter"]
    list_select_related = ["user"]
    readonly_fields = ["newsletter_since"]
    search_fields = ["user__email"]
