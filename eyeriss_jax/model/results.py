"""Results as users hold them: the outcomes of a search, which print as short tables and become frames."""

from dataclasses import dataclass
from typing import Any

from eyeriss_jax.model import frames, shown
from eyeriss_jax.model.outcomes import LayerOutcome, NetworkOutcome


@dataclass(frozen=True, kw_only=True, repr=False)
class LayerResult(LayerOutcome):
    """The best mapping of one layer and its Eyexam.

    ``bounds``: the seven Eyexam bounds in MAC/cycle, never rising. ``reasons``: for each of the seven steps why
    performance was lost there, in words ("" where nothing was lost). ``limiter``: the step that costs most, as a
    short label, with the data type for step 6. ``evaluation`` holds Python floats. ``mapspace_size`` points
    exist, ``evaluated`` of them were evaluated, ``certified``: no point can be better, and ``certificate`` says
    why.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> (layer,) = map_network(fc, accelerator("eyeriss_v2")).layers
        >>> layer.certified, len(layer.bounds)
        (True, 7)
    """

    def __repr__(self) -> str:
        """One line, not the nested fields."""
        return f"<LayerResult {shown.layer_line(self)}>"

    def __str__(self) -> str:
        """The seven bounds and what is lost at each, as a short table."""
        return shown.layer_text(self)


@dataclass(frozen=True, kw_only=True, repr=False)
class NetworkResult(NetworkOutcome):
    """Eyexam of a whole network, one layer after the other.

    ``inferences``: inferences per run. ``others``: what the network computes that was not mapped. ``notes``: how the
    network's source was read.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> result = map_network(fc, accelerator("eyeriss_v2"))
        >>> result.macs, 0 < result.utilization < 1
        (640, True)
        >>> int(result.to_pandas().loc["fc", "macs"])
        640
    """

    layers: tuple[LayerResult, ...]

    def __repr__(self) -> str:
        """One line, not the nested fields."""
        return f"<NetworkResult {shown.network_line(self)}>"

    def __str__(self) -> str:
        """The layers as a short table."""
        return shown.network_text(self)

    def to_pandas(self) -> Any:
        """The layers as a ``pandas.DataFrame``; see :func:`eyeriss_jax.model.frames.to_pandas`."""
        return frames.to_pandas(self)

    def to_polars(self) -> Any:
        """The layers as a ``polars.DataFrame``; see :func:`eyeriss_jax.model.frames.to_polars`."""
        return frames.to_polars(self)

    def to_xarray(self) -> Any:
        """The layers as an ``xarray.Dataset``; see :func:`eyeriss_jax.model.frames.to_xarray`."""
        return frames.to_xarray(self)

    def _repr_html_(self) -> str:
        """The layers as a table, which notebooks show."""
        return shown.network_html(self)
