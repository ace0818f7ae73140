"""Models and where they run."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["json_schema", "tools", "json", "md_json"]
OWN_KINDS = frozenset({"embedded", "distilled"})
"""Kinds of providers that run here and nowhere else."""
MANIFEST = "model.json"
"""In the folder of a distilled model, the file that says what it is."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs.

    Attributes:
        input, output: US dollars a million tokens.
        batch: the share of it that a line of a batch costs; None where nobody says.
    """

    input: float
    output: float
    batch: float | None = None

    def of_batch(self, usual: float) -> "Price":
        """Return what a line of a batch costs, where nobody says by this share."""
        share = usual if self.batch is None else self.batch
        return Price(self.input * share, self.output * share)


@dataclass(frozen=True, slots=True)
class Provider:
    """A model and where it runs.

    Attributes:
        name: its name in the policy.
        kind: `openai` (through openai), `litellm` (through litellm), `embedded` (the model that we run ourselves),
            `distilled` (a small one that was learned from annotations).
        model: the model's name as its API knows it; for litellm with litellm's prefix, such as `ollama/qwen2.5`. Of a
            distilled one its hash.
        external: whether text that goes there leaves the organisation's network.
        address: base URL of its API, such as `http://127.0.0.1:8080/v1`; None for the vendor's own. Nothing goes by it
            for `embedded`.
        key_env, key_file: where the API key stands; never the key itself.
        mode: how instructor asks for an answer of the wanted form.
        concurrency: calls at once.
        timeout_s: seconds that one attempt may take.
        attempts: how often an invalid answer is asked for, the first time included.
        max_tokens: longest answer, in tokens.
        region: where it runs, for the record.
        price: what the policy says that it costs; None where it says nothing.
        proxy: URL of the proxy that leads to it, such as `http://proxy:3128`; None for none, whatever the environment
            says.
        proxy_key_env, proxy_key_file: where the proxy's `user:password` stands.
        ca: certificates (PEM) of authorities that are trusted beside the machine's.
        batch: whether it has OpenAI's Batch API.
        scores: whether it is asked for its tokens' probabilities, of which scores are made.
        path: folder of a distilled model, "" for others.
    """

    name: str
    kind: Literal["openai", "litellm", "embedded", "distilled"]
    model: str
    external: bool
    address: str | None = None
    key_env: str | None = None
    key_file: str | None = None
    mode: Mode = "json_schema"
    concurrency: int = 8
    timeout_s: float = 60.0
    attempts: int = 2
    max_tokens: int = 1024
    region: str = ""
    price: Price | None = None
    proxy: str | None = None
    proxy_key_env: str | None = None
    proxy_key_file: str | None = None
    ca: str | None = field(default=None, repr=False)
    batch: bool = False
    scores: Literal["", "tokens"] = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a model answers.

    Attributes:
        base_url: of its API.
        uds: path of a Unix socket, or None.
        key: what it asks for.
    """

    base_url: str
    uds: str | None = None
    key: str = field(default="", repr=False)
