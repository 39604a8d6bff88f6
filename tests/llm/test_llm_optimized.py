import httpx
import pytest
from llm_answers import chat_answer

from costtui.alerts.rules import DEFAULTS
from costtui.llm import CostOptimizedLLMProvider, LLMConfig
from costtui.settings import Settings


@pytest.fixture
def make_provider(tmp_path):
    made = []

    def make(prompt=1000, completion=500):
        numbers = iter(range(10_000))

        def handler(request):
            number = f"chatcmpl-0123456789abcdef{next(numbers):04d}"
            return httpx.Response(
                200, json=chat_answer(prompt=prompt, completion=completion, response_id=number)
            )

        provider = CostOptimizedLLMProvider(
            tmp_path / "calls.db",
            settings=Settings(time_zone="UTC", alert_rules=DEFAULTS),
            environment={"OPENAI_API_KEY": "k"},
            transport=httpx.MockTransport(handler),
        )
        made.append(provider)
        return provider

    yield make
    for provider in made:
        provider.close()


def config(lead="acme"):
    return LLMConfig(
        agent_type="sales",
        lead_id=lead,
        session_id="s",
        user_id="u",
        mode="passthrough",
        provider="openai",
        model="gpt-4o-mini",
    )


def test_a_plain_call_returns_all_that_the_earlier_system_did(make_provider):
    result = make_provider().complete("Hello", config(), max_tokens=1000, temperature=0.7)
    assert (result.response, result.provider, result.model) == ("Hello", "openai", "gpt-4o-mini")
    assert (result.tokens_in, result.tokens_out, float(result.cost_usd)) == (1000, 500, 0.00045)
    assert result.latency_ms >= 0
    assert result.cache_hit is False
    names = [
        "response",
        "provider",
        "model",
        "tokens_in",
        "tokens_out",
        "cost_usd",
        "latency_ms",
        "cache_hit",
    ]
    assert [result[name] for name in names] == [dict(result)[name] for name in names]
    assert result["cost_usd"] == result.cost_usd
    with pytest.raises(KeyError):
        result["keys"]


async def test_inside_a_loop_the_call_is_awaited(make_provider):
    assert (await make_provider().complete("Hello", config())).response == "Hello"


def test_spend_leads_and_cache_are_summed_up(make_provider):
    provider = make_provider()
    for lead, prompt in (("acme", "a"), ("acme", "b"), ("globex", "a"), ("", "c")):
        provider.complete(prompt, config(lead))
    assert provider.get_daily_spend() == pytest.approx(3 * 0.00045)
    assert provider.get_cost_per_lead_avg() == pytest.approx(2 * 0.00045 / 2)
    assert provider.get_cache_hit_rate() == pytest.approx(0.25)
    assert provider.check_cost_alerts()["has_alerts"] is False


def test_high_costs_alert_with_type_message_and_severity(make_provider):
    provider = make_provider(prompt=400_000_000, completion=0)
    provider.complete("a", config())
    checked = provider.check_cost_alerts()
    assert [(alert["type"], alert["severity"]) for alert in checked["alerts"]] == [
        ("daily_spend_high", "warning"),
        ("cost_per_lead_high", "warning"),
    ]
    assert checked["alerts"][0]["message"] == "spent $60.00 today, above $50.00"
    assert checked["metrics"]["daily_spend"] == pytest.approx(60)


def test_an_empty_store_has_no_figures_and_no_alerts(make_provider):
    provider = make_provider()
    assert (provider.get_daily_spend(), provider.get_cost_per_lead_avg(), provider.get_cache_hit_rate()) == (
        0,
        0,
        0,
    )
    assert provider.check_cost_alerts()["alerts"] == []
