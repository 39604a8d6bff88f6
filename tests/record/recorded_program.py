"""A program that records calls of a real endpoint until it is killed; prints the key of each call that is stored."""

import sys
from itertools import count

import httpx

from costtui import CostTracker
from costtui.settings import Recording, Settings


def main(store: str, url: str) -> None:
    settings = Settings(time_zone="UTC", recording=Recording(durable=True))
    tracker = CostTracker(store, settings=settings)
    with tracker.run("killed", subsystem="rig"), httpx.Client(timeout=60, trust_env=False) as client:
        for number in count(1):
            with tracker.node("ask") as node:
                body = {
                    "model": "local",
                    "max_tokens": 8,
                    "messages": [{"role": "user", "content": f"{number}?"}],
                }
                response = client.post(f"{url}/v1/chat/completions", json=body)
                call = node.record_call(
                    answer=response.text, latency_ms=round(response.elapsed.total_seconds() * 1000)
                )
                print(call.key, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
