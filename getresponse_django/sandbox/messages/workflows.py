"""/workflow: automations made in the panel, of which the API changes the status only
(contract/behaviour-newsletters.md section 5).

Decided where the contract is open: every status may follow every other; ``dateStop`` is the moment a workflow
was last switched off, and absent while it runs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..http.exchange import Request
from ..http.validation import one_of, shape
from ..operations.routing import route
from ..state.dates import stamp
from ..state.experiment_records import Workflow
from ..state.store import Store


def workflow_detail(store: Store, workflow: Workflow) -> dict[str, Any]:
    """Workflow, the same in lists and details."""
    return {
        "workflowId": workflow.workflow_id,
        "name": workflow.name,
        "status": workflow.status,
        "dateStart": stamp(workflow.started_at),
        **({} if workflow.stopped_at is None else {"dateStop": stamp(workflow.stopped_at)}),
        "subscriberStatistics": {
            "completedCount": workflow.completed,
            "inProgressCount": workflow.in_progress,
        },
    }


@route("GET", "/workflow", key="workflowId", each=workflow_detail)
def list_workflows(store: Store, request: Request) -> Collection[Workflow]:
    """All workflows; no filters, no sorts."""
    return store.workflows.values()


@route("GET", "/workflow/{workflowId}", key="workflowId")
def get_workflow(store: Store, request: Request) -> Any:
    """One workflow."""
    return workflow_detail(store, request.find("workflowId", store.workflows))


@route(
    "POST",
    "/workflow/{workflowId}",
    body=shape({"status": one_of("active", "inactive", "incomplete")}),
)
def update_workflow(store: Store, request: Request) -> Any:
    """Switches it on or off."""
    workflow, status = request.find("workflowId", store.workflows), request.body["status"]
    if status != workflow.status:
        workflow.status = status
        workflow.stopped_at = None if status == "active" else store.now()
        store.version += 1
    return workflow_detail(store, workflow)
