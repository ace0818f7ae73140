"""The one way out: only what stands here reaches a model."""
