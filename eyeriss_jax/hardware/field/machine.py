"""What every machine of the field has: a name, a clock, and a citation for each of its numbers."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from eyeriss_jax.hardware import checks


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldMachine:
    """A published chip by the mechanism that decides its time; every mechanism is a subclass in a file of its own.

    It is no :class:`~eyeriss_jax.hardware.accelerator.Accelerator`: no mapspace, no energy, no area. What it has is
    what its law in :mod:`eyeriss_jax.model.field` needs, and each number's citation.

    Attributes:
        name: Short name, used in messages and reports.
        description: One sentence on what the design is.
        clock_hz: [Hz] Core clock.
        sources: Where each number comes from: field name -> citation and tag. It takes no part in equality.

    Raises:
        SpecError: a value that no hardware has, or a citation of a field that the machine lacks; the message names the
            value, the rule and the fix.
    """

    name: str
    description: str
    clock_hz: float
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    RULES: ClassVar[Mapping[str, checks.Rule]] = {}
    """What each field of the mechanism must be by itself."""

    def __post_init__(self) -> None:
        """Validates every field by itself, then what must fit together."""
        where = f"machine {self.name!r}: "
        checks.fields(where, self, {"clock_hz": checks.positive, **self.RULES})
        checks.kind(f"{where}sources", self.sources, Mapping, "{'clock_hz': 'a citation'}")
        checks.known_names(f"{where}sources", tuple(self.sources), self.cited())
        self.check(where)

    def check(self, where: str) -> None:
        """Refuses fields that do not fit each other; by itself there are none."""

    @classmethod
    def cited(cls) -> tuple[str, ...]:
        """The fields whose numbers a preset cites."""
        told = ("name", "description", "sources")
        return tuple(each.name for each in dataclasses.fields(cls) if each.name not in told)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed and validated again; a changed field loses its citation.

        Raises:
            SpecError: an unknown field, with the closest known one, or a value that breaks a rule.
        """
        known = tuple(each.name for each in dataclasses.fields(self))
        checks.known_names(f"machine {self.name!r}: replace", tuple(changes), known)
        kept = {name: text for name, text in self.sources.items() if name not in changes}
        return dataclasses.replace(self, **{"sources": kept, **changes})

    def arrays(self, names: tuple[str, ...]) -> dict[str, float]:
        """The fields ``names`` as floats, the form the laws take."""
        return {name: float(getattr(self, name)) for name in names}
