"""Taggers and transformers on onnxruntime: the same results as their makers' code, in a fraction of its time."""
