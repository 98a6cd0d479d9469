"""The one exception for bad input: it says what, where and how to mend it."""


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
