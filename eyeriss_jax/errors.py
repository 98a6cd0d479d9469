"""The one exception for bad input: it says what, where and how to mend it."""

from collections.abc import Callable, Iterable
from typing import Any


class SpecError(ValueError):
    """Bad input, found before any work starts.

    The message names the value, the rule it breaks and the fix; experiments print it alone, without a traceback.

    Attributes:
        message: what is wrong, without where.
        file: the file that it stands in, as messages call it; empty where there is none.
        where: the place in the file, or what the value belongs to, with the colon after it.
        field: the field that is wrong, of what is built, such as ``spad_words.iact``; empty where it is not one.

    Example:
        >>> accelerator("eyeris_v2")
        Traceback (most recent call last):
        ...
        eyeriss_jax.errors.SpecError: accelerator 'eyeris_v2' is not known...
    """

    def __init__(self, message: str = "", *, file: str = "", where: str = "", field: str = "") -> None:
        super().__init__(f"{file}{', ' if file else ''}{where}{message}")
        self.message, self.file, self.where, self.field = message, file, where, field


def first_line(error: BaseException) -> str:
    """The first line of what another library's error says, for a message of ours."""
    return next(iter(str(error).strip().splitlines()), "no message")


def gathered(*groups: Iterable[Callable[[], Any]], most: int | None = None) -> list[list[Any]]:
    """What the calls of each group return.

    Args:
        groups: the calls.
        most: how many errors are told in full; of others only how many there are.

    Raises:
        SpecError: all that was wrong with any of them, in one message, which names one file once.
    """
    wrong: list[SpecError] = []

    def called(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except SpecError as error:
            wrong.append(error)

    found = [[called(call) for call in group] for group in groups]
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        file = wrong[0].file
        told = joined(e.where + e.message if e.file == file else str(e) for e in wrong[:most])
        left = len(wrong[most:]) if most is not None else 0
        raise SpecError(f"{told}{f'; and {left:,} more like these' if left else ''}", file=file)
    return found


def joined(messages: Iterable[str]) -> str:
    """Several messages as one: after one that ends a sentence the next begins one, others are parted by a semicolon."""
    whole = ""
    for message in messages:
        whole += f"{'' if not whole else ' ' if whole.endswith(('.', '?')) else '; '}{message}"
    return whole
