"""The one exception for bad input: it says what, where and how to mend it."""


class SpecError(ValueError):
    """Bad input, found before any work starts.

    The message names the value, the rule it breaks and the fix; experiments print it alone, without a traceback.
    """
