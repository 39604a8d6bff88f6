"""What calls cost: lines that add up, tiers, histories, overrides, and what nobody knows."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.errors import SettingsError
from costtui.facts import CostSource, Usage, UsageState
from costtui.money import nano, usd
from costtui.pricing import PriceBook
from costtui.pricing.book import BOOKS
from costtui.pricing.overrides import PriceOverride, read_override
from costtui.pricing.rates import Rates, Tier, bill
from costtui.pricing.reference import fine_tuned_base, references
from costtui.sections import Section
from costtui.settings import Settings, load
from costtui.window import to_us

NOW = to_us(datetime(2026, 11, 22, 12, tzinfo=UTC))
MILLION = Usage(1_000_000, 500_000, state=UsageState.REPORTED)


def used(given: int | None, output: int | None, **more: object) -> Usage:
    return replace(Usage(given, output, state=UsageState.REPORTED), **more)


def override(**values: object) -> PriceOverride:
    return read_override(Section(values, "prices[0]."), "test")


def day(year: int, month: int, date: int, hour: int = 12, zone: str = "UTC") -> int:
    return to_us(datetime(year, month, date, hour, tzinfo=ZoneInfo(zone)))


def test_the_classic_book_has_the_prices_of_earlier_trackers():
    book = PriceBook(book="classic")
    assert usd(book.price(MILLION, provider=None, model="deepseek-chat", at_us=NOW).nano or 0) == Decimal(
        "0.28"
    )
    assert usd(book.price(MILLION, provider=None, model="gpt-4", at_us=NOW).nano or 0) == 60


def test_the_library_wins_where_the_classic_list_differs_and_the_list_helps_where_it_knows_nothing():
    book = PriceBook()
    assert book.rates("deepseek", "deepseek-chat", NOW).units["output"] == nano("1.10")
    coder = book.price(MILLION, provider="deepseek", model="deepseek-coder", at_us=NOW)
    assert (coder.nano, coder.price_ref) == (nano("0.28"), "classic book deepseek-coder")
    assert PriceBook().rates("ollama", "deepseek-coder", NOW) is None


def test_cached_tokens_are_counted_once_each_at_their_own_price():
    usage = used(10_000, 2_000, cache_read_tokens=4_000, cache_write_tokens=1_000, cache_write_1h_tokens=400)
    cost = PriceBook().price(usage, provider="anthropic", model="claude-sonnet-4-5", at_us=NOW)
    assert [(line.unit, line.count, line.cost_nano) for line in cost.lines] == [
        ("cache_write_1h", 400, nano("0.0024")),
        ("cache_read", 4_000, nano("0.0012")),
        ("cache_write", 600, nano("0.00225")),
        ("input", 5_000, nano("0.015")),
        ("output", 2_000, nano("0.03")),
    ]
    assert cost.nano == nano("0.05085")
    assert cost.source == CostSource.PRICED


def test_cached_tokens_without_a_price_of_their_own_cost_what_input_costs():
    cost = PriceBook().price(used(100, 0, cache_read_tokens=40), provider="openai", model="gpt-4", at_us=NOW)
    assert [(line.unit, line.count) for line in cost.lines] == [("input", 100)]


def test_a_long_context_is_decided_for_each_call():
    book = PriceBook()
    costs = [
        book.price(used(size, 0), provider="anthropic", model="claude-sonnet-4-5", at_us=NOW).nano
        for size in (200_000, 200_001)
    ]
    assert costs == [nano("0.6"), nano("1.200006")]


def test_a_call_of_the_past_has_the_price_of_the_past():
    book = PriceBook()
    before, after = (
        book.price(MILLION, provider="openai", model="o3", at_us=day(2025, month, 1)).nano for month in (5, 7)
    )
    assert (before, after) == (nano(30), nano(6))
    assert book.price(MILLION, provider="openai", model="o3", at_us=day(2025, 5, 1)).nano == before


def test_a_price_may_depend_on_the_time_of_day():
    book = PriceBook()
    costs = [
        book.price(MILLION, provider="deepseek", model="deepseek-chat", at_us=day(2026, 11, 22, hour)).nano
        for hour in (12, 20, 12)
    ]
    assert costs == [nano("0.82"), nano("0.41"), nano("0.82")]


def test_a_batch_costs_half_and_a_tier_without_a_price_says_so():
    book = PriceBook()
    batch = book.price(
        MILLION, provider="anthropic", model="claude-sonnet-4-5", at_us=NOW, service_tier="batch"
    )
    assert batch.nano == nano("8.625")  # 1 M × $3 + 0.5 M × $11.25, the long context at half price
    assert "batch" in (batch.price_ref or "")
    odd = book.price(MILLION, provider="openai", model="gpt-4o", at_us=NOW, service_tier="turbo")
    assert odd.nano == nano("7.5")
    assert "(no price for turbo: standard)" in (odd.price_ref or "")


@pytest.mark.parametrize(
    "model", ["claude-sonnet-9", "gpt-5.9", "acme-70b", "", "deepseek-r1:8b", "\x1b[31m"]
)
def test_an_unknown_model_is_unknown_and_never_free(model):
    cost = PriceBook().price(MILLION, provider=None, model=model, at_us=NOW)
    assert (cost.nano, cost.source, cost.lines) == (None, CostSource.UNKNOWN, ())


def test_a_model_that_is_listed_without_a_price_is_not_free():
    book = PriceBook()
    assert book.rates("github-copilot", "gpt-4o", NOW) is None
    free = book.price(MILLION, provider="openrouter", model="google/gemma-2-9b-it:free", at_us=NOW)
    assert (free.nano, free.source) == (0, CostSource.PRICED)


def test_the_providers_own_figure_wins_and_ours_stays_beside_it():
    cost = PriceBook().price(
        MILLION, provider="openrouter", model="openai/gpt-4o", at_us=NOW, provider_cost_nano=7
    )
    assert (cost.nano, cost.source, cost.priced_nano) == (7, CostSource.PROVIDER, nano("7.5"))
    unknown = PriceBook().price(MILLION, provider="x", model="y", at_us=NOW, provider_cost_nano=0)
    assert (unknown.nano, unknown.source, unknown.priced_nano) == (0, CostSource.PROVIDER, None)


def test_estimated_and_half_reported_tokens_make_a_cost_that_is_marked():
    book = PriceBook()
    estimated = replace(MILLION, state=UsageState.ESTIMATED)
    assert book.price(estimated, provider="openai", model="gpt-4o", at_us=NOW).source == CostSource.HEURISTIC
    half = book.price(used(None, 10), provider="openai", model="gpt-4o", at_us=NOW)
    assert (half.nano, half.source) == (nano("0.0001"), CostSource.HEURISTIC)
    assert book.price(Usage(), provider="openai", model="gpt-4o", at_us=NOW).source == CostSource.UNKNOWN


def test_tokens_of_a_side_that_has_no_price_leave_the_cost_unknown():
    cost = PriceBook().price(used(5, 5), provider="openai", model="text-embedding-3-small", at_us=NOW)
    assert cost.nano is None
    assert "no price for output tokens" in (cost.price_ref or "")


def test_the_worst_case_is_at_least_any_cost_of_that_size():
    book = PriceBook()
    worst = book.worst_case("anthropic", "claude-sonnet-4-5", 10_000, 2_000, NOW)
    assert worst == nano("0.0675")  # 10,000 × $3.75 + 2,000 × $15, per million
    usage = used(10_000, 2_000, cache_write_tokens=10_000)
    assert book.price(usage, provider="anthropic", model="claude-sonnet-4-5", at_us=NOW).nano == worst
    assert book.worst_case("nobody", "nothing", 1, 1, NOW) is None


@pytest.mark.parametrize(
    ("provider", "model", "ref"),
    [
        (None, "openai/gpt-4o", "openai/gpt-4o"),
        (None, "openai:gpt-4o", "openai/gpt-4o"),
        ("litellm", "openai/gpt-4o", "openai/gpt-4o"),
        (None, "models/gemini-2.5-flash", "google/gemini-2.5-flash"),
        ("gemini", "gemini-2.5-flash", "google/gemini-2.5-flash"),
        (None, "azure/gpt-4o", "azure/gpt-4o"),
        ("azure_openai", "gpt-4o-2024-08-06", "azure/gpt-4o"),
        (None, "gpt-4o-20240806", "openai/gpt-4o"),
        (
            None,
            "us.anthropic.claude-3-haiku-20240307-v1:0",
            "aws/regional.anthropic.claude-3-haiku-20240307-v1:0",
        ),
        (
            "bedrock",
            "anthropic.claude-3-haiku-20240307-v1:0",
            "aws/regional.anthropic.claude-3-haiku-20240307-v1:0",
        ),
        (
            None,
            "bedrock/converse/anthropic.claude-3-haiku-20240307-v1:0",
            "aws/regional.anthropic.claude-3-haiku-20240307-v1:0",
        ),
        (
            None,
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "aws/regional.anthropic.claude-3-haiku-20240307-v1:0",
        ),
        ("vertex_ai", "publishers/anthropic/models/claude-sonnet-4-5@20250929", "google/claude-sonnet-4-5"),
        (None, "projects/p/locations/l/publishers/google/models/gemini-2.5-flash", "google/gemini-2.5-flash"),
        (None, "mistral-large-latest", "mistral/mistral-large"),
        ("openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4o"),
        (None, "openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o"),
        ("xai", "grok-4", "x-ai/grok-4-0709"),
        (None, "ft:gpt-4o-mini-2024-07-18:acme::x1", "openai/ft:gpt-4o-mini"),
        (None, "GPT-4o", "openai/gpt-4o"),
    ],
)
def test_a_model_is_found_by_whatever_name_it_goes_by(provider, model, ref):
    rates = PriceBook().rates(provider, model, NOW)
    assert rates is not None
    assert f" {ref} " in rates.ref


def test_a_gateway_of_ones_own_is_not_taken_for_the_maker():
    assert PriceBook().rates("ollama", "mistral", NOW) is None
    assert PriceBook().rates("my-gateway", "gpt-4o", NOW) is None


def test_a_fine_tune_that_nobody_lists_costs_about_what_its_base_costs():
    assert fine_tuned_base("ft:o3:acme::1") == "o3"
    cost = PriceBook().price(MILLION, provider=None, model="ft:o3:acme::1", at_us=NOW)
    assert (cost.nano, cost.source) == (nano(6), CostSource.HEURISTIC)


def test_the_last_override_that_holds_wins_from_its_day_on():
    book = PriceBook(
        (
            override(model="gpt-4o", input=1, output=2),
            override(model="gpt-4o", input=3, output=4, **{"from": "2026-11-20"}),
        )
    )
    costs = [
        book.price(MILLION, provider="openai", model="gpt-4o", at_us=at).nano
        for at in (day(2026, 11, 19), NOW, day(2026, 11, 19))
    ]
    assert costs == [nano(2), nano(5), nano(2)]


def test_an_override_names_models_by_pattern_and_provider():
    book = PriceBook(
        (
            override(model="llama*", provider="ollama", free=True),
            override(model="gpt-4o", provider="azure", input=9, output=9),
        )
    )
    local = book.price(MILLION, provider="ollama", model="llama3.2:3b", at_us=NOW)
    assert (local.nano, local.source) == (0, CostSource.PRICED)
    assert book.rates("groq", "llama3-8b-8192", NOW).units["input"] == nano("0.05")
    assert book.rates("azure_openai", "gpt-4o", NOW).units["input"] == nano(9)
    assert book.rates("openai", "gpt-4o", NOW).units["input"] == nano("2.5")


def test_a_discount_comes_off_the_price_that_the_library_has_that_day():
    book = PriceBook((override(model="o3", discount=25),))
    assert book.price(MILLION, provider="openai", model="o3", at_us=NOW).nano == nano("4.5")
    assert book.price(MILLION, provider="openai", model="o3", at_us=day(2025, 5, 1)).nano == nano("22.5")
    assert "25 % off" in (book.rates("openai", "o3", NOW).ref)
    assert PriceBook((override(model="nothing", discount=25),)).rates(None, "nothing", NOW) is None


def test_a_band_holds_on_its_days_and_hours_in_its_zone():
    night = override(
        model="m", input=1, output=1, hours="22:00-06:00", days=["fri"], time_zone="Asia/Shanghai"
    )
    book = PriceBook((override(model="m", input=5, output=5), night))

    def rate(date: int, hour: int) -> int:
        return book.rates(None, "m", day(2026, 11, date, hour, "Asia/Shanghai")).units["input"]

    assert [rate(20, 21), rate(20, 22), rate(21, 5), rate(21, 6), rate(21, 22), rate(20, 5)] == [
        nano(5),
        nano(1),
        nano(1),
        nano(5),
        nano(5),
        nano(5),
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model": "m", "input": 1}, "prices[0].output is missing beside input: half a price is no price"),
        ({"model": "m", "output": 1}, "prices[0].input is missing beside output"),
        ({"model": "m", "cache_read": 1}, "prices[0].input is missing beside cache_read"),
        ({"model": "m"}, "prices[0].input is missing: give input and output"),
        ({"input": 1, "output": 1}, "prices[0].model is missing"),
        ({"model": "m", "input": -1, "output": 1}, "prices[0].input must not be negative"),
        ({"model": "m", "input": "cheap", "output": 1}, "prices[0].input must be an amount in dollars"),
        (
            {"model": "m", "free": True, "input": 1, "output": 1},
            "prices[0].free cannot be true beside a price",
        ),
        ({"model": "m", "discount": 101}, "prices[0].discount must be a percentage"),
        ({"model": "m", "discount": True}, "prices[0].discount must be a percentage"),
        ({"model": "m", "free": True, "from": "soon"}, "prices[0].from must be a date"),
        (
            {"model": "m", "free": True, "from": "2026-02-01", "until": "2026-01-01"},
            "prices[0].until is not after from",
        ),
        ({"model": "m", "free": True, "days": ["someday"]}, "prices[0].days must be an array of mon"),
        ({"model": "m", "free": True, "hours": "25:00-26:00"}, "prices[0].hours must be two times of day"),
        (
            {"model": "m", "free": True, "time_zone": "Mars/Base"},
            "prices[0].time_zone names no time zone: 'Mars/Base'",
        ),
        ({"model": "m", "free": True, "inptu": 1}, "prices[0].inptu is no setting that costtui knows"),
    ],
)
def test_half_a_price_and_other_mistakes_are_named(values, words):
    with pytest.raises(SettingsError) as error:
        override(**values)
    assert words in str(error.value)


def test_the_settings_file_holds_prices_and_chooses_the_book(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(
        'price_book = "classic"\n[[prices]]\nmodel = "m"\nfrom = 2026-11-01\ninput = 0.1\noutput = 0.2\n'
    )
    settings = load({"COSTTUI_SETTINGS": str(path)})
    book = PriceBook.load(settings)
    assert book.price(MILLION, provider=None, model="m", at_us=NOW).nano == nano("0.2")
    assert book.rates(None, "m", day(2026, 10, 31)) is None
    assert book.rates(None, "deepseek-chat", NOW).units["input"] == nano("0.14")
    assert PriceBook.load(settings, book="library").rates(None, "deepseek-chat", NOW).units["input"] == nano(
        "0.27"
    )
    assert set(BOOKS) == {"library", settings.price_book}


def test_the_package_and_a_book_with_an_override_need_no_price_library():
    import subprocess

    code = (
        "import sys; from costtui.pricing import *; from costtui.settings import Settings;"
        "from costtui.pricing.overrides import PriceOverride; from costtui.facts import Usage;"
        "b = PriceBook((PriceOverride('m', units={'input': 1, 'output': 1}),));"
        "b.price(Usage(1, 1), provider=None, model='m', at_us=0);"
        "sys.exit('genai_prices' in sys.modules or 'typer' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


RATES = st.fixed_dictionaries(
    {"input": st.integers(0, 10**12), "output": st.integers(0, 10**12)},
    optional={
        unit: st.integers(0, 10**12)
        for unit in (
            "cache_read",
            "cache_write",
            "cache_write_1h",
            "input_audio_tokens",
            "cache_audio_read_tokens",
            "output_reasoning_tokens",
            "output_audio_tokens",
            "web_searches",
            "requests",
        )
    },
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    given = draw(st.integers(0, 10**7))
    output = draw(st.integers(0, 10**6))
    read = draw(st.integers(0, given))
    write = draw(st.integers(0, given - read))
    audio = draw(st.integers(0, given))
    units = {
        "input_audio_tokens": audio,
        "cache_audio_read_tokens": draw(st.integers(0, min(read, audio))),
        "output_audio_tokens": draw(st.integers(0, output)),
        "web_searches": draw(st.integers(0, 5)),
    }
    return Usage(
        given,
        output,
        read,
        write,
        draw(st.integers(0, write)),
        draw(st.integers(0, output)),
        UsageState.REPORTED,
        {unit: count for unit, count in units.items() if count},
    )


@given(usages(), RATES)
def test_each_token_stands_in_exactly_one_line(usage, units):
    lines, unpriced = bill(Rates(units, "test"), usage)
    tokens = [line for line in lines if line.unit not in ("web_searches", "requests")]
    given = [line.count for line in tokens if not line.unit.startswith("output")]
    assert sum(given) == usage.input_tokens
    assert sum(line.count for line in tokens) == (usage.input_tokens or 0) + (usage.output_tokens or 0)
    assert all(line.count > 0 and line.cost_nano >= 0 for line in lines)
    assert not unpriced


@given(usages(), RATES, RATES)
def test_the_lines_add_up_to_the_cost_exactly(usage, units, long_units):
    entry = Rates(units, "test", (Tier(10**6, {**units, **long_units}),))
    lines, _ = bill(entry, usage)
    chosen = {**units, **long_units} if (usage.input_tokens or 0) > 10**6 else units
    assert all(line.rate_nano == chosen[line.unit] for line in lines)
    exact = sum(Decimal(line.count) * line.rate_nano / 1_000_000 for line in lines)
    assert abs(exact - sum(line.cost_nano for line in lines)) <= Decimal(len(lines)) / 2


MODELS = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-5.6-sol"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-opus-5-5"),
    ("google", "gemini-2.5-flash"),
    ("google", "gemini-2.5-pro"),
    ("deepseek", "deepseek-chat"),
    ("groq", "llama3-8b-8192"),
    ("mistral", "mistral-large-latest"),
]


@given(
    usages(),
    st.sampled_from(MODELS),
    st.integers(day(2024, 1, 1), NOW),
    st.sampled_from(["", "batch", "flex", "priority"]),
)
def test_costs_agree_with_the_library_to_half_a_nano_dollar_for_each_line(usage, named, at_us, tier):
    import genai_prices

    provider, model = named
    usage = replace(usage, units={})
    ours = PriceBook().price(usage, provider=provider, model=model, at_us=at_us, service_tier=tier)
    context = {"processing": "batch"} if tier == "batch" else {"service_tier": tier} if tier else None
    theirs = genai_prices.calc_price(
        genai_prices.Usage(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cache_write_1h_tokens=usage.cache_write_1h_tokens,
            output_tokens=usage.output_tokens,
            output_reasoning_tokens=usage.reasoning_tokens,
        ),
        model,
        provider_id=provider,
        genai_request_timestamp=datetime.fromtimestamp(at_us / 1e6, UTC),
        price_context=context,
    )
    assert abs(usd(ours.nano or 0) - theirs.total_price) <= Decimal("0.0000000005") * max(len(ours.lines), 1)


@given(st.text(max_size=60), st.none() | st.text(max_size=20))
def test_any_text_is_a_name_that_can_be_looked_up(model, provider):
    for _, name in references(provider, model):
        assert name
    PriceBook().price(MILLION, provider=provider, model=model, at_us=NOW)


def test_settings_without_prices_load_a_book_that_knows_the_library():
    assert PriceBook.load(Settings()).rates(None, "gpt-4o", NOW) is not None
