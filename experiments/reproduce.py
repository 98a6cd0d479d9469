"""The model against the literature: every published figure with ours, its error and a verdict.

  python -m experiments.reproduce --output_dir=output/reproduce
  python -m experiments.reproduce --topics=jetcas
  python -m experiments.reproduce --update_docs

Writes scoreboard.html, scoreboard.md and summary.json. A figure that misses is shown as a miss, with the best
explanation there is. ``--update_docs`` also rewrites docs/scoreboard.md and the table in README.md.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import jax
from absl import flags

from experiments.command_line import CONFIGS, define_config, define_output_dir, prepare_output_dir, run
from experiments.compilation_cache import define_compilation_cache, enable_compilation_cache
from experiments.configuration import freeze
from experiments.output import define_format, show
from experiments.progress import layer_progress
from eyeriss_jax.errors import SpecError
from eyeriss_jax.published import Entry, claims, score, surprises
from eyeriss_jax.report.files import write_text
from eyeriss_jax.report.scoreboard import (
    markdown_headlines,
    markdown_scoreboard,
    replace_between_markers,
    scoreboard_table,
    terminal_scoreboard,
    write_scoreboard,
)  # fmt: skip

_CONFIG = define_config()
_TOPICS = flags.DEFINE_string("topics", None, "Topics with commas between, instead of the config's.")
_UPDATE_DOCS = flags.DEFINE_bool("update_docs", False, "Rewrite docs/scoreboard.md and the table in README.md.")
_OUTPUT_DIR = define_output_dir("output/reproduce")
_FORMAT = define_format()
_COMPILATION_CACHE = define_compilation_cache()

REPOSITORY = Path(__file__).resolve().parents[1]

WORKERS = 2
"""Topics at a time: much of the time goes to compiling, which keeps one core busy."""


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
    config = freeze(_CONFIG.value, ReproduceConfig, topics=_TOPICS.value)
    chosen = claims(*config.names)
    if _UPDATE_DOCS.value and config.names:
        raise SpecError("--update_docs needs all topics; leave --topics out")
    folder = prepare_output_dir(_OUTPUT_DIR.value)
    if _COMPILATION_CACHE.value:
        enable_compilation_cache()
    what = f"computing {sum(map(len, chosen.values()))} figures"
    with layer_progress(what) as progress:
        entries = score(chosen, progress=progress, workers=WORKERS)
    written = write_scoreboard(entries, dataclasses.asdict(config), folder)
    if _UPDATE_DOCS.value:
        update_docs(entries, REPOSITORY)
    notes = [f"surprise: {surprise}" for surprise in surprises(entries)]
    notes.append(f"\nwrote {folder}/: {', '.join(path.name for path in written)}")
    show(_FORMAT.value, [scoreboard_table(entries)], lambda width: terminal_scoreboard(entries, width), notes)


def update_docs(entries: Sequence[Entry], repository: Path) -> None:
    """Rewrites the full scoreboard in ``docs/`` and the short one in ``README.md``."""
    readme = repository / "README.md"
    updated = replace_between_markers(readme.read_text(encoding="utf-8"), markdown_headlines(entries))
    write_text(repository / "docs" / "scoreboard.md", markdown_scoreboard(entries))
    write_text(readme, updated)


if __name__ == "__main__":
    jax.config.parse_flags_with_absl()
    run(main, default_config=CONFIGS / "reproduce.py")
