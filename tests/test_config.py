"""All mistakes in a policy file are named at once: line, what is wrong, nearest right key."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatdesk.config import PolicyBroken, PolicyMistake, example_file, load_policy, parse_policy
from chatdesk.config.telling import Place, find, model_at
from chatdesk.config.tree import DEEPEST, LARGEST_FILE, MOST_VALUES, Items, Keys, read_tree
from chatdesk.lifecycle.policy import QuestionKind, Wait
from tests.conftest import ROOT

EXAMPLE = (ROOT / "manifests" / "desk.example.yaml").read_text(encoding="utf-8")

SOUND = """\
queues:
  it:
    title: IT help
topics:
  vpn:
    title: VPN
    queue: it
"""


def broken_in(content: bytes) -> tuple[PolicyMistake, ...]:
    try:
        parse_policy(content, "desk.yaml")
    except PolicyBroken as broken:
        return broken.mistakes or pytest.fail("refused without a reason")
    return ()


def mistakes_in(content: str | bytes) -> list[str]:
    try:
        parse_policy(content if isinstance(content, bytes) else content.encode(), "desk.yaml")
    except PolicyBroken as broken:
        return str(broken).splitlines()
    return []


# --- a table of broken files ----------------------------------------------------------------------

TABLE = (ROOT / "tests" / "broken_policies.txt").read_text(encoding="utf-8")
ROWS = [row.split("\n", 1) for row in TABLE.split("\n=== ")[1:]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_mistake_is_said_in_these_words(row: list[str]) -> None:
    content, _, said = row[1].rstrip("\n").partition("\n---\n")
    expected = re.sub(r"^(-|\d+): ", r"desk.yaml:\1: ", said, flags=re.MULTILINE)
    found = mistakes_in(content.replace("@sound\n", SOUND))
    assert found == expected.replace("desk.yaml:-:", "desk.yaml:").splitlines()


UNWRITABLE = [
    (b"", ["desk.yaml: the file is empty; `chatdesk setup` writes one to begin with"]),
    (
        b"queues:\n\tit:\n\t  title: IT\n",
        [f"desk.yaml:{line}: a tab; YAML is indented with spaces" for line in (2, 3)],
    ),
    (
        b"a: 1\n---\nb: 1\n",
        ["desk.yaml:2: a second document begins here; a policy is one document"],
    ),
    (b"a: \x00", ["desk.yaml:1: the character U+0000 cannot stand in a text file"]),
    (
        b"name: x\nb: M\xfcnchen\nc: K\xf6ln\n",
        [
            f"desk.yaml:{line}: the byte {byte} is not UTF-8; save the file as UTF-8"
            for line, byte in ((2, "0xfc"), (3, "0xf6"))
        ],
    ),
    (
        "name: x".encode("utf-16"),
        ["desk.yaml:1: the byte 0xff is not UTF-8; save the file as UTF-8"],
    ),
]


@pytest.mark.parametrize(("content", "said"), UNWRITABLE)
def test_so_is_each_that_no_text_file_can_show(content: bytes, said: list[str]) -> None:
    assert mistakes_in(content) == said


def test_a_mistake_in_every_corner_is_named_at_once_and_nothing_that_comes_of_another() -> None:
    text = """\
nmae: Desk
queues:
  it:
    titel: IT
    hours: ofice
    agents: [jo]
    tiers: nine
topics:
  vpn:
    title: VPN
    queue: itt
    questions:
      - name: system
        label: Which?
        kind: choise
        options: [VPN]
      - label: Client
        when: {sytem: [VPN]}
hours:
  office: {week: {mno: ["09:00-17:00"]}, country: DE}
sla:
  standard: {low: {first_reply: 1x}}
"""
    expected = [
        (1, "nmae", "name"),
        (4, "queues.it.titel", "title"),
        (5, "queues.it.hours", "office"),
        (6, "queues.it.agents #1", ""),
        (7, "queues.it.tiers", ""),
        (11, "topics.vpn.queue", "it"),
        (15, "topics.vpn.questions.system.kind", "choice"),
        (17, "topics.vpn.questions #2.name", ""),
        (18, "topics.vpn.questions #2.when.sytem", "system"),
        (20, "hours.office.week.mno", "mon"),
        (22, "sla.standard.low.first_reply", ""),
    ]
    with pytest.raises(PolicyBroken) as refused:
        parse_policy(text.encode(), "desk.yaml")
    assert [(m.line, m.path, m.suggestion) for m in refused.value.mistakes] == expected


# --- bounds ---------------------------------------------------------------------------------------


def test_anchors_may_be_used_but_not_to_blow_up() -> None:
    shared = SOUND + "sla:\n  standard: &ours {low: {first_reply: 1d}}\n  other: *ours\n"
    assert mistakes_in(shared) == []
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert mistakes_in(bomb)[-1].endswith(f"the file holds more than {MOST_VALUES} values")


def test_of_two_anchors_of_one_name_the_later_counts() -> None:
    twice = "sla: {standard: &ours {low: {first_reply: 1d}}, a: &ours {}, b: *ours}\n"
    policy = parse_policy((SOUND + twice).encode(), "desk.yaml")
    assert policy.sla["b"] == policy.sla["a"] != policy.sla["standard"]


def test_an_anchor_inside_itself_ends() -> None:
    assert f"more than {DEEPEST} levels deep" in mistakes_in("a: &a [*a]")[0]


def test_what_lies_too_deep_is_said_and_crashes_nothing() -> None:
    assert f"more than {DEEPEST} levels deep" in mistakes_in("[" * 200_000)[0]
    assert f"more than {DEEPEST} levels deep" in mistakes_in("a: " + "[" * 50 + "]" * 50)[0]


def test_a_file_larger_than_any_policy_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("# " + "x" * LARGEST_FILE)
    with pytest.raises(PolicyBroken, match="larger than 256 kB"):
        load_policy(file)


def test_of_very_many_mistakes_the_first_hundred_are_said_and_no_others_looked_for() -> None:
    said = mistakes_in(SOUND + "".join(f"key{number}: 1\n" for number in range(2_000)))
    assert said[-1] == "desk.yaml: and more mistakes"
    assert len(said) == 101


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        PolicyBroken, match=r"nowhere\.yaml: there is no such file; .chatdesk setup"
    ):
        load_policy(tmp_path / "nowhere.yaml")
    with pytest.raises(PolicyBroken, match="the file cannot be read: Is a directory"):
        load_policy(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistakes() -> None:
    assert mistakes_in(b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()) == []


# --- the example ----------------------------------------------------------------------------------


def keys_of(tree: Keys | Items, place: Place = ()) -> list[tuple[Place, int]]:
    """Return every key that a model defines (not the names people choose), with its line."""
    found: list[tuple[Place, int]] = []
    parts = list(tree.items()) if isinstance(tree, Keys) else list(enumerate(tree))
    for part, value in parts:
        if isinstance(tree, Keys) and model_at(place):
            found.append(((*place, part), tree.lines[str(part)]))
        if isinstance(value, Keys | Items):
            found += keys_of(value, (*place, part))
    return found


TREE, _ = read_tree(EXAMPLE.encode())
KEYS = keys_of(TREE)


def test_the_example_is_a_policy() -> None:
    policy = load_policy(example_file())
    assert policy.name == "Northwind IT & Facilities"
    assert policy.queues["it"].unclaimed_after == Wait.parse("2h")
    assert str(policy.after_resolution.follow_up_from) == "09:00:00"


def test_the_example_shows_every_kind_of_question_asked_always_or_sometimes() -> None:
    topics = load_policy(example_file()).topics.values()
    questions = [question for topic in topics for question in topic.questions]
    assert {question.kind for question in questions} == set(QuestionKind)
    assert any(question.when for question in questions)
    assert {question.required for question in questions} == {True, False}
    assert any(topic.confidential for topic in topics)


def test_the_example_explains_every_key_there_is() -> None:
    explained = {str(place[-1]) for place, _ in KEYS} | set(re.findall(r"#  *([a-z]+):", EXAMPLE))
    models = {model for place, _ in KEYS if (model := model_at(place[:-1]))}
    assert {key for model in models for key in model.model_fields} <= explained


def test_what_the_example_has_as_comments_can_be_used_too() -> None:
    lines = EXAMPLE.splitlines()
    for first in ("# wording:", "  # around-the-clock:"):
        start = (
            lines.index(first)
            if first in lines
            else next(number for number, line in enumerate(lines) if line.startswith(first))
        )
        for number in range(start, len(lines)):
            if "#" not in lines[number][:3]:
                break
            lines[number] = re.sub(r"^( *)# ", r"\1", lines[number])
    policy = parse_policy("\n".join(lines).encode(), "desk.example.yaml")
    assert policy.wording["en"]
    assert policy.hours["around-the-clock"].always


def test_a_policy_written_out_and_read_again_is_the_same() -> None:
    policy = load_policy(example_file())
    # JSON is YAML.
    assert parse_policy(policy.model_dump_json().encode(), "copy") == policy


# --- mutations of the example ---------------------------------------------------------------------


def misspellings(word: str) -> list[str]:
    """Drop a letter, double one, swap two: what fingers do."""
    dropped = [word[:n] + word[n + 1 :] for n in range(len(word))]
    doubled = [word[:n] + word[n] + word[n:] for n in range(len(word))]
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(len(word) - 1)]
    return [wrong for wrong in dropped + doubled + swapped if wrong != word]


def with_key(line: int, key: str, written: str) -> str:
    lines = EXAMPLE.splitlines()
    assert f"{key}:" in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(f"{key}:", f"{written}:", 1)
    return "\n".join(lines)


LONG_KEYS = [(place, line) for place, line in KEYS if len(str(place[-1])) > 3]


@settings(max_examples=60)
@given(st.data())
def test_a_misspelt_key_is_named_with_its_line_and_the_key_that_was_meant(
    data: st.DataObject,
) -> None:
    place, line = data.draw(st.sampled_from(LONG_KEYS))
    key = str(place[-1])
    written = data.draw(st.sampled_from(misspellings(key)))
    with pytest.raises(PolicyBroken) as refused:
        parse_policy(with_key(line, key, written).encode(), "desk.yaml")
    (mistake,) = refused.value.mistakes
    assert (mistake.line, mistake.suggestion) == (line, key)
    assert mistake.message == f"{mistake.path} is not a key here"
    assert mistake.path.endswith(written)


def without(place: Place) -> str:
    """Return the example without a key and what is below it."""
    line = next(line for found, line in KEYS if found == place)
    lines = EXAMPLE.splitlines()
    depth = lines[line - 1].replace("- ", "  ").find(str(place[-1]))
    end = line
    while end < len(lines) and (
        not lines[end].strip() or lines[end].find(lines[end].strip()) > depth
    ):
        end += 1
    begun = "- " if lines[line - 1].lstrip().startswith("- ") else ""
    if begun:
        lines[end] = lines[end][: depth - 2] + "- " + lines[end][depth:]
    del lines[line - 1 : end]
    return "\n".join(lines)


REFERRED_TO = {"device", "wish"}  # without them, the conditions on them are mistakes as well
REQUIRED = [
    place
    for place, _ in KEYS
    if (model := model_at(place[:-1])) and model.model_fields[str(place[-1])].is_required()
    if find(place, TREE) not in REFERRED_TO
]


@settings(max_examples=20)
@given(st.sampled_from(REQUIRED))
def test_a_key_that_has_to_be_there_is_missed_where_it_should_be(place: Place) -> None:
    with pytest.raises(PolicyBroken) as refused:
        parse_policy(without(place).encode(), "desk.yaml")
    (mistake,) = refused.value.mistakes
    assert mistake.message == f"{mistake.path} is missing"
    assert mistake.path.endswith(f".{place[-1]}")
    assert mistake.line <= dict(KEYS)[place]


@settings(max_examples=60)
@given(st.data())
def test_whatever_becomes_of_the_file_it_is_a_policy_or_its_mistakes_are_sentences(
    data: st.DataObject,
) -> None:
    lines = EXAMPLE.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["drop", "double", "cut", "indent", "outdent", "write"]))
        line = lines[number]
        lines[number : number + 1] = {
            "drop": [],
            "double": [line, line],
            "cut": [line[: data.draw(st.integers(0, max(0, len(line) - 1)))]],
            "indent": [f"  {line}"],
            "outdent": [line[2:]],
            "write": [line + data.draw(st.text(max_size=6))],
        }[change]
    content = "\n".join(lines).encode(errors="surrogatepass")
    for mistake in broken_in(content):
        assert_readable(mistake)
        assert 0 <= mistake.line <= content.count(b"\n") + 1


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_no_content_at_all_crashes_the_reading(content: bytes) -> None:
    with pytest.raises(PolicyBroken):
        parse_policy(content, "desk.yaml")


def assert_readable(mistake: PolicyMistake) -> None:
    for jargon in (
        "Input should",
        "validator",
        "tuple",
        "dict",
        "NoneType",
        "Value error",
        "<class",
    ):
        assert jargon not in mistake.message
    assert "\n" not in str(mistake)
