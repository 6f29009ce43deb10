"""Django's generic classes as the type checker wants them; at run time they take no parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
    AnyPaginator = Paginator[Any]
else:
    ModelAdmin, ModelForm, AnyPaginator = admin.ModelAdmin, forms.ModelForm, Paginator
