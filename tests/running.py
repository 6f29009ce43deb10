"""A site in a process of its own, and what a visitor reaches it by."""

from __future__ import annotations

import requests

from example_project.demo.browser import Browser
from example_project.demo.processes import Processes
from example_project.demo.world import World


class Site:
    """The example's site alone: no sandbox, no worker, a folder as its broker."""

    def __init__(self, world: World, processes: Processes) -> None:
        self.world, self.processes = world, processes

    def start(self) -> None:
        self.processes.run("migrate", "manage.py", "migrate")
        self.serve()

    def serve(self) -> None:
        self.processes.start("site", "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.world.port}")
        self.processes.wait_for("the site", self.answers, "site")

    def answers(self) -> bool:
        try:
            return requests.get(self.world.site, timeout=10).ok
        except requests.ConnectionError:
            return False

    def visitor(self) -> Browser:
        return Browser(self.world.site)
