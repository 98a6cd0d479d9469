"""The model against the literature: every published figure with ours, its error and a verdict.

  python -m experiments.reproduce --output_dir=output/reproduce
  python -m experiments.reproduce --topics=jetcas
  python -m experiments.reproduce --update_docs
  python -m experiments.reproduce --sensitivity

Writes scoreboard.html, scoreboard.md and summary.json. A figure that misses is shown as a miss, with the best
explanation there is. An interrupted run goes on with the figures that are missing. ``--update_docs`` also rewrites
docs/scoreboard.md and the table in README.md. ``--sensitivity`` makes another table instead: what each part of the rule
set behind the nine speed-ups does to them; it writes speedups.md, with ``--update_docs`` docs/speedups.md.
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from experiments.harness import CONFIGS, Experiment, Kept, define_switch, define_text, key_of, layer_progress
from eyeriss_jax.errors import SpecError
from eyeriss_jax.published import TAGS, TOPICS, Entry, Workbench, claims, score, surprises
from eyeriss_jax.published.speedup_parts import points
from eyeriss_jax.report.files import write_text
from eyeriss_jax.report.marked import replace_between_markers
from eyeriss_jax.report.provenance import versions
from eyeriss_jax.report.scoreboard import (
    markdown_headlines,
    markdown_scoreboard,
    markdown_speedups,
    scoreboard_table,
    speedup_table,
    terminal_scoreboard,
    write_scoreboard,
)  # fmt: skip
from eyeriss_jax.report.scoreboard.markdown import BEGIN, END
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import counted
from eyeriss_jax.source import source_digest

_EXPERIMENT = Experiment("reproduce", CONFIGS / "reproduce.py", resumes=True)
_TOPICS = define_text(
    "topics", f"Topics with commas between, instead of the config's; empty for all: {', '.join(TOPICS)}.", empty=True
)
_UPDATE_DOCS = define_switch("update_docs", "Rewrite docs/scoreboard.md and the table in README.md.")
_SENSITIVITY = define_switch("sensitivity", "What each part of the rule set behind the nine speed-ups does to them.")
_RESTART = define_switch("restart", "Forget the figures that --output_dir holds and compute all of them.")

REPOSITORY = Path(__file__).resolve().parents[1]

WORKERS = 2
"""Topics at a time: much of the time goes to compiling, which keeps one core busy."""


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReproduceConfig:
    """Which topics to compare, with commas between; all if empty."""

    topics: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The topics as a tuple."""
        return tuple(name.strip() for name in self.topics.split(",") if name.strip())


def main() -> None:
    """Reads the flags, computes every figure, writes and prints the scoreboard."""
    config = _EXPERIMENT.config(ReproduceConfig, topics=_TOPICS.value)
    chosen = claims(*config.names)
    if _SENSITIVITY.value and config.names:
        raise SpecError("--sensitivity is a table of its own; leave --topics out")
    if _UPDATE_DOCS.value and config.names:
        raise SpecError("--update_docs needs all topics; leave --topics out")
    folder = _EXPERIMENT.start(config)
    if _SENSITIVITY.value:
        sensitivity(folder)
        return
    kept, key = Kept.open(folder / "figures.json", restart=_RESTART.value), key_of(source_digest(), versions())
    known = {name: value for name, value in kept.values(key).items() if isinstance(value, float)}
    there = sum(claim.id in known for claims_of in chosen.values() for claim in claims_of)
    what = f"computing {counted(sum(map(len, chosen.values())), 'figure')}"
    keep = partial(kept.add, key)
    with layer_progress(f"{what}, {there} of them computed before" if there else what) as progress:
        entries = score(chosen, progress=progress, workers=WORKERS, known=known, keep=keep)
    written = write_scoreboard(entries, dataclasses.asdict(config), folder)
    if _UPDATE_DOCS.value:
        update_docs(entries, REPOSITORY)
    used = {entry.claim.tag for entry in entries}
    notes = [f"tags: {'; '.join(f'{tag} {words}' for tag, words in TAGS.items() if tag in used)}"]
    notes += [f"surprise: {surprise}" for surprise in surprises(entries)]
    notes.append(f"\nwrote {folder}/: {', '.join(path.name for path in written)}")
    _EXPERIMENT.show([scoreboard_table(entries)], lambda width: terminal_scoreboard(entries, width), notes)


def sensitivity(folder: Path) -> None:
    """Computes the nine speed-ups without each part of their rule set, writes and prints the table."""
    kept, key = Kept.open(folder / "speedups.json", restart=_RESTART.value), key_of(source_digest(), versions())
    bench, todo, errors = Workbench(), list(points()), {}
    with layer_progress(f"computing {counted(len(todo), 'speed-up')}") as progress:
        for done, (part, network, pes) in enumerate(todo):
            name = f"{part.rule}: {network}, {pes} PEs"
            progress(done, len(todo), name)
            errors[part.rule, network, pes] = kept.or_made(name, key, partial(part.error, bench, network, pes), float)
    table = speedup_table(errors)
    page = markdown_speedups(table)
    write_text(folder / "speedups.md", page)
    if _UPDATE_DOCS.value:
        write_text(REPOSITORY / "docs" / "speedups.md", page)
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), [f"\nwrote {folder}/: speedups.md"])


def update_docs(entries: Sequence[Entry], repository: Path) -> None:
    """Rewrites the full scoreboard in ``docs/`` and the short one in ``README.md``."""
    readme = repository / "README.md"
    updated = replace_between_markers(readme.read_text(encoding="utf-8"), markdown_headlines(entries), BEGIN, END)
    write_text(repository / "docs" / "scoreboard.md", markdown_scoreboard(entries))
    write_text(readme, updated)


if __name__ == "__main__":
    _EXPERIMENT.run(main)
