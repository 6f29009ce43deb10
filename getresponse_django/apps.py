"""The app configuration: it connects and registers, nothing else."""

from django.apps import AppConfig
from django.core import checks
from django.db.models import signals
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class GetResponseConfig(AppConfig):
    name = "getresponse_django"
    verbose_name = _("GetResponse")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import tasks
        from .checks import check_settings
        from .models import Contact, recording
        from .signals import change_recorded

        signals.post_save.connect(recording.record_saved)
        signals.post_delete.connect(recording.record_deleted)
        signals.m2m_changed.connect(recording.record_tagged, sender=Contact.tags.through)
        change_recorded.connect(tasks.nudge)
        checks.register(check_settings)
        autodiscover_modules("getresponse")
