"""What changed between runs of Eyexam, per layer and why: designs, networks or versions of this package.

  python -m experiments.eyexam --network=alexnet --accelerator=eyeriss_v1_5 --output_dir=output/before
  python -m experiments.eyexam --network=alexnet --accelerator=eyeriss_v2 --output_dir=output/after
  python -m experiments.compare output/before output/after/summary.json --format=markdown

Takes summaries or the folders that hold them; the first is what the others are compared with. Of different networks or
batch sizes it says so first: of different networks only what is a share is compared, of different batch sizes what one
inference takes. Writes compare.html and, for each of the others that ran the same network, a figure.
"""

from pathlib import Path

from experiments.harness import Experiment
from eyeriss_jax.report.comparison import (
    changes,
    comparison_page,
    comparison_tables,
    made_equal,
    read_runs,
    same_network,
)
from eyeriss_jax.report.comparison.words import verdict
from eyeriss_jax.report.figures import save
from eyeriss_jax.report.figures.change import change_figure
from eyeriss_jax.report.files import write_text
from eyeriss_jax.report.terminal import spaced, terminal_tables

_EXPERIMENT = Experiment("compare", compiles=False)


def main(arguments: list[str]) -> None:
    """Reads the summaries, writes and prints the comparison."""
    runs = made_equal(read_runs([Path(argument).expanduser() for argument in arguments]))
    folder = _EXPERIMENT.start(None, *(each.label for each in runs))
    first, others = runs[0], runs[1:]
    write_text(folder / "compare.html", comparison_page(runs))
    written = [folder / "compare.html"]
    for number, other in enumerate(others, 1):
        if not same_network(first, other):
            continue
        figure = change_figure(changes(first, other), title=f"{other.label} against {first.label}")
        written += save(figure, folder / (f"change_{number}" if len(others) > 1 else "change"))
    tables, words = comparison_tables(runs), [verdict(first, other) for other in others]
    note = f"\nwrote {folder}/: {', '.join(path.name for path in written)}"
    _EXPERIMENT.show(tables, lambda width: spaced([*words, terminal_tables(tables, width)]), [note])


if __name__ == "__main__":
    _EXPERIMENT.run_with_arguments(main)
