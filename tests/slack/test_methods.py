"""What the methods do when nothing goes wrong, called by the real SDK."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.bolt_app import client_for
from tests.slack.loopback import LoopbackSlack, goes_live, reads
from tests.slack.samples import section

ROW = {"event_type": "row", "event_payload": {"id": "r1"}}


@pytest.fixture
def client(slack: LoopbackSlack) -> AsyncWebClient:
    return client_for(slack)


async def test_a_message_is_posted_edited_and_deleted(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="CHELP", text="a", blocks=[section("a")])
    assert posted["message"]["bot_id"] == slack.app.bot_id
    card = slack.messages("CHELP")[0]
    await client.chat_update(
        channel="CHELP", ts=card.ts, text="b", blocks=[section("b")], metadata=ROW
    )
    assert (reads(card), card.metadata, len(card.versions)) == ("b", ROW, 1)
    await client.chat_update(channel="CHELP", ts=card.ts, text="c")
    assert (card.blocks, card.metadata) == ([], ROW)
    await client.chat_delete(channel="CHELP", ts=card.ts)
    assert slack.messages("CHELP") == []


async def test_of_a_deleted_message_with_answers_a_stone_remains(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    ts = (await client.chat_postMessage(channel="CHELP", text="a"))["ts"]
    await client.chat_postMessage(channel="CHELP", text="b", thread_ts=ts)
    await client.chat_delete(channel="CHELP", ts=ts)
    thread = (await client.conversations_replies(channel="CHELP", ts=ts))["messages"]
    assert [message.get("subtype") for message in thread] == ["tombstone", None]


async def test_a_thread_is_read_page_by_page(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel="CHELP", text="0"))["ts"]
    for number in range(1, 5):
        await client.chat_postMessage(channel="CHELP", text=str(number), thread_ts=ts)
    pages = [
        [message["text"] for message in page["messages"]]
        async for page in await client.conversations_replies(channel="CHELP", ts=ts, limit=2)
    ]
    assert pages == [["0", "1"], ["2", "3"], ["4"]]
    later = await client.conversations_replies(
        channel="CHELP", ts=ts, oldest=slack.messages("CHELP", ts)[1].ts
    )
    assert [message["text"] for message in later["messages"]] == ["3", "4"]
    history = await client.conversations_history(channel="CHELP")
    assert [(m["text"], m["thread_ts"], m["reply_count"]) for m in history["messages"]] == [
        ("0", ts, 4)
    ]


async def test_a_direct_message_is_opened_once(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    first = await client.conversations_open(users="UMARA")
    second = await client.conversations_open(users="UMARA")
    assert first["channel"]["id"] == second["channel"]["id"] == slack.dm("UMARA").id
    assert second["already_open"] is True
    await client.chat_postMessage(channel="UMARA", text="hello")
    assert [m.text for m in slack.messages(slack.dm("UMARA"), as_user="UMARA")] == ["hello"]


async def test_people_are_described_as_far_as_the_scopes_go(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.user("UEXT", is_stranger=True, team="T0OTHER")
    mara = (await client.users_info(user="UMARA", include_locale=True))["user"]
    assert (mara["profile"]["email"], mara["locale"]) == ("mara@example.org", "en-US")
    assert (await client.users_lookupByEmail(email="MARA@example.org"))["user"]["id"] == "UMARA"
    stranger = (await client.users_info(user="UEXT"))["user"]
    assert (stranger["is_stranger"], "email" in stranger["profile"]) == (True, False)
    await slack.deactivates("UMARA")
    gone = (await client.users_info(user="UMARA"))["user"]
    assert (gone["deleted"], "tz" in gone) == (True, False)
    slack.app.scopes.discard("users:read.email")
    jo = (await client.users_info(user="UJO"))["user"]
    assert "email" not in jo["profile"]


async def test_places_and_their_members_are_listed(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    slack.channel("CHIDE", "hidden", "UJO", kind="private", has_app=False)
    slack.channel("CELSE", "elsewhere", "UJO", has_app=False)
    listed = await client.conversations_list(types="public_channel,private_channel")
    assert {c["name"]: c["is_member"] for c in listed["channels"]} == {
        "it-help": True,
        "elsewhere": False,
    }
    members = await client.conversations_members(channel="CHELP")
    assert members["members"] == ["U0BOT", "UJO", "UKIM", "UMARA"]
    info = await client.conversations_info(channel="CHELP", include_num_members=True)
    assert info["channel"]["num_members"] == 4
    slack.app.scopes |= {"channels:join", "usergroups:read"}
    await client.conversations_join(channel="CELSE")
    await client.chat_postMessage(channel="CELSE", text="here I am")
    slack.group("SDESK", "UJO", "UKIM")
    assert (await client.usergroups_users_list(usergroup="SDESK"))["users"] == ["UJO", "UKIM"]


async def test_reactions_come_and_go(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    said = await slack.says("UMARA", "CHELP", "look")
    await client.reactions_add(channel="CHELP", timestamp=said.ts, name="eyes")
    assert said.reactions == {"eyes": ["U0BOT"]}
    with pytest.raises(SlackApiError, match="already_reacted"):
        await client.reactions_add(channel="CHELP", timestamp=said.ts, name="eyes")
    await client.reactions_remove(channel="CHELP", timestamp=said.ts, name="eyes")
    assert said.reactions == {}


async def test_files_are_uploaded_into_a_thread(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    ts = (await client.chat_postMessage(channel="CHELP", text="card"))["ts"]
    answer = await client.files_upload_v2(
        channel="CHELP",
        thread_ts=ts,
        initial_comment="the log",
        file_uploads=[
            {"filename": "vpn.log", "content": "reset by peer", "title": "The log"},
            {"filename": "a.png", "file": b"\x89PNG", "alt_txt": "a picture"},
        ],
    )
    shared = slack.messages("CHELP", ts)[0]
    assert (shared.text, [f.title for f in shared.files]) == ("the log", ["The log", "a.png"])
    assert shared.files[1].alt_text == "a picture"
    info = await client.files_info(file=answer["files"][0]["id"])
    assert info["file"]["shares"] == {"public": {"CHELP": [{"ts": shared.ts}]}}


async def test_an_upload_has_the_announced_length(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    step = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(step["upload_url"], data=b"four") as refused:
            assert refused.status == 400
        async with session.post(step["upload_url"], data=b"abc") as taken:
            assert await taken.text() == "OK - 3"
        async with session.post(step["upload_url"], data=b"abc") as again:
            assert again.status == 400


async def test_a_file_without_token_or_scope_is_a_page_to_sign_in(slack: LoopbackSlack) -> None:
    log = slack.file("vpn.log", b"reset by peer", "UMARA", "text/plain")
    said = await slack.says("UMARA", "CHELP", "", files=[log])
    url = f"{slack.workspace.url}/files-pri/T0DESK-{log.id}/download/vpn.log"
    bearer = {"Authorization": f"Bearer {slack.app.bot_token}"}

    async def fetched(headers: dict[str, str]) -> tuple[int, str, bytes]:
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as got:
            return got.status, got.content_type, await got.read()

    assert await fetched(bearer) == (200, "text/plain", b"reset by peer")
    assert (await fetched({}))[:2] == (200, "text/html")
    slack.app.scopes.discard("files:read")
    assert (await fetched(bearer))[:2] == (200, "text/html")
    assert said.files == [log]


async def test_what_goes_live_is_seen(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    escaped = "&lt;!channel&gt; &lt;@UJO&gt; &amp;lt;"
    await client.chat_postMessage(channel="CHELP", text=escaped, blocks=[section(escaped)])
    live = "<!channel> <@UJO> <https://a.example|https://b.example>"
    await client.chat_postMessage(channel="CHELP", text=live, blocks=[section(live)])
    quiet, loud = slack.messages("CHELP")
    assert goes_live(quiet) == []
    assert reads(quiet) == "<!channel> <@UJO> &lt;"
    assert goes_live(loud) == ["!channel", "@UJO", "https://a.example|https://b.example"] * 2


async def test_a_permalink_leads_to_a_message(slack: LoopbackSlack, client: AsyncWebClient) -> None:
    said = await slack.says("UMARA", "CHELP", "look")
    link = await client.chat_getPermalink(channel="CHELP", message_ts=said.ts)
    assert link["permalink"].endswith(f"/archives/CHELP/p{said.ts.replace('.', '')}")


async def test_only_one_person_sees_what_is_ephemeral(
    slack: LoopbackSlack, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="CHELP", user="UMARA", text="psst")
    assert [m.text for m in slack.messages("CHELP", as_user="UMARA")] == ["psst"]
    assert slack.messages("CHELP", as_user="UJO") == []
    assert (await client.conversations_history(channel="CHELP"))["messages"] == []
