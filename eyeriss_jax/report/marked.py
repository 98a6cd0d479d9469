"""The parts of documents that commands renew: what stands between two comments."""

from eyeriss_jax.errors import SpecError


def replace_between_markers(text: str, content: str, begin: str, end: str) -> str:
    """``text`` with ``content`` between ``begin`` and ``end``.

    Raises:
        SpecError: the markers are missing.
    """
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise SpecError(f"the document has no markers; put {begin} and {end} where the table belongs")
    return f"{before}{begin}\n\n{content}\n\n{end}{after}"
