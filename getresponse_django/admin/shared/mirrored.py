"""Pages of mirrored objects: what GetResponse cannot change is read-only, saving says what will be sent."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ...conf import app_settings
from ...models import Account, Change, Mirrored
from .conflicts import conflict_list
from .modeladmin import GetResponseAdmin
from .push_state import change_of, is_linked, push_state


class MirroredAdmin(GetResponseAdmin):
    """A resource that can be edited here; every save records a Change by itself."""

    fixed_once_linked: ClassVar[tuple[str, ...]] = ()
    """What GetResponse cannot change after the creation."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = self.fixed_once_linked if is_linked(obj) else ()
        account = () if obj is None else ("account",)
        return [*super().get_readonly_fields(request, obj), *account, *fixed]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        first = Account.objects.order_by("pk").values_list("pk", flat=True).first()
        return {"account": first} | super().get_changeform_initial_data(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row is not None and row.PUSHED:
            context["push"] = push_state(row)
            context["conflicts"] = conflict_list(row)
            self.show_refusals(context["adminform"].form, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def show_refusals(self, form: Any, row: Mirrored) -> None:
        """Say beside each field what GetResponse refused, until the form is sent."""
        if form.is_bound:
            return
        form.cleaned_data = {}  # add_error wants it, and a form that was not sent has none
        for column, text in row.refused_fields().items():
            for name in self.places_of(form, column, text):
                form.add_error(name, text)

    def places_of(self, form: Any, column: str, text: str) -> list[str | None]:
        """The fields of the form beside which a refusal of a column is said; None is above them all."""
        return [column] if column in form.fields else []

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().response_add(request, obj, *args, **kwargs)
        self.say_what_follows(request, obj)
        return response

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        response = super().response_change(request, obj)
        self.say_what_follows(request, obj)
        return response

    def say_what_follows(self, request: HttpRequest, row: Mirrored) -> None:
        """Tell whether and when GetResponse learns of what was saved."""
        if not app_settings.ENABLED:
            text = _("Saved on this site only: GETRESPONSE['ENABLED'] is False.")
            self.message_user(request, text, messages.WARNING)
        elif (change := change_of(row)) is not None and change.gave_up_at is None:
            silent = row.account.why_silent(timezone.now())
            if silent:
                text = _("It is recorded, and not sent yet: %(reason)s") % {"reason": silent}
                self.message_user(request, text, messages.WARNING)
            else:
                self.message_user(request, _("It will be sent to GetResponse."), messages.INFO)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        response = super().response_delete(request, obj_display, obj_id)
        left = Change.objects.filter(resource=self.model.RESOURCE, object_pk=obj_id, tombstone__isnull=False)
        if left.exists():
            self.message_user(request, _("It will be removed from GetResponse."), messages.INFO)
        return response

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        if app_settings.ENABLED:
            text = _("What GetResponse has of them will be removed there.")
            self.message_user(request, text, messages.INFO)


def counted_deletion(
    admin: MirroredAdmin, objs: Any, request: HttpRequest, more: dict[str, int]
) -> tuple[list[str], dict[str, int], set[str], list[str]]:
    """What a deletion confirmation shows, with related rows counted instead of listed: there may be many.

    The answer is that of ModelAdmin.get_deleted_objects.
    """
    rows = list(objs)
    name = str(admin.opts.verbose_name)
    lacking = {name} if any(not admin.has_delete_permission(request, row) for row in rows) else set()
    return [str(row) for row in rows], {str(admin.opts.verbose_name_plural): len(rows)} | more, lacking, []
