"""A LangGraph graph whose nodes open nodes of costtui, inside one of costtui; recorded from inside, within a budget."""

import asyncio
import operator
import os
import sys
from typing import Annotated, TypedDict

os.environ.setdefault("LANGSMITH_TRACING", "false")
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph

import costtui

BASE, STORE = sys.argv[1:]
gpt = ChatOpenAI(model="gpt-4o-mini", base_url=f"{BASE}/v1", api_key="x", max_tokens=5, temperature=0)


class State(TypedDict):
    said: Annotated[list, operator.add]


def writer(state):
    with costtui.node("draft"):
        said = [gpt.invoke("Name a fruit.").content]
        with costtui.node("polish", lead_id="acme"):
            return {"said": [*said, gpt.invoke("Name a city.").content]}


async def reader(state):
    with costtui.node("look"):
        return {"said": [(await gpt.ainvoke("Name a river.")).content]}


inner = StateGraph(State)
inner.add_node("inner", reader)
inner.add_edge(START, "inner")
graph = StateGraph(State)
for name, node in (("writer", writer), ("reader", reader), ("sub", inner.compile())):
    graph.add_node(name, node)
    graph.add_edge(START, name)
    graph.add_edge(name, END)
app = graph.compile()

tracker = costtui.CostTracker(STORE)
with tracker, costtui.instrument(tracker.recorder) as instrumentation:
    with costtui.run("r1"), costtui.node("answer"):
        print(len(asyncio.run(app.ainvoke({"said": []}))["said"]))
    try:
        with costtui.run("r2", budget_usd="0.000001"):
            asyncio.run(app.ainvoke({"said": []}))
    except costtui.BudgetExceeded:
        print("refused")
    print("failures", instrumentation.failures)
