"""The content of a message as an answer of its own that can do nothing: shown in a sandboxed frame.

Whoever writes newsletters may put anything into them, and GetResponse gives us what was written there. Both
the frame and the headers forbid scripts, forms and the origin of the admin; either would do.
"""

from __future__ import annotations

from django.http import HttpResponse

POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src https: data:",
        "style-src 'unsafe-inline' https:",
        "font-src https: data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    ]
)
"""Pictures and styles are loaded, because a preview without them shows nothing; nothing else is."""


def preview(html: str) -> HttpResponse:
    """``html`` as a page without scripts, cookies or an origin, that only this site may frame."""
    response = HttpResponse(html, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
