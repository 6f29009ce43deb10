"""Object pages that show stored statistics."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from ..shared.push_state import is_linked
from ..shared.typed import ModelAdmin
from .figures import Figures


class FiguredAdmin(ModelAdmin):
    """A page with charts below its fields."""

    change_form_template = "admin/getresponse_django/statistics_change_form.html"

    def figures(self, request: HttpRequest, row: Any, today: date) -> Figures | None:
        """The statistics of ``row``, as of the UTC day ``today``; None where there cannot be any."""
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if is_linked(row):
            context["figures"] = self.figures(request, row, datetime.now(UTC).date())
        return super().render_change_form(request, context, *args, **kwargs)
