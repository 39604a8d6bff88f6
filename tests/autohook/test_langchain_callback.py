import asyncio

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from costtui.errors import BudgetExceeded
from costtui.facts import Budget, CostSource, Period, Status, UsageState
from costtui.money import nano
from costtui.reading import CallQuery
from costtui.record.holds import Holds
from costtui.record.langchain import CostCallback
from costtui.settings import Recording, Settings
from costtui.store import open_store

USAGE = {"input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500}


class Model(BaseChatModel):
    message: AIMessage = AIMessage("Hello")
    model: str = "gpt-4o-mini"
    fails: bool = False

    @property
    def _llm_type(self):
        return "test"

    def _get_ls_params(self, stop=None, **options):
        return {"ls_provider": "openai", "ls_model_name": self.model, "ls_model_type": "chat"}

    def _generate(self, messages, stop=None, run_manager=None, **options):
        if self.fails:
            raise TimeoutError("too slow")
        return ChatResult(generations=[ChatGeneration(message=self.message)])

    def _stream(self, messages, stop=None, run_manager=None, **options):
        for text in ("Hel", "lo"):
            chunk = ChatGenerationChunk(message=AIMessageChunk(text))
            if run_manager:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk


class Store:
    def __init__(self):
        self.calls = []
        self.holds = Holds("", (), enabled=False)

    def record(self, call, hold=None):
        self.calls.append(call)


@pytest.fixture
def recording(monkeypatch):
    callback = CostCallback(settings=Settings())
    store = Store()
    monkeypatch.setattr(callback.ledger, "recorder", lambda: store)
    yield callback, store.calls
    assert callback.ledger.failures == 0


def message(**facts):
    return AIMessage("Hello", **facts)


def test_a_call_is_recorded_with_tokens_and_cost(recording):
    callback, calls = recording
    said = {"model_name": "gpt-4o-mini-2024-07-18", "id": "chatcmpl-GVkq2jeVhZWG8IXIZEVODYDR6PGgyZhu"}
    Model(message=message(usage_metadata=USAGE, response_metadata=said)).invoke(
        "Hi", {"callbacks": [callback]}
    )
    (call,) = calls
    assert (call.provider, call.model, call.model_asked) == (
        "openai",
        "gpt-4o-mini-2024-07-18",
        "gpt-4o-mini",
    )
    assert (call.usage.input_tokens, call.cost.nano, call.status) == (1000, 450_000, Status.OK)
    assert (call.prompt, call.completion, call.key) == ("Hi", "Hello", said["id"])


def test_the_model_is_known_where_the_answer_does_not_say(recording):
    callback, calls = recording
    Model(message=message(usage_metadata=USAGE)).invoke("Hi", {"callbacks": [callback]})
    assert (calls[0].model, calls[0].cost.nano) == ("gpt-4o-mini", 450_000)


def test_cache_writes_of_both_kinds_are_counted(recording):
    callback, calls = recording
    details = {
        "cache_read": 1880,
        "cache_creation": 0,
        "ephemeral_5m_input_tokens": 600,
        "ephemeral_1h_input_tokens": 400,
    }
    usage = {"input_tokens": 2901, "output_tokens": 5, "total_tokens": 2906, "input_token_details": details}
    Model(message=message(usage_metadata=usage)).invoke("Hi", {"callbacks": [callback]})
    found = calls[0].usage
    assert (found.input_tokens, found.cache_read_tokens, found.cache_write_tokens) == (2901, 1880, 1000)
    assert found.cache_write_1h_tokens == 400


def test_a_stream_without_usage_is_estimated_and_timed(recording):
    callback, calls = recording
    assert "".join(chunk.text for chunk in Model().stream("Four score", {"callbacks": [callback]})) == "Hello"
    (call,) = calls
    assert (call.usage.state, call.usage.output_tokens) == (UsageState.ESTIMATED, 2)
    assert (call.cost.source, call.ttft_ms is not None) == (CostSource.HEURISTIC, True)


def test_errors_pass_through_and_are_recorded(recording):
    callback, calls = recording
    with pytest.raises(TimeoutError):
        Model(fails=True).invoke("Hi", {"callbacks": [callback]})
    assert (calls[0].status, calls[0].error, calls[0].cost.nano) == (
        Status.ERROR,
        "TimeoutError: too slow",
        None,
    )


def test_asynchronous_and_parallel_calls_are_kept_apart(recording):
    callback, calls = recording
    model = Model(message=message(usage_metadata=USAGE))

    async def many():
        await asyncio.gather(
            *(model.ainvoke(f"Hi {number}", {"callbacks": [callback]}) for number in range(5))
        )

    asyncio.run(many())
    assert sorted(call.prompt for call in calls) == [f"Hi {number}" for number in range(5)]


def test_node_thread_and_tags_come_from_the_metadata(recording):
    callback, calls = recording
    metadata = {"langgraph_checkpoint_ns": "sub:1a|inner:2b", "thread_id": "t1", "tenant": "acme"}
    Model(message=message(usage_metadata=USAGE)).invoke("Hi", {"callbacks": [callback], "metadata": metadata})
    assert (calls[0].node, calls[0].session_id, calls[0].tags) == ("sub/inner", "t1", {"tenant": "acme"})


def test_inside_a_node_of_costtui_the_call_is_its_own(recording, tmp_path):
    from costtui import CostTracker

    callback, _ = recording
    tracker = CostTracker(tmp_path / "calls.db")
    with tracker.run("r1") as run, run.node("write"):
        Model(message=message(usage_metadata=USAGE)).invoke("Hi", {"callbacks": [callback]})
        assert run.spent.nodes["write"].cost_nano == 450_000
    tracker.close()


def test_a_recorder_that_fails_never_reaches_the_chain(monkeypatch):
    callback = CostCallback(settings=Settings())
    monkeypatch.setattr(callback.ledger, "recorder", lambda: 1 / 0)
    assert (
        Model(message=message(usage_metadata=USAGE)).invoke("Hi", {"callbacks": [callback]}).text == "Hello"
    )
    assert callback.ledger.failures == 2, "no budget was asked, and the call was not recorded"


def refusing(tmp_path, **recording):
    """Return a callback with a budget of $0.001 per day: three of the model's calls are estimated to fit."""
    budget = Budget("day", nano("0.001"), 0, period=Period.DAY)
    settings = Settings(time_zone="UTC", budgets=(budget,), recording=Recording(**recording))
    return CostCallback(tmp_path / "calls.db", settings=settings)


@pytest.mark.parametrize("way", ["invoke", "stream", "ainvoke", "astream"])
def test_the_call_without_room_is_refused_before_the_model_is_called(tmp_path, way):
    callback, made = refusing(tmp_path), []

    class Counting(Model):
        def _generate(self, *arguments, **options):
            made.append(1)
            return super()._generate(*arguments, **options)

        def _stream(self, *arguments, **options):
            made.append(1)
            yield from super()._stream(*arguments, **options)

    model = Counting(message=message(usage_metadata=USAGE))

    async def all_of(answers):
        return [part async for part in answers]

    def call():
        answer = getattr(model, way)("Hi", {"callbacks": [callback]})
        if way == "ainvoke":
            asyncio.run(answer)
        elif way == "astream":
            asyncio.run(all_of(answer))
        elif way == "stream":
            list(answer)

    with pytest.raises(BudgetExceeded, match="'day' has no room"):
        for _ in range(2000):
            call()
    assert 0 < len(made) < 2000
    callback.ledger.close()
    with open_store(tmp_path / "calls.db") as opened:
        assert opened.reader.info().calls == len(made)


def test_the_answers_allowed_length_counts(tmp_path):
    class Short(Model):
        def _get_invocation_params(self, stop=None, **options):
            return {"model": self.model, "max_tokens": 1_700}

    callback = refusing(tmp_path)
    with pytest.raises(BudgetExceeded, match=r"may cost \$0.0010"):
        Short().invoke("Hi", {"callbacks": [callback]})
    Model(message=message(usage_metadata=USAGE)).invoke("Hi", {"callbacks": [callback]})
    callback.ledger.close()


def test_where_budgets_only_count_the_callback_refuses_nothing(tmp_path):
    callback = refusing(tmp_path, enforce=False)
    for _ in range(5):
        Model(message=message(usage_metadata=USAGE)).invoke("Hi", {"callbacks": [callback]})
    callback.ledger.close()
    with open_store(tmp_path / "calls.db") as opened:
        assert len(opened.reader.calls(CallQuery())) == 5


def test_whatever_else_breaks_in_the_callback_stays_in_it(recording, monkeypatch):
    callback, _ = recording
    for name in ("_begun_call", "_answered"):
        with monkeypatch.context() as patched:
            patched.setattr(callback, name, lambda *arguments: 1 / 0)
            assert Model().invoke("Hi", {"callbacks": [callback]}).text == "Hello"
    assert callback.ledger.failures == 2
    callback.ledger.failures = 0
