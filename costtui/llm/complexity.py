"""How complex a prompt is, from 0 to 1."""

import re
from collections.abc import Collection

# fmt: off
COMPLEX_WORDS = frozenset((
"analyse", "analysis", "analyze", "architecture", "assess", "compare", "comprehensive", "contrast", "critique", "debug", "decompose", "derive", "design", "detailed", "diagnose", "evaluate", "explain", "hypothesis", "implications", "infer", "integrate", "investigate", "justify", "multiple", "optimise", "optimize", "plan", "prioritise", "prioritize", "proof", "prove", "reason", "reasoning", "recommend", "refactor", "research", "review", "solve", "strategic", "strategy", "summarise", "summarize", "synthesise", "synthesis", "synthesize", "thorough", "tradeoff", "tradeoffs"))
"""Words that ask for thought; matched as whole words, whatever their case."""
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")


def complexity(prompt: str, words: Collection[str] = COMPLEX_WORDS) -> float:
    """Return min(words ÷ 40 × 0.5, 0.5) + min(0.3 × different complexity words in the prompt, 0.5)."""
    matched = len(set(_WORD.findall(prompt.lower())) & {word.lower() for word in words})
    return min(len(prompt.split()) / 40 * 0.5, 0.5) + min(0.3 * matched, 0.5)
