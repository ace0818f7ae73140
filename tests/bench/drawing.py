"""Pictures of the documents, as SVG that is the same for the same figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def picture(file: Path, **layout: Any) -> Iterator[tuple[Any, Any]]:
    """Draw into a file: yields a figure and its axes.

    Args:
        file: what is written.
        layout: as `matplotlib.pyplot.subplots` takes it.
    """
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "labelguard", "axes.spines.top": False, "axes.spines.right": False})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(layout="constrained", **layout)
    try:
        yield figure, axes
        figure.savefig(file, metadata={"Date": None})
    finally:
        plt.close(figure)
