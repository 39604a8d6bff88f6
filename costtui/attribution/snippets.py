"""Lines of code that a fix shows, by the language of the SDK; ``{config}`` and ``{metric}`` are filled in."""

from collections.abc import Mapping

Snippet = Mapping[str, str]
"""Language, as ``sender.language`` names it → lines."""

_GO_TRACK = 'client.TrackMetric("{metric}", context, cost, data)'
_JAVA_TRACK = 'client.trackMetric("{metric}", context, data, cost);'
_DOTNET_TRACK = 'client.Track("{metric}", context, data, cost);'
_RUBY_TRACK = "client.track('{metric}', context, data, cost)"
_PHP_TRACK = "$client->track('{metric}', $context, $data, $cost);"

SHARE: Snippet = {
    "python": "context = build_context(user_id, attributes)  # once\nclient.variation({config!r}, context, default)\n"
    "client.track({metric!r}, context, data, cost)  # the same object",
    "node": "const context = {{ kind: 'user', key: userId, ...attributes }};  // once\n"
    "await client.variation('{config}', context, fallback);\n"
    "client.track('{metric}', context, data, cost);  // the same object",
    "go": 'context := ldcontext.NewBuilder(userID).SetString("plan", plan).Build()  // once, with every attribute\n'
    f'client.StringVariation("{{config}}", context, fallback)\n{_GO_TRACK}  // the same value',
    "java": 'LDContext context = LDContext.builder(userId).set("plan", plan).build();  // once, with every attribute\n'
    f'client.stringVariation("{{config}}", context, fallback);\n{_JAVA_TRACK}  // the same object',
    "dotnet": 'var context = Context.Builder(userId).Set("plan", plan).Build();  // once, with every attribute\n'
    f'client.StringVariation("{{config}}", context, fallback);\n{_DOTNET_TRACK}  // the same object',
    "ruby": "context = LaunchDarkly::LDContext.create({{ kind: 'user', key: user_id, **attributes }})  # once\n"
    f"client.variation('{{config}}', context, default)\n{_RUBY_TRACK}  # the same object",
    "php": "$context = LDContext::builder($userId)->set('plan', $plan)->build();  // once, with every attribute\n"
    f"$client->variation('{{config}}', $context, $default);\n{_PHP_TRACK}  // the same object",
}
"""One context for evaluating and for tracking."""

NUMBER: Snippet = {
    "python": "client.track({metric!r}, context, data, float(cost))  # fourth argument",
    "node": "client.track('{metric}', context, data, Number(cost));  // fourth argument",
    "go": f"{_GO_TRACK}  // the third argument, a float64",
    "java": f"{_JAVA_TRACK}  // the fourth argument, a double",
    "dotnet": f"{_DOTNET_TRACK}  // the fourth argument, a double",
    "ruby": f"{_RUBY_TRACK}  # the fourth argument, a Float",
    "php": f"{_PHP_TRACK}  // the fourth argument, a float",
}
"""The number where LaunchDarkly reads it."""

CLOSE: Snippet = {
    "python": "client.flush()\nclient.close()  # flush() alone is asynchronous, and its thread dies with the process",
    "node": "await client.flush();\nclient.close();",
    "go": "defer client.Close()",
    "java": "client.close();",
    "dotnet": "client.Dispose();",
    "ruby": "client.close",
}
"""Delivered before the process ends."""

KEY: Snippet = {
    "python": "client.track({metric!r}, context, data, cost)",
    "node": "client.track('{metric}', context, data, cost);",
    "go": _GO_TRACK,
    "java": _JAVA_TRACK,
    "dotnet": _DOTNET_TRACK,
    "ruby": _RUBY_TRACK,
    "php": _PHP_TRACK,
}
"""The metric's own key."""
