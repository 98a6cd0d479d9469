"""What an importer does with work that it cannot count."""

from typing import Any, Literal, get_args

from eyeriss_jax.errors import SpecError

Unknown = Literal["refuse", "list"]


def check_unknown(value: Any) -> None:
    """Refuses anything but ``refuse`` (an error) and ``list`` (among the network's others).

    Raises:
        SpecError: another value.
    """
    if value not in get_args(Unknown):
        raise SpecError(f"unknown = {value!r} must be one of {', '.join(get_args(Unknown))}")
