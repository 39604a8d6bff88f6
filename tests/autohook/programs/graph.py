"""A LangGraph graph: parallel nodes, a subgraph, a retried node, streaming, asynchronous; prints only what is certain."""

import asyncio
import operator
import os
import sys
from typing import Annotated, TypedDict

os.environ.setdefault("LANGSMITH_TRACING", "false")
import httpx
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

BASE = sys.argv[1]
gpt = ChatOpenAI(
    model="any", base_url=f"{BASE}/v1", api_key="x", max_tokens=5, temperature=0, stream_usage=True
)
claude = ChatAnthropic(model="any", base_url=BASE, api_key="x", max_tokens=5)
tries = []


class State(TypedDict):
    said: Annotated[list, operator.add]


def planner(state):
    return {"said": [gpt.invoke("Name a colour.").content]}


def writer(state):
    return {"said": ["".join(chunk.text for chunk in gpt.stream("Name a fruit."))]}


def critic(state):
    tries.append(1)
    said = claude.invoke("Name a city.").text
    if len(tries) == 1:
        raise httpx.ConnectError("flaky")
    return {"said": [said]}


async def reader(state):
    return {"said": [(await gpt.ainvoke("Name a river.")).content]}


inner = StateGraph(State)
inner.add_node("inner", planner)
inner.add_edge(START, "inner")
graph = StateGraph(State)
graph.add_node("planner", planner)
graph.add_node("writer", writer)
graph.add_node("critic", critic, retry_policy=RetryPolicy(max_attempts=2, retry_on=httpx.ConnectError))
graph.add_node("sub", inner.compile())
graph.add_edge(START, "planner")
for name in ("writer", "critic", "sub"):
    graph.add_edge("planner", name)
    graph.add_edge(name, END)
config = {"configurable": {"thread_id": "t1"}, "metadata": {"tenant": "acme"}}
print(len(graph.compile().invoke({"said": []}, config)["said"]), len(tries))

alone = StateGraph(State)
alone.add_node("reader", reader)
alone.add_edge(START, "reader")
print(len(asyncio.run(alone.compile().ainvoke({"said": []}))["said"]))
