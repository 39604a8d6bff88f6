"""Recording: what a program's calls, steps and runs cost, written down while they happen."""
