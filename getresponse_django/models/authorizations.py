"""Authorization: what OAuth keeps of one account. Every secret is encrypted before it comes here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .accounts import Account

CODE_LIFE = timedelta(minutes=10)
"""How long GetResponse exchanges a code (contract/behaviour-core.md section 2)."""

SHORTLY = timedelta(seconds=60)
"""An access token is renewed so long before its end, or a tenth of its life if that is less."""


class Grant(models.TextChoices):
    """By what tokens are asked for (contract/behaviour-core.md section 2)."""

    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT = "client_credentials"


class Authorization(models.Model):
    """The code that waits to be exchanged, the tokens, and how the last attempt to get some ended.

    ``leased_until`` belongs to the process that asks GetResponse for tokens: it is committed before the
    request leaves and cleared with its answer. So a lease that is over and not cleared means that an answer
    was lost, and with it perhaps a refresh token.
    """

    account = models.OneToOneField(Account, models.CASCADE, related_name="authorization")
    grant = models.CharField(max_length=32, blank=True)
    code = models.TextField(blank=True)
    code_received_at = models.DateTimeField(null=True, blank=True)
    access_token = models.TextField(blank=True)
    refresh_token = models.TextField(blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    renewed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("authorization")
        verbose_name_plural = _("authorizations")

    def __str__(self) -> str:
        return f"authorization {self.pk}"

    @property
    def renew_at(self) -> datetime | None:
        """When the access token has to be renewed; None without one."""
        if self.expires_at is None or self.renewed_at is None:
            return None
        return self.expires_at - min(SHORTLY, (self.expires_at - self.renewed_at) / 10)

    @property
    def code_expires_at(self) -> datetime | None:
        """The end of the code that waits; None when none does."""
        return self.code_received_at + CODE_LIFE if self.code and self.code_received_at else None

    def was_cut_off(self, now: datetime) -> bool:
        """Whether the answer of an attempt was lost."""
        return self.leased_until is not None and self.leased_until <= now

    def claim(self, seconds: float) -> bool:
        """Whether this process may ask for tokens now, for ``seconds``. One conditional UPDATE: of many
        processes one may, and none with a secret that was replaced since it was read.
        """
        same = {name: getattr(self, name) for name in ("code", "access_token", "refresh_token")}
        until = timezone.now() + timedelta(seconds=seconds)
        return self._write(not_leased(), models.Q(**same), leased_until=until)

    def end_lease(self, *, cut_off: bool) -> None:
        """Let others ask. ``cut_off``: the answer was lost, so a refusal that follows has this reason."""
        mine = models.Q(leased_until=self.leased_until)
        self._write(mine, leased_until=timezone.now() if cut_off else None)

    def keep(self, grant: Grant, began: datetime, seconds: float, **tokens: str) -> bool:
        """Store encrypted tokens that live for ``seconds`` from ``began``, and forget the last refusal."""
        values: dict[str, Any] = {"renewed_at": began, "expires_at": began + timedelta(seconds=seconds)}
        if grant != Grant.REFRESH:
            since = self.connected_at if grant == self.grant == Grant.CLIENT else began
            values |= {"grant": grant, "connected_at": since}
        values |= {"code": ""} if grant == Grant.CODE else {}
        values |= {"refused_at": None, "reason": "", "leased_until": None}
        return self._write(self._unreplaced(grant), **values, **tokens)

    def refuse(self, grant: Grant, reason: str) -> bool:
        """Write down why there are no new tokens. A code is used up by that."""
        values = {"refused_at": timezone.now(), "reason": reason, "leased_until": None}
        values |= {"code": ""} if grant == Grant.CODE else {}
        return self._write(self._unreplaced(grant), **values)

    def drop_code(self, reason: str) -> None:
        """Forget a code that nobody is exchanging."""
        code = models.Q(code=self.code)
        self._write(not_leased(), code, code="", refused_at=timezone.now(), reason=reason)

    def _unreplaced(self, grant: Grant) -> models.Q:
        """Nobody stored something newer meanwhile. Every encryption differs, so an encrypted text is as good
        as a version number.
        """
        if grant == Grant.CODE:
            return models.Q(code=self.code)
        return models.Q(access_token=self.access_token, refresh_token=self.refresh_token)

    def _write(self, *conditions: models.Q, **values: Any) -> bool:
        """Write ``values`` if these hold for the row as it is now; whether they did."""
        done = type(self).objects.filter(*conditions, pk=self.pk).update(**values)
        if done:
            for name, value in values.items():
                setattr(self, name, value)
        return bool(done)


def not_leased() -> models.Q:
    """Nobody is asking for tokens now."""
    return models.Q(leased_until=None) | models.Q(leased_until__lte=timezone.now())
