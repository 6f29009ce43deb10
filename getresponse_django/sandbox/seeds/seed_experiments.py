"""Seeded workflows and A/B tests."""

from __future__ import annotations

from ..messages.ab_tests import new_ab_test
from ..state.dates import DAY
from ..state.experiment_records import Splittest, Workflow
from ..state.store import Store
from .seed_people import campaign_id

WORKFLOWS = (
    # name, status, days since it began and since it ended, completed, in progress
    ("Welcome series", "active", 150, None, 412, 37),
    ("Abandoned trial", "inactive", 120, 30, 58, 0),
    ("Anniversary", "incomplete", 10, None, 0, 0),
)
SPLITTESTS = (("Subject of the guide", "active", "subject"), ("Morning or evening", "inactive", "hour"))
SUBJECTS = ("Five tips for the week", "What readers asked us", "A short letter")


def seed_experiments(store: Store, today: int) -> None:
    """Make them; the legacy tests are about the seeded newsletters."""
    for name, status, began, ended, completed, in_progress in WORKFLOWS:
        workflow_id = store.ids.new("workflow")
        stopped_at = None if ended is None else today - ended * DAY
        store.workflows[workflow_id] = Workflow(
            workflow_id, name, status, today - began * DAY, stopped_at, completed, in_progress
        )
    newsletters = list(store.newsletters.values())
    for number, (name, status, kind) in enumerate(SPLITTESTS):
        splittest_id, tested = store.ids.new("splittest"), newsletters[2 * number : 2 * number + 2]
        store.splittests[splittest_id] = Splittest(
            splittest_id,
            name,
            tested[0].campaign_id,
            status,
            kind,
            tested[0].created_at,
            [newsletter.message_id for newsletter in tested],
        )
    seed_ab_test(store, today)


def seed_ab_test(store: Store, today: int) -> None:
    """One test that is over."""
    test = new_ab_test(
        store,
        {
            "name": "Subject of the letter",
            "campaign": {"campaignId": campaign_id(store, "newsletter")},
            "fromField": {"fromFieldId": store.default_from_field().from_field_id},
            "deliverySettings": {
                "sendOn": {"sendingType": "now"},
                "winnerMode": "automatic",
                "winningCriteria": "open",
                "samplingPercentage": 30,
                "samplingTime": "P0Y0M0DT5H0M0S",
            },
            "variants": list(SUBJECTS),
            "sendSettings": {"selectedCampaigns": [campaign_id(store, "newsletter")]},
            "content": {"plain": "Hello", "html": "<p>Hello</p>"},
        },
    )
    test.send_at = test.created_at = today - 20 * DAY
    test.winner_at = test.updated_at = test.send_at + DAY // 4
    test.stage = "completed"
    for number, variant in enumerate(test.variants):
        variant.delivered, variant.opened, variant.clicked = 60, 24 - 4 * number, 6 - number
    test.variants[0].is_winner = True
