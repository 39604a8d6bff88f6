"""A simulated pipeline to watch: real HTTP calls to a simulated provider, recorded into a real store."""
