import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.errors import ProviderError, SettingsError
from costtui.facts import Call, Cost, CostSource, Status, Usage, UsageState
from costtui.llm.bodies import WHOLE_LIMIT, read_request, shorter
from costtui.llm.cache import ResponseCache
from costtui.llm.complexity import complexity
from costtui.llm.endpoints import recognise
from costtui.llm.evidence import Evidence
from costtui.llm.exchange import Exchange, is_unique, to_call
from costtui.llm.providers import Provider, Secret, own_hosts, providers
from costtui.llm.retries import delay_s, retry_after_s
from costtui.llm.router import Router
from costtui.llm.stream import EVENT_LIMIT, StreamReader
from costtui.llm.wire import Ask, outgoing
from costtui.settings import ProviderSettings, Routing, Settings, load

# --- complexity and router -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", 0.0),
        ("Say hi", 2 / 80),
        ("word " * 40, 0.5),
        ("word " * 400, 0.5),
        ("Analyze this", 2 / 80 + 0.3),
        ("analyze ANALYZE analyze", 3 / 80 + 0.3),
        ("reanalyze explained planning", 3 / 80),
        ("compare, evaluate and design", 4 / 80 + 0.5),
        ("explain " + "x " * 100 + "compare design", 1.0),
    ],
)
def test_complexity_is_words_and_complexity_words(prompt, expected):
    assert complexity(prompt) == pytest.approx(expected)


@given(st.text())
def test_complexity_lies_between_zero_and_one(prompt):
    assert 0 <= complexity(prompt) <= 1


TABLE = Routing(
    simple=("google/flash", "openai/mini"),
    moderate=("anthropic/haiku", "openai/mini"),
    complex=("anthropic/sonnet", "openai/big"),
    words=("think",),
    evidence=5,
)
PRICES = {"google/flash": 1, "openai/mini": 2, "anthropic/haiku": 3, "anthropic/sonnet": 10, "openai/big": 12}


def router(ready=("google", "anthropic", "openai"), evidence=None, prices=PRICES):
    return Router(TABLE, ready=lambda name: name in ready, typical_cost=prices.get, evidence=evidence)


@pytest.mark.parametrize(
    ("words", "level", "model"),
    [(3, "simple", "google/flash"), (24, "moderate", "anthropic/haiku"), (39, "complex", "anthropic/sonnet")],
)
def test_the_router_goes_by_the_level_of_the_prompt(words, level, model):
    prompt = "think " + "word " * (words - 1) if level == "complex" else "word " * words
    decision = router().choose(prompt)
    assert (decision.level, decision.reference) == (level, model)
    assert decision.reason.startswith(f"complexity {decision.complexity:.2f}, {level}")


def test_the_router_falls_back_to_providers_with_keys():
    decision = router(ready=("openai",)).choose("hi")
    assert decision.reference == "openai/mini"
    assert "no key for google" in decision.reason


def test_the_router_takes_any_model_before_it_gives_up():
    assert router(ready=("google",)).choose("think " + "word " * 40).reference == "google/flash"
    with pytest.raises(ProviderError, match="set a key for one of anthropic, google, openai"):
        router(ready=()).choose("hi")


def test_enough_good_feedback_prefers_the_cheaper_model_on_that_node_only():
    evidence = Evidence()
    for _ in range(40):
        evidence.add("extract", "anthropic/sonnet", 0.9)
        evidence.add("extract", "anthropic/haiku", 0.95)
    prompt = "think " + "word " * 40
    decision = router(evidence=evidence).choose(prompt, "extract")
    assert decision.reference == "anthropic/haiku"
    assert "feedback: 0.95 in 40 answers, as good as sonnet with 0.90 in 40" in decision.reason
    assert decision.strongest == "anthropic/sonnet"
    assert router(evidence=evidence).choose(prompt, "review").reference == "anthropic/sonnet"


@pytest.mark.parametrize(("count", "score"), [(4, 0.9), (40, 0.6)])
def test_too_little_or_worse_feedback_changes_nothing(count, score):
    evidence = Evidence()
    for _ in range(40):
        evidence.add("n", "anthropic/sonnet", 0.9)
    for _ in range(count):
        evidence.add("n", "anthropic/haiku", score)
    assert router(evidence=evidence).choose("think " + "word " * 40, "n").reference == "anthropic/sonnet"


def test_without_prices_nothing_counts_as_cheaper():
    evidence = Evidence()
    for _ in range(40):
        evidence.add("n", "anthropic/sonnet", 0.9)
        evidence.add("n", "anthropic/haiku", 0.9)
    chosen = router(evidence=evidence, prices={}).choose("think " + "word " * 40, "n")
    assert chosen.reference == "anthropic/sonnet"


# --- retries, cache, secrets, settings -----------------------------------------------------------


def test_waiting_grows_with_jitter_and_has_a_limit():
    assert [delay_s(n, None, 0, lambda: 1.0) for n in (1, 2, 3, 4, 5, 9)] == [0.5, 1, 2, 4, 8, 8]
    assert delay_s(1, None, 0, lambda: 0.0) == 0.25


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("soon", None),
        ("inf", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after_s(header, 60.0) == seconds


def test_the_cache_forgets_what_is_old_and_what_is_too_much():
    cache = ResponseCache(ttl_s=10, entries=2)
    for number in range(3):
        cache.put(str(number), number, now_s=float(number))
    assert [cache.get(key, 5.0) for key in "012"] == [None, 1, 2]
    assert cache.get("1", 12.0) is None


def test_a_key_never_shows_itself():
    secret = Secret("sk-123456789")
    assert "123" not in f"{secret} {secret!r} {[secret]}"
    assert not pickle.loads(pickle.dumps(secret))


def test_a_provider_of_the_settings_needs_only_a_url():
    settings = Settings(providers={"acme": ProviderSettings(base_url="http://10.0.0.1:8000/v1/")})
    acme = providers(settings, {})["acme"]
    assert (acme.wire, acme.base_url, acme.ready({})) == ("openai", "http://10.0.0.1:8000/v1", True)


def test_the_environment_may_move_a_provider():
    moved = providers(Settings(), {"OPENAI_BASE_URL": "http://localhost:9/v1"})["openai"]
    assert moved.base_url == "http://localhost:9/v1"


def test_only_hosts_that_somebody_named_are_ones_own():
    settings = Settings(providers={"acme": ProviderSettings(base_url="https://me:pw@llm.acme.com/v1")})
    assert own_hosts(Settings(), {}) == {}
    assert own_hosts(settings, {"OPENAI_BASE_URL": "http://localhost:9/v1"}) == {
        "llm.acme.com": "acme",
        "localhost:9": "openai",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[providers.x]\nkey_env = "sk-live 123"', "never the key itself"),
        ('[providers.x]\nbase_url = "acme.com"', "must begin with http"),
        ('[providers.x]\nwire = "soap"', "must be one of"),
        ('[router]\nsimple = ["gpt-4"]', "references such as openai/gpt-4o"),
        ("[router]\nsimple_below = 0.9", "in this order"),
        ("[router]\nevidence = 1", "at least 2"),
        ("[calls]\nattempts = 0", "must be above 0"),
        ("[calls]\ntimeout = 3", "is no setting"),
    ],
)
def test_a_bad_setting_is_named(tmp_path, text, message):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=message):
        load({"COSTTUI_SETTINGS": str(path)})


# --- wire formats ----------------------------------------------------------------------------

ASK = Ask(
    "m",
    [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": "a"},
    ],
    9,
    0.5,
)


def test_anthropic_takes_the_system_apart_and_needs_a_version():
    out = outgoing(Provider("anthropic", "anthropic", "https://api.anthropic.com"), Secret("key"), ASK)
    assert out.url == "https://api.anthropic.com/v1/messages"
    assert out.headers == {"anthropic-version": "2023-06-01", "x-api-key": "key"}
    assert out.body["system"] == "s"
    assert [message["role"] for message in out.body["messages"]] == ["user", "assistant"]


def test_gemini_has_its_own_words_and_the_key_stays_out_of_the_url():
    out = outgoing(Provider("google", "gemini", "https://h/v1beta"), Secret("key"), ASK)
    assert out.url == "https://h/v1beta/models/m:generateContent"
    assert out.body["contents"][1] == {"role": "model", "parts": [{"text": "a"}]}
    assert out.body["systemInstruction"] == {"parts": [{"text": "s"}]}
    assert out.body["generationConfig"] == {"maxOutputTokens": 9, "temperature": 0.5}
    assert "key" not in out.url


def test_reasoning_models_take_other_parameters():
    ask = Ask("o3-mini", [{"role": "user", "content": "u"}], 9, 0.5)
    body = outgoing(Provider("openai", "openai", "https://h/v1"), Secret(""), ask).body
    assert body == {"model": "o3-mini", "messages": ask.messages, "max_completion_tokens": 9}


def test_what_is_sent_does_not_show_in_reprs():
    assert "key" not in repr(outgoing(Provider("openai", "openai", "https://h/v1"), Secret("key"), ASK))


# --- endpoints -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "path", "provider", "model"),
    [
        ("api.openai.com", "/v1/chat/completions", "openai", ""),
        ("api.openai.com", "/v1/responses", "openai", ""),
        ("eu.api.openai.com", "/v1/embeddings", "openai", ""),
        ("acme.openai.azure.com", "/openai/deployments/gpt/chat/completions", "azure", "gpt"),
        ("api.anthropic.com", "/v1/messages", "anthropic", ""),
        (
            "generativelanguage.googleapis.com",
            "/v1/models/gemini-2.5-flash%3AgenerateContent",
            "google",
            "gemini-2.5-flash",
        ),
        (
            "us-central1-aiplatform.googleapis.com",
            "/v1/projects/p/locations/l/publishers/google/models/g:streamGenerateContent",
            "google-vertex",
            "g",
        ),
        (
            "bedrock-runtime.us-east-1.amazonaws.com",
            "/model/anthropic.claude-3/invoke",
            "aws",
            "anthropic.claude-3",
        ),
        ("api.cohere.com", "/v2/chat", "cohere", ""),
        ("openrouter.ai", "/api/v1/chat/completions", "openrouter", ""),
        ("localhost:11434", "/api/chat", "ollama", ""),
        ("127.0.0.1:8099", "/v1/chat/completions", "", ""),
        ("gateway.acme.com", "/anthropic/v1/messages", "", ""),
        ("own.host:8000", "/any/completions", "mine", ""),
    ],
)
def test_requests_to_models_are_recognised(host, path, provider, model):
    found = recognise(host, path, {"own.host:8000": "mine"})
    assert (found.provider, found.model) == (provider, model)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.openai.com", "/v1/files"),
        ("api.openai.com", "/v1/threads"),
        ("api.anthropic.com", "/v1/messages/count_tokens"),
        ("api.anthropic.com", "/v1/messages/batches"),
        ("example.com", "/chat"),
        ("example.com", "/api/messages"),
        ("notapi.openai.com.evil.org", "/v1/files"),
        ("generativelanguage.googleapis.com", "/v1beta/models/g:countTokens"),
    ],
)
def test_other_requests_are_left_alone(host, path):
    assert recognise(host, path, {}) is None


# --- streams ---------------------------------------------------------------------------------


def events(*documents):
    return b"".join(b"data: " + json.dumps(document).encode() + b"\n\n" for document in documents)


def read(body, size):
    reader = StreamReader()
    text = "".join(reader.feed(body[at : at + size], float(at)) for at in range(0, len(body), size))
    return reader, text + reader.finish(1e9)


CHAT = (
    events(
        {"id": "chatcmpl-1", "model": "m", "choices": [{"delta": {"content": "Grüße "}}], "usage": None},
        *({"choices": [{"delta": {"content": "x"}}], "usage": None} for _ in range(50)),
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": None},
        {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 52, "total_tokens": 57}},
    )
    + b"data: [DONE]\n\n"
)


@pytest.mark.parametrize("body", [CHAT, CHAT.replace(b"\n", b"\r\n"), CHAT.replace(b"\n", b"\r")])
@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
def test_a_stream_is_read_alike_however_it_is_cut(body, size):
    from costtui.pricing import read_answer

    reader, text = read(body, size)
    assert text == reader.text == "Grüße " + "x" * 50
    assert reader.written_bytes == len(text.encode())
    assert reader.ended
    usage = read_answer(reader.body(), provider="openai").usage
    assert (usage.input_tokens, usage.output_tokens, usage.state) == (5, 52, UsageState.REPORTED)


def test_a_long_stream_is_not_kept():
    reader = StreamReader()
    chunk = events({"choices": [{"delta": {"content": "word " * 100}}]})
    for _ in range(2_000):
        reader.feed(chunk, 0.0)
    assert reader.written_bytes == 1_000_000
    assert len(reader.body()) + len(reader.text) < 25_000


def test_cumulative_usage_in_every_chunk_does_not_grow():
    reader = StreamReader()
    for number in range(5_000):
        reader.feed(
            events({"choices": [{"delta": {"content": "x"}}], "usage": {"completion_tokens": number}}), 0.0
        )
    assert len(reader.body()) < 2_000
    assert b'"completion_tokens": 4999' in reader.body()


def test_an_event_without_end_is_not_kept():
    reader = StreamReader()
    for _ in range(2 * EVENT_LIMIT // 65_536):
        reader.feed(b"x" * 65_536, 0.0)
    reader.feed(b"\n\n" + CHAT, 0.0)
    assert len(reader.body()) < EVENT_LIMIT
    assert reader.ended


@given(st.lists(st.binary(max_size=60)))
def test_no_bytes_break_the_reader(chunks):
    reader = StreamReader()
    for chunk in chunks:
        reader.feed(chunk, 0.0)
    reader.finish(0.0)
    assert len(reader.body()) <= len(b"".join(chunks)) + 2
    reader.feed(b"\n\n" + CHAT, 0.0)
    assert reader.ended


def test_time_to_first_token_is_not_that_of_the_first_event():
    reader = StreamReader()
    reader.feed(events({"type": "message_start", "message": {"usage": {"input_tokens": 5}}}), 1.0)
    assert reader.first_token_s is None
    reader.feed(events({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}), 2.0)
    assert reader.first_token_s == 2.0


# --- bodies and exchanges ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "model", "prompt"),
    [
        (
            {
                "model": "m",
                "messages": [
                    {"role": "user", "content": "a"},
                    {"role": "user", "content": [{"type": "text", "text": "b"}]},
                ],
            },
            "m",
            "a\n\nb",
        ),
        ({"model": "m", "system": "s", "messages": [{"role": "user", "content": "a"}]}, "m", "s\n\na"),
        ({"contents": [{"parts": [{"text": "a"}, {"inlineData": {"data": "AAAA"}}]}]}, "", "a"),
        ({"model": "m", "input": "a", "instructions": "i"}, "m", "i\n\na"),
        ({"model": "m", "input": ["a", "b"]}, "m", "a\n\nb"),
        ({"model": "m", "prompt": "a"}, "m", "a"),
    ],
)
def test_the_prompt_of_every_format_is_read(body, model, prompt):
    asked = read_request(json.dumps(body).encode())
    assert (asked.model, asked.prompt, asked.is_model_call) == (model, prompt, True)


def test_a_cut_request_still_names_its_model():
    asked = read_request(b'{"messages": [{"content": "aaaa')
    assert not asked.is_model_call
    asked = read_request(b'{"model": "gpt-4o", "stream": true, "messages": [{"content": "aaaa')
    assert (asked.model, asked.stream, asked.is_model_call) == ("gpt-4o", True, True)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["messages", "content", "model", "text", "parts", "input", "stream_options"]),
                inner,
            )
        ),
    )
)
def test_no_request_breaks_reading(value):
    asked = read_request(json.dumps(value).encode())
    assert isinstance(asked.prompt, str)
    assert isinstance(asked.model, str)
    assert asked.size >= 0


def test_usage_is_found_at_the_end_of_a_long_answer():
    from costtui.pricing import read_answer

    body = json.dumps(
        {
            "object": "list",
            "data": [{"embedding": [0.123456789] * 2000} for _ in range(20)],
            "model": "text-embedding-3-small",
            "usage": {"prompt_tokens": 9, "total_tokens": 9},
        }
    ).encode()
    assert len(body) > WHOLE_LIMIT
    short = shorter(body)
    assert len(short) < 300
    answer = read_answer(short, provider="openai")
    assert (answer.usage.input_tokens, answer.model) == (9, "text-embedding-3-small")


def priced(usage, provider, model, at_us, tier, reported):
    if usage.state == UsageState.MISSING:
        raise AssertionError("nothing to price")
    return Cost(1000, CostSource.PRICED)


def exchange(**facts):
    return Exchange(
        key="own",
        url="https://api.openai.com/v1/chat/completions",
        started_us=1,
        **{"status": Status.OK, "provider": "openai", "http_status": 200, **facts},
    )


def test_a_request_that_never_ended_costs_what_is_not_known():
    call = to_call(exchange(status=Status.ERROR, http_status=None, error="ReadTimeout: "), priced)
    assert (call.status, call.cost.nano, call.usage.state) == (Status.ERROR, None, UsageState.MISSING)


def test_what_is_no_model_call_on_an_unknown_host_is_not_recorded():
    assert to_call(exchange(provider="", sure=False, request=b'{"to": "bob"}'), priced) is None


def test_a_stream_that_was_cut_does_not_trust_its_first_counts():
    start = events(
        {
            "type": "message_start",
            "message": {"id": "msg_1", "usage": {"input_tokens": 50, "output_tokens": 1}},
        }
    )
    call = to_call(
        exchange(provider="anthropic", status=Status.CANCELLED, response=start, written_bytes=400),
        priced,
    )
    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.state) == (
        50,
        100,
        UsageState.ESTIMATED,
    )


def test_an_answer_nobody_can_read_is_a_call_with_unknown_usage():
    call = to_call(exchange(response=b"\x00\x01garbage", request=b'{"model": "m", "messages": []}'), priced)
    assert isinstance(call, Call)
    assert call.usage == Usage()
    assert (call.model, call.cost.nano) == ("m", None)


@pytest.mark.parametrize(
    ("response_id", "unique"),
    [
        ("chatcmpl-GVkq2jeVhZWG8IXIZEVODYDR6PGgyZhu", True),
        ("msg_01XFDUDYJgAACzvnptvVoYEL", True),
        ("chatcmpl-123", False),
        ("", False),
        ("x" * 40, False),
    ],
)
def test_only_an_id_that_can_be_unique_is_a_key(response_id, unique):
    assert is_unique(response_id) == unique
