"""One browser: what it asks, and what it is told. It keeps nothing that the page does not know as well.

The page holds the whole state (changes, mappings, pins), so that a server that was started again can go on with it, and
two browsers cannot disturb each other. Messages are dictionaries of plain data; ``do`` says what is asked, ``say`` what
is told, ``number`` which question an answer belongs to.
"""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from experiments.explorer.studio import Studio
from experiments.explorer.worker import CERTIFIED, Said
from eyeriss_jax.dataflow import Mapping
from eyeriss_jax.dataflow.loop_nest import from_dict, to_dict
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.explorer import answer, metrics_of, played
from eyeriss_jax.report.files import strict
from eyeriss_jax.search.explore import better_changes, changed_design, read_changes
from eyeriss_jax.search.mapping import Unfit
from eyeriss_jax.search.space import METRICS

_REMEMBERED = 16
"""Results that a session remembers of either kind: scored, and certified, whose steps 5 and 6 were searched."""

_SETS = 200
"""Sets of mappings that a session keeps; two for each design that was mapped."""

Send = Callable[[dict[str, Any]], None]


class _Unknown(SpecError):
    """A set of mappings that the page has to bring again; ``field`` is its name."""


class Session:
    """One page that is open; ``send`` brings it a message."""

    def __init__(self, studio: Studio, send: Send) -> None:
        self.studio, self._send = studio, send
        self._sets: dict[str, dict[str, Mapping]] = {}
        self._results: dict[tuple[str, str], NetworkResult] = {}
        self._certified: dict[tuple[str, str], NetworkResult] = {}
        self._first = self._keep(studio.mappings)

    def begin(self) -> dict[str, Any]:
        """What a page begins with: the machine as it is, under the mappings at hand."""
        result = self._result({}, self._first)
        return {
            "changes": {},
            "set": self._first,
            "mappings": {layer: to_dict(mapping) for layer, mapping in self.studio.mappings.items()},
            "answer": strict(answer(result, _slowest(result))),
            "layer": _slowest(result),
        }

    def receive(self, message: Any) -> None:
        """Answers one message; whatever is wrong with it is told, and changes nothing."""
        number = message.get("number") if isinstance(message, dict) else None
        try:
            asked = _ASKED.get(str(message.get("do"))) if isinstance(message, dict) else None
            if asked is None:
                raise SpecError("no such question")
            asked(self, message)
        except _Unknown as error:
            self._refuse(number, str(error), unknown=error.field)
        except Unfit as error:
            self._refuse(number, str(error), unfit=error.layers)
        except SpecError as error:
            self._refuse(number, str(error), error.field)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            self._refuse(number, f"a message that no page of ours sends ({type(error).__name__}: {error})")

    def _refuse(self, number: Any, why: str, field: str = "", unfit: tuple[str, ...] = (), unknown: str = "") -> None:
        """Says why something is not possible: of which field, of which layers, or for lack of which mappings."""
        about = {"field": field, "unfit": list(unfit), "unknown": unknown}
        self._send({"say": "refused", "number": number, "why": why, **about})

    def end(self) -> None:
        """The page is gone: nothing is mapped for it any more."""
        self.studio.remapper.stop(self)

    def _know(self, message: dict[str, Any]) -> None:
        """Takes the mappings that the page has, of a server before this one mostly."""
        names = {layer.name for layer in self.studio.network.layers}
        for key, given in message["sets"].items():
            if set(given) != names:
                raise SpecError("the link is of another network: its mappings are of other layers")
            self._sets[str(key)] = {name: from_dict(mapping) for name, mapping in given.items()}
        self._send({"say": "known", "number": message.get("number")})

    def _score(self, message: dict[str, Any]) -> None:
        began = time.perf_counter()
        result = self._result(message["changes"], message["set"])
        pin = message.get("pin")
        pinned = self._result(pin["changes"], pin["set"]) if pin else None
        chosen = min(max(0, int(message.get("layer", 0))), len(result.layers) - 1)
        said = {"say": "scored", "number": message["number"], "answer": strict(answer(result, chosen, pinned))}
        self._send({**said, "ms": 1e3 * (time.perf_counter() - began)})

    def _slopes(self, message: dict[str, Any]) -> None:
        design, mappings = self._design(message["changes"]), self._set(message["set"])
        found = self.studio.slopes(design, mappings)
        better = {name: {field: row[name] for field, row in found.items()} for name in METRICS}
        self._send({"say": "slopes", "number": message["number"], "slopes": strict(better), "better": METRICS})

    def _step(self, message: dict[str, Any]) -> None:
        metric, most_area = message["metric"], float(message["most_area"])
        if metric not in METRICS:
            raise SpecError(f"no metric {metric!r}")
        changes, mappings = self._changes(message["changes"]), self._set(message["set"])
        slopes = self.studio.slopes(changed_design(self.studio.base, changes), mappings)

        def worth(tried: dict[str, Any]) -> tuple[float, float] | None:
            try:
                found = metrics_of(self.studio.score(changed_design(self.studio.base, tried), mappings))
            except SpecError:
                return None
            return found["area_mm2"], found[metric]

        better = better_changes(changes, self.studio.controls, slopes, metric, most_area, worth)
        self._send({"say": "step", "number": message["number"], "changes": strict(better)})

    def _map(self, message: dict[str, Any]) -> None:
        changes = message["changes"]
        design = self._design(changes)
        if (known := self.studio.certified(design)) is not None:
            self.studio.remapper.stop(self)
            mappings = {layer.layer.name: layer.mapping for layer in known.layers}
            self._hear(Said("mapped", CERTIFIED, mappings=mappings, result=known), changes, design)
            return
        self.studio.remapper.ask(self, design, lambda said: self._hear(said, changes, design))

    def _hear(self, said: Said, changes: dict[str, Any], design: Accelerator) -> None:
        """What the process that maps says, in the page's words."""
        if said.what == "mapped" and said.mappings is not None:
            name = self._keep(said.mappings)
            if said.result is not None:
                self._certified[(_key(changes), name)] = said.result
                _forget(self._certified)
                self.studio.certify(design, said.result)
            mappings = {layer: to_dict(mapping) for layer, mapping in said.mappings.items()}
            told = {"say": "mapped", "how": said.stage, "set": name, "mappings": mappings, "changes": changes}
            self._send(told)
        elif said.what == "progress":
            self._send(
                {"say": "mapping", "how": said.stage, "done": said.done, "total": said.total, "layer": said.layer}
            )
        elif said.what == "failed":
            self._send({"say": "unmapped", "why": said.why, "changes": changes})

    def _stop(self, message: dict[str, Any]) -> None:
        self.studio.remapper.stop(self)
        self._send({"say": "stopped", "number": message.get("number")})

    def _play(self, message: dict[str, Any]) -> None:
        layer = self.studio.network.layers[int(message["layer"])]
        found = played(layer, self._set(message["set"])[layer.name])
        self._send({"say": "played", "number": message["number"], "layer": message["layer"], "played": found})

    def _save(self, message: dict[str, Any]) -> None:
        folder = self.studio.save(self._result(message["changes"], message["set"]))
        command = f"python -m experiments.eyexam --mapping={folder / 'mappings.yaml'}"
        self._send({"say": "saved", "number": message["number"], "folder": str(folder), "command": command})

    def _result(self, changes: dict[str, Any], name: str) -> NetworkResult:
        """The design with ``changes`` under the set of mappings ``name``."""
        key = (_key(changes), name)
        if key in self._certified:
            return self._certified[key]
        if key not in self._results:
            self._results[key] = self.studio.score(self._design(changes), self._set(name))
        self._results[key] = self._results.pop(key)  # the last used one is forgotten last
        _forget(self._results)
        return self._results[key]

    def _set(self, name: str) -> dict[str, Mapping]:
        """The set of mappings ``name``."""
        if name not in self._sets:
            raise _Unknown("the server does not know these mappings", field=str(name))
        return self._sets[name]

    def _design(self, changes: dict[str, Any]) -> Accelerator:
        return changed_design(self.studio.base, self._changes(changes))

    def _changes(self, changes: dict[str, Any]) -> dict[str, Any]:
        return read_changes(changes, self.studio.base)

    def _keep(self, mappings: dict[str, Mapping]) -> str:
        """The name of a set of mappings: the same for the same ones."""
        text = json.dumps({name: to_dict(mapping) for name, mapping in mappings.items()}, sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        self._sets[name] = mappings
        while len(self._sets) > _SETS:
            self._sets.pop(next(iter(self._sets)))
        return name


def _forget(results: dict[Any, Any]) -> None:
    """Drops the oldest of more than :data:`_REMEMBERED`."""
    while len(results) > _REMEMBERED:
        results.pop(next(iter(results)))


def _key(changes: dict[str, Any]) -> str:
    return json.dumps(changes, sort_keys=True)


def _slowest(result: NetworkResult) -> int:
    return max(range(len(result.layers)), key=lambda number: result.layers[number].cycles)


_ASKED: dict[str, Callable[[Session, dict[str, Any]], None]] = {
    "know": Session._know, "score": Session._score, "slopes": Session._slopes, "step": Session._step,
    "map": Session._map, "stop": Session._stop, "play": Session._play, "save": Session._save,
}  # fmt: skip
