"""Ways of providers, as their documents and what users reported describe them; one function a way.

Each takes a request and returns status and body, or None where it takes it: then it is answered.
"""

import json
import re
from collections.abc import Callable
from typing import Any

Said = tuple[int, Any] | None
Way = Callable[[dict[str, Any]], Said]


def refusal(message: str, code: object = None, param: str | None = None, status: int = 400) -> Said:
    """Refuse as OpenAI does."""
    return status, {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def keywords(schema: Any) -> set[str]:
    """Return the words of a JSON Schema that a request uses."""
    if isinstance(schema, list):
        return {word for part in schema for word in keywords(part)}
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for key, part in schema.items():
        named = key in ("properties", "$defs") and isinstance(part, dict)
        found |= keywords(list(part.values()) if named else part)
    return found


def schema_of(request: dict[str, Any]) -> Any:
    """Return the schema that a request holds its answer to, in OpenAI's protocol or Anthropic's."""
    for tool in request.get("tools") or ():
        return (tool.get("function") or tool).get("parameters") or tool.get("input_schema")
    return ((request.get("response_format") or {}).get("json_schema") or {}).get("schema")


def openai_reasons(request: dict[str, Any]) -> Said:
    """Refuse what the o-series and gpt-5 refuse. github.com/tmc/langchaingo/issues/1355, QwenLM/qwen-code#921."""
    if "max_tokens" in request:
        text = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        return refusal(text, "unsupported_parameter", "max_tokens")
    if request.get("temperature", 1) != 1:
        text = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) is supported."
        return refusal(text, "unsupported_value", "temperature")
    return None


def openai_newest(request: dict[str, Any]) -> Said:
    """Take tools from who asks for no thinking alone. github.com/onyx-dot-app/onyx/issues/15008."""
    if request.get("tools") and request.get("reasoning_effort") != "none":
        text = "Function tools with reasoning_effort are not supported for gpt-6-sol in /v1/chat/completions."
        return refusal(f"{text} To use function tools, use /v1/responses or set reasoning_effort to 'none'.")
    return openai_reasons(request)


def openai_always_thinks(request: dict[str, Any]) -> Said:
    """Refuse to think not at all. github.com/bolna-ai/bolna/pull/1019."""
    if request.get("reasoning_effort") == "none":
        text = "Unsupported value: 'none' is not supported with the 'gpt-6-astra' model."
        return refusal(text, "unsupported_value", "reasoning_effort")
    return openai_newest(request)


def openai_tells_no_probabilities(request: dict[str, Any]) -> Said:
    """Refuse probabilities, as models do that think. github.com/confident-ai/deepeval/pull/2184."""
    if "logprobs" in request:
        return refusal("You are not allowed to request logprobs from this model", status=403)
    return None


def gemini_tells_no_probabilities(request: dict[str, Any]) -> Said:
    """Refuse probabilities. github.com/Vela-Research/think-reason-learn/issues/34."""
    if "logprobs" in request:
        text = "Logprobs is not enabled for models/gemini-2.5-flash-lite"
        return 400, {"error": {"code": 400, "message": text, "status": "INVALID_ARGUMENT"}}
    return None


def vllm_gaudi(request: dict[str, Any]) -> Said:
    """Refuse probabilities. github.com/vllm-project/vllm-gaudi/pull/1098."""
    if "logprobs" in request:
        text = "Gaudi doesn't support logprobs. Please remove 'logprobs'/'top_logprobs' from your request."
        return 400, {"error": {"message": text, "type": "BadRequestError", "param": None, "code": 400}}
    return None


def mistral_knows_no_probabilities(request: dict[str, Any]) -> Said:
    """Refuse parameters that it does not know, as its validator does."""
    extra = [name for name in ("logprobs", "top_logprobs") if name in request]
    found = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"} for name in extra
    ]
    return (422, {"object": "error", "message": {"detail": found}}) if extra else None


def few_other_tokens(request: dict[str, Any]) -> Said:
    """Tell fewer other tokens than are asked for, as Together did. github.com/stanford-crfm/helm/pull/2325."""
    if request.get("top_logprobs", 0) > 1:
        return refusal("5 is greater than the maximum of 1 - 'top_logprobs'", param="top_logprobs")
    return None


def azure_older(request: dict[str, Any]) -> Said:
    """Know no newer name, as with an older api-version. github.com/openai/openai-python/issues/1724."""
    if "max_completion_tokens" in request:
        return refusal("Unrecognized request argument supplied: max_completion_tokens")
    return None


def anthropic_newer(request: dict[str, Any]) -> Said:
    """Refuse a temperature. github.com/The-PR-Agent/pr-agent/issues/2456."""
    if "temperature" in request:
        return 400, anthropics("invalid_request_error", "`temperature` is deprecated for this model.")
    return None


def anthropic_structured(request: dict[str, Any]) -> Said:
    """Refuse bounds in schemas. github.com/CherryHQ/cherry-studio/issues/18037, agentjido/req_llm#302."""
    found = sorted(keywords(schema_of(request)) & {"minimum", "maximum"})
    if not found:
        return None
    text = f"tools.0.custom: For 'integer' type, properties {', '.join(found)} are not supported"
    return 400, anthropics("invalid_request_error", text)


def anthropics(kind: str, message: str) -> Any:
    """Return an error as Anthropic writes it. docs.claude.com/en/api/errors."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def gemini_key(request: dict[str, Any]) -> Said:
    """Refuse a key with 400. github.com/google-gemini/gemini-cli/issues/25198."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    text = "API key not valid. Please pass a valid API key."
    return 400, {"error": {"code": 400, "message": text, "status": "INVALID_ARGUMENT", "details": details}}


def gemini_in_a_list(request: dict[str, Any]) -> Said:
    """Write an error in a list, as its OpenAI protocol does. github.com/MinLL/SkyrimNet-GamePlugin/issues/77."""
    if "title" in keywords(schema_of(request)):
        text = "Invalid JSON payload received. Unknown name \"title\" at 'response_format.schema': Cannot find field."
        return 400, [{"error": {"code": 400, "message": text, "status": "INVALID_ARGUMENT"}}]
    return None


def mistral(request: dict[str, Any]) -> Said:
    """Forbid what it does not know. github.com/editor-code-assistant/eca/issues/231."""
    if "max_completion_tokens" in request:
        problem = {"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "input": 1024}
        problem["msg"] = "Extra inputs are not permitted"
        return 422, {"object": "error", "message": {"detail": [problem]}, "type": "invalid_request_error", "code": None}
    return None


def groq(request: dict[str, Any]) -> Said:
    """Refuse bounds of lists. github.com/i-am-bee/beeai-framework/issues/1215."""
    if "minItems" in keywords(schema_of(request)):
        return refusal("invalid schema for response format: response_format/json_schema/x: minItems is not supported")
    return None


def deepseek(request: dict[str, Any]) -> Said:
    """Know no json_schema. github.com/llm-exe/llm-exe/issues/662."""
    if (request.get("response_format") or {}).get("type") == "json_schema":
        return refusal("This response_format type is unavailable now", "invalid_request_error")
    return None


def openrouter_behind(request: dict[str, Any]) -> Said:
    """Hand on what the provider behind it said. github.com/reVrost/go-openrouter/pull/21."""
    said = openai_reasons(request)
    if said is None:
        return None
    metadata = {"raw": json.dumps(said[1]), "provider_name": "Azure"}
    return 400, {"error": {"code": 400, "message": "Provider returned error", "metadata": metadata}}


def openrouter_choice(request: dict[str, Any]) -> Said:
    """Find nobody who takes a tool by its name. github.com/zed-industries/zed/issues/36094."""
    if isinstance(request.get("tool_choice"), dict):
        return refusal("No endpoints found that support the provided 'tool_choice' value.", 404, status=404)
    return None


def openrouter_tools(request: dict[str, Any]) -> Said:
    """Find nobody who takes tools. github.com/dnakov/anon-kode/issues/2."""
    if request.get("tools"):
        return refusal("No endpoints found that support tool use. To learn more about provider routing", 404, None, 404)
    return None


def vllm_tools(request: dict[str, Any]) -> Said:
    """Take no tools unless it was started for them. github.com/vllm-project/vllm/issues/9986."""
    if request.get("tool_choice") == "auto" or request.get("tools"):
        text = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
        return 400, {"object": "error", "message": text, "type": "BadRequestError", "param": None, "code": 400}
    return None


def vllm_grammar(request: dict[str, Any]) -> Said:
    """Refuse a schema and say not for which word. github.com/vllm-project/vllm/issues/16880."""
    if keywords(schema_of(request)) & {"minItems", "maxItems", "pattern", "minimum", "maximum"}:
        return 400, {
            "object": "error",
            "message": "The provided JSON schema contains features not supported by xgrammar.",
        }
    return None


def sglang(request: dict[str, Any]) -> Said:
    """Say that the text is too long. github.com/QwenLM/Qwen3/issues/1321."""
    text = "The input (9001 tokens) is longer than the model's context length (8192 tokens)."
    return 400, {"object": "error", "message": text, "type": "BadRequestError", "param": None, "code": 400}


def ollama_tools(request: dict[str, Any]) -> Said:
    """Take no tools for a model without. github.com/ollama/ollama/issues/9680."""
    if request.get("tools"):
        text = "registry.ollama.ai/library/gemma3:4b does not support tools"
        return 400, {"error": {"message": text, "type": "api_error", "param": None, "code": None}}
    return None


def ollama_model(request: dict[str, Any]) -> Said:
    """Have no such model. github.com/netease-youdao/QAnything/issues/555."""
    return 404, {"error": {"message": 'model "qwen" not found, try pulling it first', "type": "api_error"}}


def llama_cpp_tools(request: dict[str, Any]) -> Said:
    """Fail at tools unless it was started for them. github.com/defilantech/LLMKube/issues/126."""
    if request.get("tools"):
        return 500, {"error": {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}}
    return None


def llama_cpp_room(request: dict[str, Any]) -> Said:
    """Have no room. github.com/ggml-org/llama.cpp/issues/19774."""
    text = "the request exceeds the available context size, try increasing it"
    return 400, {"error": {"code": 400, "message": text, "type": "exceed_context_size_error", "n_ctx": 4096}}


def lm_studio_choice(request: dict[str, Any]) -> Said:
    """Take a tool's choice as a word alone. github.com/lmstudio-ai/lmstudio-bug-tracker/issues/670."""
    if isinstance(request.get("tool_choice"), dict):
        return 400, {"error": "Invalid tool_choice type: 'object'. Supported string values: none, auto, required"}
    return None


def lm_studio_path(request: dict[str, Any]) -> Said:
    """Answer any path with 200. github.com/lmstudio-ai/lmstudio-bug-tracker/issues/618."""
    return 200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}


def bedrock(request: dict[str, Any]) -> Said:
    """Refuse a temperature in its own form. github.com/confident-ai/deepeval/issues/3348."""
    settings = request.get("inferenceConfig") or request
    if "temperature" in settings:
        text = "The model returned the following errors: `temperature` is deprecated for this model."
        return 400, {"message": text}
    return None


def streamed(completion: dict[str, Any]) -> bytes:
    """Return a completion as a relay sends that always streams. github.com/BerriAI/litellm/issues/25766."""
    (choice,) = completion["choices"]
    message = choice["message"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if message.get("tool_calls"):
        (call,) = message["tool_calls"]
        deltas.append({"tool_calls": [call | {"index": 0, "function": call["function"] | {"arguments": ""}}]})
        for part in re.findall(".{1,7}", call["function"]["arguments"], re.DOTALL):
            deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": part}}]})
    deltas += [{"content": part} for part in re.findall(".{1,7}", message["content"] or "", re.DOTALL)]
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    chunks.append({"choices": [], "usage": completion["usage"]})
    told = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    events = [f"data: {json.dumps(told | chunk)}\n\n" for chunk in chunks]
    return "".join([": PROCESSING\n\n", *events, "data: [DONE]\n\n"]).encode()
