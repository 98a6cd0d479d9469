"""Names of a package that are imported on first use: drawing takes a second to import, and most runs start without."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def deferred(package: str, places: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of ``package``.

    Args:
        package: its ``__name__``.
        places: for each of its modules the names that it gives to the package.
    """
    module_of = {name: f"{package}.{module}" for module, names in places.items() for name in names}

    def find(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(module_of[name]), name)

    return find
