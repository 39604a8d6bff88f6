"""Contexts by name: read from the settings, changed, kept and deleted there; identity safe."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costtui.errors import SettingsError
from costtui.settings import load
from costtui.settings_file import change_tables
from costtui.trials.palette import Palette
from costtui.view.context_form import changed, line_of, typed_line

FILE = """\
# what we pay
price_book = "library"   # ours

[contexts.acme]  # the customer
# inside
user = { key = "u-17", seats = 12, beta = true, plan = "pro" }

# about budgets
[[budgets]]
max = 5
period = "day"

[contexts.acme.session]
region = "eu"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def palette(file: Path) -> Palette:
    environment = {"COSTTUI_SETTINGS": str(file)}
    return Palette(load(environment).contexts, environment)


def test_json_types_are_kept_and_keys_are_made_up_where_they_are_missing(file):
    assert palette(file).context("acme") == {
        "kind": "multi",
        "user": {"key": "u-17", "seats": 12, "beta": True, "plan": "pro"},
        "session": {"key": "session-acme", "region": "eu"},
    }


def test_an_attribute_kind_never_replaces_the_identity(file):
    file.write_text('[contexts.x]\nuser = { kind = "org", _meta = 1, plan = "pro" }\n')
    assert palette(file).kinds("x") == {
        "user": {"key": "x-user", "attribute_kind": "org", "attribute__meta": 1, "plan": "pro"}
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[contexts]\nx = 1", "settings: contexts.x must be a table of kinds"),
        ("[contexts.x]\nuser = 1", "contexts.x user must be a table of attributes"),
        ("[contexts.x]", "contexts.x has no kind"),
        ('[contexts.x]\n"no kind!" = { a = 1 }', "not a kind of context"),
        ("[contexts.x]\nmulti = { a = 1 }", "not a kind of context"),
        ("[contexts.x]\nuser = { key = 5 }", "user.key must be text"),
        ('[contexts.x]\nuser = { key = "" }', "needs a key"),
        ("[contexts.x]\nuser = { a = nan }", "user.a is no finite number"),
        ("[contexts.x]\nuser = { a = 99999999999999999999 }", "user.a is too large"),
        ('[contexts."a\\u001b[31m"]\nuser = { a = 1 }', "is no name for a context"),
        ('[contexts."a*"]\nuser = { a = 1 }', "is no name for a context"),
    ],
)
def test_what_cannot_be_used_is_named(file, text, message):
    file.write_text(text)
    with pytest.raises(SettingsError) as raised:
        palette(file)
    assert message in str(raised.value)


def test_a_changed_context_replaces_its_tables_and_nothing_else(file):
    own = palette(file)
    own.keep("acme", {"user": {"key": "u-18", "tags": ["a", {"b": 1.5}], 'odd "name"': "é\n"}})
    text = file.read_text()
    assert text.startswith('# what we pay\nprice_book = "library"   # ours\n')
    assert "# about budgets\n[[budgets]]\nmax = 5\n" in text
    assert "session" not in text
    again = palette(file)
    assert again.kinds("acme") == {"user": {"key": "u-18", "tags": ["a", {"b": 1.5}], 'odd "name"': "é\n"}}


def test_a_renamed_context_is_there_once_and_a_deleted_one_is_gone(file):
    own = palette(file)
    own.keep("acme-2", own.kinds("acme"), instead_of="acme")
    assert palette(file).own() == {"acme-2"}
    own.drop("acme-2")
    assert palette(file).own() == frozenset()
    with pytest.raises(SettingsError, match="in the box and stays"):
        own.drop("starter")


def test_a_context_that_cannot_be_read_again_is_not_written(file):
    own = palette(file)
    with pytest.raises(SettingsError, match="no kind"):
        own.keep("empty", {})
    assert file.read_text() == FILE


def test_settings_in_another_form_are_left_alone(file):
    text = 'contexts = { acme = { user = { plan = "pro" } } }\n'
    file.write_text(text)
    with pytest.raises(SettingsError, match="edit it by hand"):
        palette(file).drop("acme")
    assert file.read_text() == text


def test_a_header_inside_a_text_is_no_header(file):
    text = 'store = """\n[contexts.acme]\n"""\n[contexts.acme]\nuser = { a = 1 }\n'
    file.write_text(text)
    change = {"acme": {"user": {"a": 2}}}
    with pytest.raises(SettingsError):
        change_tables(file, "contexts", put=change)
    assert file.read_text() == text


def test_without_a_file_contexts_are_kept_until_the_monitor_ends():
    own = Palette({}, None)
    assert "until the monitor ends" in own.keep("mine", {"user": {"plan": "pro"}})
    assert own.context("mine") == {"kind": "user", "key": "mine-user", "plan": "pro"}


def test_the_box_has_every_tier_device_region_and_organisation():
    own = Palette({}, None)
    context = own.context("trial-desktop-ap-south-globex", "u9")
    assert context["user"]["key"] == "u9"
    assert context["session"]["deviceType"] == "desktop"
    assert context["session"]["region"] == "ap-south"
    assert context["organization"]["name"] == "Globex Retail"
    assert len(own.matching(("*-us-east",))) == 9
    with pytest.raises(SettingsError, match="no context is named"):
        own.context("trial-desktop-mars")


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1).filter(lambda name: name != "key"), VALUES, min_size=1, max_size=4)
)
def test_whatever_is_kept_is_read_again(tmp_path_factory, attributes):
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    change_tables(path, "contexts", put={"x": {"user": attributes}})
    assert Palette(load({"COSTTUI_SETTINGS": str(path)}).contexts, None).own() == {"x"}
    assert load({"COSTTUI_SETTINGS": str(path)}).contexts["x"]["user"] == attributes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user.seats = 12", ("user", "seats", 12)),
        ("user.plan = pro", ("user", "plan", "pro")),
        ('user.n = "12"', ("user", "n", "12")),
        ("session.beta=true", ("session", "beta", True)),
        ("user.a.b = [1, 2.5]", ("user", "a.b", [1, 2.5])),
        ("user.gone =", ("user", "gone", None)),
    ],
)
def test_a_typed_line_keeps_json_types(text, expected):
    assert typed_line(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "user", "user.x", "= 1", "user. = 1", ".x = 1", "user.key = 5", "user.kind = org", "user.x = null",
     "user.x = NaN", "user.x = [1", "user.x = 1\x1b[31m", "user.x = " + "[" * 5000],
)  # fmt: skip
def test_a_line_that_cannot_be_kept_says_why(text):
    with pytest.raises(ValueError, match=r"."):
        typed_line(text)


def test_the_last_attribute_takes_its_kind_with_it():
    kinds = {"user": {"key": "u1", "plan": "pro"}, "session": {"key": "s1", "region": "eu"}}
    assert changed(kinds, "session.region =") == {"user": {"key": "u1", "plan": "pro"}}
    assert line_of("user", "plan", "pro") == 'user.plan = "pro"'
