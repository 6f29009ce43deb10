"""What a contact is found by: the beginnings of its address and its name, which the database keeps."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, StrIndex, Substr

from .validators import LONGEST_NAME

# On PostgreSQL only this class of operators finds beginnings by an index; other databases ignore it.
BEGINS = ["varchar_pattern_ops"]

BEGINNINGS = [
    models.Index(fields=["name_lower"], opclasses=BEGINS, name="getresponse_contact_name"),
    models.Index(fields=["surname_lower"], opclasses=BEGINS, name="getresponse_contact_surname"),
]
"""The indexes of the names; that of the address comes with its column and sorts as well."""


class Findable(models.Model):
    """The columns, for a model with ``email`` and ``name``."""

    email_lower = models.GeneratedField(
        expression=Lower("email"),
        output_field=models.CharField(max_length=254),
        db_persist=True,
        db_index=True,
    )
    name_lower = models.GeneratedField(
        expression=Lower("name"), output_field=models.CharField(max_length=LONGEST_NAME), db_persist=True
    )
    surname_lower = models.GeneratedField(
        expression=Lower(Substr("name", StrIndex("name", models.Value(" ")) + 1)),
        output_field=models.CharField(max_length=LONGEST_NAME),
        db_persist=True,
    )
    """The name without its first word, or all of it where it is one word."""

    class Meta:
        abstract = True
