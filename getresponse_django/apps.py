"""The app configuration: it connects and registers, nothing else."""

from celery.signals import beat_init
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
        from .checks import check_settings, check_subscribers
        from .models import Contact, recording
        from .signals import change_recorded, event_recorded

        # By sender: a receiver of every model's post_delete would end Django's fast deletes for the site.
        for model in self.get_models():
            if issubclass(model, recording.Mirrored):
                signals.post_save.connect(recording.record_saved, sender=model)
                signals.post_delete.connect(recording.record_deleted, sender=model)
        signals.m2m_changed.connect(recording.record_tagged, sender=Contact.tags.through)
        change_recorded.connect(tasks.nudge)
        event_recorded.connect(tasks.nudge_webhooks)
        beat_init.connect(tasks.push_at_once)
        checks.register(check_settings)
        checks.register(check_subscribers)
        autodiscover_modules("getresponse")
