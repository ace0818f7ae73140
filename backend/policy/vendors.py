"""litellm's names for who answers, and where: an address that no policy writes is taken from here, never from outside.

A name that is missing is not taken: with it litellm asks other hosts than the one that is written (for keys, models or
tokenizers), or goes by ways of its own that cannot be held to one address.
"""

from backend.providers import OWN_KINDS

OPENAI = "https://api.openai.com/v1"

VENDORS = {
    "anthropic": "https://api.anthropic.com",
    "cerebras": "https://api.cerebras.ai/v1",
    "cohere": "https://api.cohere.com/v2/chat",
    "cohere_chat": "https://api.cohere.com/v2/chat",
    "dashscope": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "deepseek": "https://api.deepseek.com/beta",
    "fireworks_ai": "https://api.fireworks.ai/inference/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta",
    "github": "https://models.inference.ai.azure.com",
    "groq": "https://api.groq.com/openai/v1",
    "meta_llama": "https://api.llama.com/compat/v1",
    "minimax": "https://api.minimax.io",
    "mistral": "https://api.mistral.ai/v1",
    "moonshot": "https://api.moonshot.ai/v1",
    "nebius": "https://api.studio.nebius.ai/v1",
    "novita": "https://api.novita.ai/v3/openai",
    "openai": OPENAI,
    "openrouter": "https://openrouter.ai/api/v1",
    "ovhcloud": "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    "perplexity": "https://api.perplexity.ai",
    "scaleway": "https://api.scaleway.ai/v1",
    "text-completion-openai": OPENAI,
    "together_ai": "https://api.together.ai/v1",
    "volcengine": "https://ark.cn-beijing.volces.com/api/v3",
    "xai": "https://api.x.ai/v1",
}
"""Vendors, each with the base of its API, as litellm itself calls it."""

SELF_HOSTED = (
    "custom_openai",
    "hosted_vllm",
    "litellm_proxy",
    "llamafile",
    "lm_studio",
    "ollama",
    "ollama_chat",
    "openai",
    "text-completion-openai",
)
"""Servers of one's own: with these litellm calls the address, and no vendor's."""

ADDRESSED = frozenset(
    [
        *SELF_HOSTED,
        *VENDORS,
        "azure",
        "azure_ai",
        "azure_text",
        "baseten",
        "bedrock",
        "codestral",
        "deepinfra",
        "featherless_ai",
        "hyperbolic",
        "nscale",
        "nvidia_nim",
        "sambanova",
        "snowflake",
    ]
)
"""All that litellm calls at the address that is written, and nowhere else."""


def prefix_of(model: str) -> str:
    """Return litellm's name for who answers, which a model's name begins with."""
    return model.partition("/")[0]


def vendor_address(kind: str, model: str) -> str | None:
    """Return where a vendor answers if the policy names no address; None where there is no such vendor."""
    return VENDORS.get("openai" if kind == "openai" else prefix_of(model)) if kind not in OWN_KINDS else None
