"""What figures are called where people read them, and which of them says most."""

from collections.abc import Collection

FIGURE_NAMES = {
    "f1": "F1",
    "f1_macro": "macro F1",
    "precision": "precision",
    "recall": "recall",
    "accuracy": "all right",
    "kappa": "kappa",
    "overlap": "overlap",
    "path_f1": "F1 of paths",
    "partial_f1": "partial F1",
    "overlap_f1": "F1 of characters",
    "exact": "exactly right",
    "within_1": "within 1",
    "mean_error": "mean error",
    "correlation": "correlation",
    "chrf": "chrF",
    "tau": "tau",
    "same_list": "in the right list",
    "ece": "ECE",
    "brier": "Brier",
    "auroc": "AUROC",
}
_HEADLINES = ("f1", "chrf", "tau", "within_1")


def headline(figures: Collection[str]) -> str:
    """Name the figure that says most of a control; "" if none is there."""
    return next((name for name in _HEADLINES if name in figures), "")
