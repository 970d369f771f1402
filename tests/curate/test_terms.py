"""Whose terms hold for a recorded call, and what is decided on them."""

import logging
from dataclasses import replace

import pytest

from slm_instrument.curate.gather import gather
from slm_instrument.curate.terms import Teacher, TeacherTerms, TermsPolicy, TermsVerdict, known_terms
from slm_instrument.errors import ConfigError, TermsError
from slm_instrument.records import Call

GPT = Teacher("openai", "gpt-4o-mini-2024-07-18")
GROK = Teacher("x_ai", "grok-4")
OPEN = Teacher("vllm", "openai/gpt-oss-20b")
STRANGE = Teacher("acme", "acme-1")


@pytest.mark.parametrize(
    ("provider", "model", "name"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", "OpenAI"),
        ("openai", "o3-mini", "OpenAI"),
        ("openai", "ft:gpt-4o-mini:acme:labels:8Xq", "OpenAI"),
        (None, "openrouter/openai/gpt-4.1", "OpenAI"),
        ("OpenAI", None, "OpenAI, model not recognised"),
        ("openai", "our-own-name", "OpenAI, model not recognised"),
        ("azure", "any-deployment", "Azure OpenAI"),
        ("azure.ai.openai", "gpt-4o", "Azure OpenAI"),
        ("azure-openai-chat", None, "Azure OpenAI"),
        ("azure.ai.inference", "Llama-3.3-70B-Instruct", "Llama 3.1 to 4"),
        ("anthropic", "claude-sonnet-4-5-20250929", "Anthropic"),
        ("aws.bedrock", "us.anthropic.claude-3-5-haiku-20241022-v1:0", "Anthropic"),
        ("amazon_bedrock", "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-haiku", "Anthropic"),
        ("vertex_ai", "claude-3-5-sonnet@20240620", "Anthropic"),
        ("google_genai", "gemini-2.5-flash", "Gemini API"),
        ("google_genai", "models/gemma-4-31b-it", "Gemini API"),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", "Gemini on Google Cloud"),
        ("aws.bedrock", "amazon.nova-lite-v1:0", "Amazon Nova and Titan"),
        ("aws.bedrock", "writer.palmyra-x5-v1:0", "Amazon Bedrock, model not recognised"),
        ("aws.bedrock", "meta.llama3-70b-instruct-v1:0", "Llama 2 and 3"),
        ("aws.bedrock", "us.meta.llama3-2-90b-instruct-v1:0", "Llama 3.1 to 4"),
        ("openrouter", "meta-llama/llama-3-70b-instruct", "Llama 2 and 3"),
        ("fireworks", "accounts/fireworks/models/llama-v3p1-8b-instruct", "Llama 3.1 to 4"),
        ("groq", "llama3-70b-8192", "Llama 2 and 3"),
        ("groq", "llama-3.1-8b-instant", "Llama 3.1 to 4"),
        ("groq", "meta-llama/llama-4-scout-17b-16e-instruct", "Llama 3.1 to 4"),
        ("groq", "something-new", "Hosts of others' models"),
        ("ollama", "llama3.2:3b", "Llama 3.1 to 4"),
        ("ollama", "codellama", "Models made from Llama"),
        ("ollama", "ollama/qwen3:8b", "Qwen"),
        ("ollama", "my-own", "Models you run yourself"),
        ("localhost:8000", "my-own", "Models you run yourself"),
        ("ollama", "qwen2.5:72b", "Qwen under its own licences"),
        ("together", "Qwen/Qwen2.5-72B-Instruct-Turbo", "Qwen under its own licences"),
        ("ollama", "qwen2.5:3b", "Qwen for research"),
        ("openai", "qwen-plus", "Qwen by API only"),
        ("mistral_ai", "mistral-large-latest", "Mistral AI's API"),
        ("vllm", "mistralai/Mixtral-8x7B-Instruct-v0.1", "Mistral's open weights under Apache-2.0"),
        ("vllm", "mistralai/Mistral-Large-Instruct-2411", "Mistral's other weights"),
        ("deepseek", "deepseek-chat", "DeepSeek's API"),
        ("together", "deepseek-ai/DeepSeek-R1", "DeepSeek's open weights"),
        ("groq", "deepseek-r1-distill-llama-70b", "Models made from Llama"),
        ("vllm", "google/gemma-3-27b-it", "Gemma 1 to 3"),
        ("vllm", "google/gemma-4-31B-it", "Gemma 4"),
        ("vllm", "openai/gpt-oss-120b", "gpt-oss"),
        ("cohere", "command-r-plus-08-2024", "Cohere"),
        ("xai", "grok-3-mini", "xAI"),
        ("groq", "grok-lookalike", "xAI"),
        ("acme", "acme-1", "not in the table"),
        ("acme", "EleutherAI/gpt-neox-20b", "not in the table"),
        (None, None, "not in the table"),
    ],
)
def test_the_row_that_holds(provider, model, name):
    assert TeacherTerms.of().find(Teacher(provider, model)).name == name


def test_another_server_that_speaks_openais_language_is_not_openai():
    call = Call(provider="openai", model="acme-1", labels={"server_address": "localhost:8000"})
    assert Teacher.of(call) == Teacher("localhost:8000", "acme-1")
    azure = Call(provider="azure.ai.openai", model="x", labels={"server_address": "proxy.example"})
    assert Teacher.of(azure).provider == "azure.ai.openai"


def test_calls_that_a_student_answered_have_no_teacher(make_task, make_calls):
    ours, theirs, other = make_calls(3)
    calls = [
        replace(ours, provider="openai", model="gpt-4o"),
        replace(theirs, provider="anthropic", model="claude-3-haiku"),
        replace(other, provider="openai", model="gpt-4o", served_by="slm:some-bundle"),
    ]
    teachers = gather(calls, make_task()).teachers
    assert teachers == {Teacher("openai", "gpt-4o"): 1, Teacher("anthropic", "claude-3-haiku"): 1}


class TestPolicy:
    @pytest.mark.parametrize(
        ("policy", "refused"),
        [("refuse", {GPT, GROK, STRANGE}), ("warn", {GROK}), ("", {GROK}), ("allow", set())],
    )
    def test_what_each_refuses(self, policy, refused):
        terms = TeacherTerms.of(policy)
        for teacher in (GPT, GROK, OPEN, STRANGE):
            if teacher in refused:
                with pytest.raises(TermsError, match=teacher.model):
                    terms.judge({teacher: 3})
            else:
                terms.judge({teacher: 3})

    def test_one_line_for_each_that_is_limited_and_none_for_others(self, caplog):
        with caplog.at_level(logging.WARNING, "slm_instrument"):
            decision = TeacherTerms.of("warn").judge({OPEN: 9, STRANGE: 2, GPT: 1234})
        assert [judged.teacher for judged in decision.teachers] == [GPT, OPEN, STRANGE]
        first, second = caplog.messages
        assert first.startswith("teacher's terms: openai gpt-4o-mini-2024-07-18 (1,234 calls) is restricted: ")
        assert "https://openai.com/policies/services-agreement/" in first
        assert second == "teacher's terms: acme acme-1 (2 calls) is unknown: its terms are not in the table"

    def test_a_refusal_is_one_line_that_names_all_and_says_what_to_do(self):
        with pytest.raises(TermsError) as caught:
            TeacherTerms.of("refuse").judge({GPT: 1, STRANGE: 2, OPEN: 3})
        said = str(caught.value)
        assert "gpt-4o-mini" in said
        assert "acme-1" in said
        assert "gpt-oss" not in said
        assert "--teacher-terms allow" in said
        assert "\n" not in said

    def test_whoever_allows_is_named_and_only_where_there_was_something_to_allow(self, monkeypatch):
        monkeypatch.setenv("LOGNAME", "ada")
        assert TeacherTerms.of("allow").judge({GROK: 1}).acknowledged_by == "ada"
        assert TeacherTerms.of("allow").judge({OPEN: 1}).acknowledged_by is None
        assert TeacherTerms.of("warn").judge({GPT: 1}).acknowledged_by is None

    def test_no_such_policy(self):
        with pytest.raises(ConfigError, match=r"'perhaps' is no policy .* say refuse, warn, allow"):
            TeacherTerms.of("perhaps")


class TestOwnRows:
    @pytest.fixture
    def file(self, tmp_path):
        return tmp_path / "terms.toml"

    def test_they_come_before_the_packages(self, file):
        file.write_text(
            '[[terms]]\nname = "our contract"\nproviders = ["OpenAI"]\nmodels = ["gpt-4o*"]\n'
            'verdict = "allowed"\nlimits = "none"\ndocument = "contract 17"\n'
        )
        terms = TeacherTerms.of("refuse", file)
        assert terms.judge({GPT: 1}).teachers[0].terms.source == "contract 17"
        assert terms.find(Teacher("openai", "o3-mini")).name == "OpenAI"
        assert terms.find(Teacher("anthropic", "gpt-4o")).name == "OpenAI"
        assert len(terms.table) == len(known_terms()) + 1

    def test_a_glob_with_a_slash_is_for_the_whole_name(self, file):
        row = '[[terms]]\nname = "x"\nmodels = ["acme/*"]\nverdict = "allowed"\nlimits = "none"\ndocument = "d"\n'
        file.write_text(row)
        terms = TeacherTerms.of("", file)
        assert terms.find(Teacher("vllm", "Acme/one")).verdict is TermsVerdict.ALLOWED
        assert terms.find(Teacher("vllm", "one")).verdict is TermsVerdict.UNKNOWN

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("[[terms]\n", "line 1"),
            ("", "terms"),
            ('[[terms]]\nname = "x"\n', "verdict"),
            ('[[terms]]\nname="x"\nverdict="fine"\nlimits="l"\ndocument="d"\nmodels=["a"]\n', "fine"),
            ('[[terms]]\nname="x"\nverdict="allowed"\nlimits="l"\ndocument="d"\n', "neither providers nor models"),
            ('[[terms]]\nname="x"\nverdict="allowed"\nlimits="l"\ndocument="d"\nmodle=["a"]\n', "modle"),
            ('[[terms]]\nname="x"\nverdict="allowed"\nlimits="l"\ndocument="d"\nmodels="a"\n', "models"),
        ],
    )
    def test_a_file_that_means_nothing_is_refused_with_the_reason(self, file, text, says):
        file.write_text(text)
        with pytest.raises(ConfigError) as caught:
            TeacherTerms.of("", file)
        assert str(file) in str(caught.value)
        assert says in str(caught.value)

    def test_a_file_that_cannot_be_read(self, file):
        with pytest.raises(ConfigError, match="cannot be read"):
            TeacherTerms.of("", file)
        file.write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigError, match=r"terms\.toml"):
            TeacherTerms.of("", file)


def test_every_policy_and_verdict_is_told_apart():
    for policy in TermsPolicy:
        assert TeacherTerms.of(policy).policy is policy
    assert {row.verdict for row in known_terms()} == set(TermsVerdict)
