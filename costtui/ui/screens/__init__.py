"""The screens; which ones there are, and where each begins."""
