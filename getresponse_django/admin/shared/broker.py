"""Hands a task to the broker on a person's request, and says so when the broker does not take it in time."""

from __future__ import annotations

import threading
from typing import Any

from celery import Task, current_app

LONGEST_WAIT = 2.0
"""Seconds a page may be held up by a broker that does not answer."""


def hand_over(task: Task[Any, Any], **kwargs: Any) -> bool:
    """Send ``task`` with ``kwargs``; whether the broker took it within LONGEST_WAIT seconds. Never raises.

    In a thread, for the reason nudging.py gives.
    """
    if current_app.conf.task_always_eager:
        task.apply_async(kwargs=kwargs)
        return True
    taken: list[bool] = []

    def send() -> None:
        try:
            task.apply_async(kwargs=kwargs, retry=False)
        except Exception:
            taken.append(False)  # whatever the broker or its transport raises: the person is told
        else:
            taken.append(True)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    thread.join(LONGEST_WAIT)
    return taken == [True]
