"""Which requests are LLM calls, by their path, and whom they go to, by their host.

Source: the paths of OpenAI's API, as OpenAI, Azure, vLLM, Ollama and others serve them under prefixes of their own;
``gen_ai.provider.name`` of the OpenTelemetry GenAI conventions.
"""

from typing import Any

from slm_instrument.dialects.openai_stream import Dialect

# The longest first: one ends in another.
_PATHS: tuple[tuple[bytes, Dialect], ...] = (
    (b"/chat/completions", "chat"),
    (b"/completions", "completions"),
    (b"/responses", "responses"),
)
_ENDINGS = tuple(path for path, _ in _PATHS)
_PROVIDERS = (
    (".openai.azure.com", "azure.ai.openai"),
    (".cognitiveservices.azure.com", "azure.ai.openai"),
    (".services.ai.azure.com", "azure.ai.inference"),
    (".models.ai.azure.com", "azure.ai.inference"),
    (".openai.com", "openai"),
    (".groq.com", "groq"),
    (".mistral.ai", "mistral_ai"),
    (".deepseek.com", "deepseek"),
    (".perplexity.ai", "perplexity"),
    (".x.ai", "x_ai"),
    (".cohere.com", "cohere"),
    (".cohere.ai", "cohere"),
    (".anthropic.com", "anthropic"),
    (".amazonaws.com", "aws.bedrock"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
)


def dialect_of(request: Any) -> Dialect | None:
    """The dialect of an httpx request that asks a model; None for files, embeddings and all else."""
    if request.method != "POST":
        return None
    path: bytes = request.url.raw_path.partition(b"?")[0]
    if not path.endswith(_ENDINGS):
        return None
    return next(dialect for ending, dialect in _PATHS if path.endswith(ending))


def provider_of(url: Any) -> tuple[str, str | None]:
    """The provider that serves an httpx URL, and its address where that says more than the provider.

    A host that nobody knows speaks OpenAI's language: the conventions call that ``openai``.
    """
    host = f".{url.host}"
    known = next((name for ending, name in _PROVIDERS if host.endswith(ending)), None)
    if known is not None:
        return known, None
    provider = "azure.ai.openai" if b"/openai/deployments/" in url.raw_path else "openai"
    return provider, url.netloc.decode("ascii", "replace")
