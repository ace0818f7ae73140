"""What errors mean, as providers write them: of a closed list, and no word of theirs is kept."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from backend.model.complaints import FORMS, KEYWORDS, PARAMETERS, Complaint, read_complaint


def openai(message: str, code: object = None, param: str | None = None, kind: str = "invalid_request_error"):
    """Write an error as OpenAI does, and most others."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def named(value: object) -> str:
    """Name a test by a value; a set has an order of its own in each process."""
    return str(sorted(value) if isinstance(value, set | frozenset) else value)


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        # OpenAI: tmc/langchaingo#1355, QwenLM/qwen-code#921
        (openai("x", "unsupported_parameter", "max_tokens"), {"max_tokens"}),
        (openai("x", "unsupported_value", "temperature"), {"temperature"}),
        (openai("x", "unknown_parameter", "top_logprobs"), {"top_logprobs"}),
        (openai("Unsupported parameter: 'max_tokens' is not supported with this model."), {"max_tokens"}),
        (openai("Unsupported value: 'temperature' does not support 0 with this model."), {"temperature"}),
        # ItzCrazyKns/Vane#1173, onyx-dot-app/onyx#15008
        (
            openai("Function tools with reasoning_effort are not supported for m. Set reasoning_effort to 'none'."),
            {"reasoning_effort"},
        ),
        # Azure with an older api-version
        (openai("Unrecognized request argument supplied: max_completion_tokens"), {"max_completion_tokens"}),
        # Anthropic: The-PR-Agent/pr-agent#2456, mnfst/modelparams.dev#214
        (openai("`temperature` is deprecated for this model."), {"temperature"}),
        (openai("`temperature` may only be set to 1 when thinking is enabled or in adaptive mode."), {"temperature"}),
        (openai("Thinking may not be enabled when tool_choice forces tool use."), {"tool_choice"}),
        # Mistral: editor-code-assistant/eca#231, Gitlawb/openclaude#739, mistralai/platform-docs-public#7
        (
            {"message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"]}]}},
            {"max_completion_tokens"},
        ),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "temperature"], "input": 0}]}, {"temperature"}),
        (
            {"message": json.dumps({"detail": [{"type": "extra_forbidden", "loc": ["body", "max_tokens"]}]})},
            {"max_tokens"},
        ),
        # vLLM: 1Panel-dev/MaxKB#2912
        (
            {"message": "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'x'}]"},
            {"max_completion_tokens"},
        ),
        # LM Studio: lmstudio-ai/lmstudio-bug-tracker#670; OpenRouter: zed-industries/zed#36094
        ({"error": "Invalid tool_choice type: 'object'. Supported string values: none, auto"}, {"tool_choice"}),
        (openai("No endpoints found that support the provided 'tool_choice' value.", 404), {"tool_choice"}),
        (openai("deepseek-reasoner does not support this tool_choice"), {"tool_choice"}),
        # Moonshot, Bedrock
        (openai("invalid temperature: only 1 is allowed for this model"), {"temperature"}),
        ({"message": "This model doesn't support the temperature field. Remove temperature."}, {"temperature"}),
        # OpenRouter, handing on what the provider behind it said
        (
            {"error": {"code": 400, "metadata": {"raw": json.dumps(openai("Unsupported parameter: 'max_tokens'"))}}},
            {"max_tokens"},
        ),
        # keywords: agentjido/req_llm#302, CherryHQ/cherry-studio#18037, liam-hq/liam#1162,
        # i-am-bee/beeai-framework#1215, zed-industries/zed#44875, glowingjade/obsidian-smart-composer#455
        (openai("output_format.schema: For 'integer' type, property 'minimum' is not supported"), {"minimum"}),
        (openai("For 'integer' type, properties maximum, minimum are not supported"), {"maximum", "minimum"}),
        (openai("For 'array' type, 'minItems' values other than 0 or 1 are not supported"), {"minItems"}),
        (
            openai("Invalid schema for response_format 'A': In context=('x',), 'minimum' is not permitted."),
            {"minimum", "schema"},
        ),
        (openai("response_format/json_schema/next_step: minItems is not supported"), {"minItems"}),
        (
            [
                {
                    "error": {
                        "message": "Unknown name \"const\" at 'x': Cannot find field.\nUnknown name \"title\" at 'y'"
                    }
                }
            ],
            {"const", "title"},
        ),
        (openai('Unknown name "additionalProperties" at x'), {"additionalProperties"}),
        (openai("tools.0.custom.strict: Extra inputs are not permitted"), {"strict"}),
        # forms: Ollama, vllm-project/vllm#9986, dnakov/anon-kode#2, defilantech/LLMKube#126
        (openai("registry.ollama.ai/library/gemma3:4b does not support tools"), {"tools"}),
        ({"message": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'}, {"tools"}),
        (openai("No endpoints found that support tool use. To learn more", 404), {"tools"}),
        (openai("tools param requires --jinja flag", 500), {"tools"}),
        # llm-exe/llm-exe#662, BerriAI/litellm#31466; LM Studio
        (openai("Invalid parameter: 'response_format' of type 'json_schema' is not supported"), {"json_schema"}),
        (openai("This response_format type is unavailable now", "invalid_request_error"), {"json_schema"}),
        (openai("response_format.type `json_schema` is unavailable now"), {"json_schema"}),
        (openai("This model does not support response format `json_schema`."), {"json_schema"}),
        ({"error": "'response_format.type' must be 'json_schema' or 'text'"}, {"json_object"}),
        # vllm-project/vllm#16880
        ({"message": "The provided JSON schema contains features not supported by xgrammar."}, {"schema"}),
        (openai("x", "invalid_json_schema"), {"schema"}),
        # n8n-io/n8n#30590
        (openai("properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'"), {"schema"}),
        # what is refused for its value, or says nothing
        (openai("max_tokens is too large: 9. This model supports at most 5 completion tokens"), set()),
        (openai("x", "invalid_value", "temperature"), set()),
        (openai("the patient's temperature is 39"), set()),
        (openai("x", "unsupported_parameter", "patient"), set()),
        (None, set()),
        ("", set()),
        ([[[[]]]], set()),
    ],
    ids=named,
)
def test_what_is_refused(error, refused):
    found = read_complaint(error).refused
    assert found == refused
    assert found <= {*PARAMETERS, *KEYWORDS, *FORMS}


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (openai("x", "insufficient_quota"), "quota"),
        (openai("x", kind="insufficient_quota", code="rate_limit_exceeded"), "quota"),
        (openai("Your credit balance is too low to access the Anthropic API."), "quota"),
        (openai("x", "rate_limit_exceeded"), "busy"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "busy"),
        ([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}], "busy"),
        ({"error": "Model is overloaded", "error_type": "x"}, "busy"),
        ({"error": "x", "error_type": "overloaded"}, "busy"),
        ({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, "down"),
        (openai("x", "content_filter"), "filtered"),
        ({"error": {"code": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, "filtered"),
        (openai("Output blocked by content filtering policy"), "filtered"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "filtered"),
        ([{"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}}], "key"),
        (openai("API key not valid. Please pass a valid API key."), "key"),
        (openai("x", "model_not_found"), "model"),
        ({"error": {"code": "DeploymentNotFound"}}, "model"),
        ({"message": "The model `x/y:1` does not exist.", "type": "NotFoundError", "code": 404}, "model"),
        (openai('model "llama9" not found, try pulling it first'), "model"),
        (openai("model: claude-x", kind="not_found_error"), "model"),
        (openai("models/gemini-x is not found for API version v1beta"), "model"),
        (openai("x/y is not a valid model ID", 400), "model"),
        (openai("x", "context_length_exceeded"), "room"),
        ({"error": {"code": 400, "type": "exceed_context_size_error"}}, "room"),
        (openai("prompt is too long: 208310 tokens > 200000 maximum"), "room"),
        (openai("This model's maximum context length is 8192 tokens."), "room"),
        # SGLang: QwenLM/Qwen3#1321, sgl-project/sglang#4048; vLLM: Gabesarch/grounded-rl#16;
        # llama.cpp: ggml-org/llama.cpp#19774; llama-cpp-python: fedora-copr/logdetective-website#193
        (openai("The input (61709 tokens) is longer than the model's context length (40960 tokens)."), "room"),
        (openai("Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens)."), "room"),
        (openai("The decoder prompt (length 10127) is longer than the maximum model length of 8192."), "room"),
        ({"error": {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}}, "room"),
        (openai("Requested tokens (2285) exceed context window of 2048"), "room"),
        (openai("max_tokens: 9 > 5, which is the maximum allowed number of output tokens for m"), "room"),
        # LM Studio: lmstudio-ai/lmstudio-bug-tracker#618
        ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "path"),
        ("404 page not found", "path"),
        ("Client sent an HTTP request to an HTTPS server.", "scheme"),
        ("<html>400 The plain HTTP request was sent to HTTPS port</html>", "scheme"),
        (openai("content_filter"), ""),
        (openai("x", "a text of the task's"), ""),
        (openai("x", 5, kind=""), ""),
        (None, ""),
    ],
    ids=named,
)
def test_what_an_error_means(error, meaning):
    assert read_complaint(error).meaning == meaning


def test_a_code_may_stand_in_a_header():
    """As Bedrock's do: `x-amzn-errortype: ThrottlingException:http://internal.amazon.com/`."""
    assert read_complaint({"message": "x"}, "ThrottlingException:http://x").meaning == "busy"
    assert read_complaint({"__type": "com.amazon.coral#AccessDeniedException"}).meaning == ""
    assert read_complaint({}, "AccessDeniedException").meaning == "key"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": 502}}, 502),
        ({"error": {"code": "404"}}, 404),
        ({"error": {"status": 429}}, 429),
        ({"error": {"code": 400}}, 400),
        ({"error": {"code": 599}}, 599),
        ({"error": {"code": 399}}, 0),
        ({"error": {"code": 600}}, 0),
        ({"error": {"code": 200}}, 0),
        ({"error": {"code": True}}, 0),
        ({"error": {"code": "4040"}}, 0),
        ({"error": {"code": 10**30}}, 0),
    ],
    ids=named,
)
def test_a_status_that_a_body_tells(body, status):
    assert read_complaint(body).status == status


CODES = {
    "busy": "rate_limit_exceeded ThrottlingException TooManyRequestsException engine_overloaded_error RateLimitReached",
    "down": "server_error UNAVAILABLE INTERNAL ServiceUnavailableException ModelNotReadyException DEADLINE_EXCEEDED",
    "filtered": "content_policy_violation invalid_prompt data_inspection_failed PROHIBITED_CONTENT SAFETY",
    "key": "invalid_api_key authentication_error UNAUTHENTICATED PERMISSION_DENIED UnrecognizedClientException",
    "model": "model_not_found deployment_not_found invalid_model model_decommissioned ResourceNotFoundException",
    "path": "unknown_url",
    "quota": "insufficient_quota billing_not_active quota_exceeded billing_error insufficient_user_quota Arrearage",
    "room": "context_length_exceeded exceed_context_size_error request_too_large tokens_limit_reached",
}


@pytest.mark.parametrize(("meaning", "code"), [(m, code) for m, codes in CODES.items() for code in codes.split()])
def test_each_code_has_its_meaning(meaning, code):
    assert read_complaint({"error": {"code": code}}).meaning == meaning
    assert read_complaint({"error": {"type": code.upper()}}).meaning == meaning
    assert read_complaint({"error": {"message": f"'{code}'"}}).meaning == ""


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_each_word_of_a_schema_may_be_refused(keyword):
    assert read_complaint(openai(f"x.y: '{keyword}' is not permitted.")).refused == {keyword}
    assert read_complaint(openai(f"x.y: '{keyword}s' is not permitted.")).refused == set()


class Part(BaseModel):
    kind: Literal["a"] = Field(title="Kind")


class Bounded(BaseModel):
    """All that bounds a value, in pydantic's words."""

    model_config = ConfigDict(extra="forbid")
    closed: float = Field(ge=0, le=1, multiple_of=0.5, description="d", examples=[0.5])
    opened: float = Field(gt=0, lt=1)
    text: str = Field(default="x", min_length=1, max_length=2, pattern="x")
    words: set[str] = Field(min_length=1, max_length=2)
    day: date
    parts: list[Part]


def words_of(schema: Any) -> Iterator[str]:
    """Yield the keywords of a schema, without the names of what it describes."""
    if isinstance(schema, list):
        for part in schema:
            yield from words_of(part)
    elif isinstance(schema, dict):
        yield from schema
        for word, part in schema.items():
            yield from words_of(list(part.values()) if word in ("properties", "$defs") else part)


def test_all_but_the_shape_of_an_answer_may_be_refused():
    words = set(words_of(Bounded.model_json_schema()))
    assert {*KEYWORDS} == words - {"type", "properties", "items", "required"} | {"$schema"}


def test_only_what_tells_of_an_error_is_looked_at():
    said = "temperature is not supported"
    for name in ("message", "msg", "detail", "raw", "description", "error"):
        assert read_complaint({"error": {name: said}}).refused == {"temperature"}
    for name in ("input", "param", "prompt", "messages", "type"):
        assert read_complaint({"error": {name: said, "more": {name: {"x": said}}}}).refused == set()
    assert read_complaint({"input": {"message": said}}).refused == set()
    old = {"detail": [{"type": "value_error.extra", "loc": ["body", "max_tokens"]}]}
    assert read_complaint(old).refused == {"max_tokens"}
    other = {"detail": [{"type": "missing", "loc": ["body", "max_tokens"]}, {"type": "extra_forbidden", "loc": []}]}
    assert read_complaint(other).refused == set()


def test_texts_together_are_bounded():
    texts = ["x" * 5_000, "max_tokens is not supported", "y" * 5_000, "temperature is not supported"]
    assert read_complaint({"error": [{"message": text} for text in texts]}).refused == {"max_tokens"}


def test_a_foreign_text_is_bounded_and_never_kept():
    deep: object = "x"
    for _ in range(500):
        deep = {"error": deep, "input": "max_tokens is not supported"}
    assert read_complaint(deep) == Complaint()
    long = {"error": {"message": "a" * 10**6 + " max_tokens is not supported"}}
    assert read_complaint(long) == Complaint()
    wide = {"error": [{"message": f"{number} does not support tools"} for number in range(10**5)]}
    assert read_complaint(wide) == Complaint()
    assert not re.search("canary", str(read_complaint(openai("canary does not support tools", "canary", "canary"))))
