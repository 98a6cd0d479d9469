"""The one exception for bad input: it says what, where and how to mend it."""

from collections.abc import Callable, Iterable
from typing import Any


class SpecError(ValueError):
    """Bad input, found before any work starts.

    The message names the value, the rule it breaks and the fix; experiments print it alone, without a traceback.

    Example:
        >>> accelerator("eyeris_v2")
        Traceback (most recent call last):
        ...
        eyeriss_jax.errors.SpecError: accelerator 'eyeris_v2' is not known...
    """


def first_line(error: BaseException) -> str:
    """The first line of what another library's error says, for a message of ours."""
    return next(iter(str(error).strip().splitlines()), "no message")


def gathered(*groups: Iterable[Callable[[], Any]]) -> list[list[Any]]:
    """What the calls of each group return.

    Raises:
        SpecError: all that was wrong with any of them, in one message.
    """
    wrong: list[str] = []

    def called(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except SpecError as error:
            wrong.append(str(error))

    found = [[called(call) for call in group] for group in groups]
    if wrong:
        raise SpecError(joined(wrong))
    return found


def joined(messages: Iterable[str]) -> str:
    """Several messages as one: after one that ends a sentence the next begins one, others are parted by a semicolon."""
    whole = ""
    for message in messages:
        whole += f"{'' if not whole else ' ' if whole.endswith(('.', '?')) else '; '}{message}"
    return whole
