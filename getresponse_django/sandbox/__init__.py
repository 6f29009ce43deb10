"""An in-memory GetResponse v3 over real HTTP, for tests and demos. It uses the standard library only.

See ``Sandbox``. To add an operation, see ``routing``. What it decides where the API's behaviour is not
documented is written in the docstring of the module concerned.
"""

from .sandbox import Sandbox

__all__ = ["Sandbox"]
