"""Tracked links and thumbnails of messages."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

from .account_bodies import autoresponder, rss_newsletter
from .conftest import Api, assert_envelope, made

MESSAGES = ("newsletters", "autoresponders", "rss-newsletters")
HTML = (
    '<p><a class="x" href="https://example.com/a?b=1">Read <b>more</b></a>'
    "<a href='https://example.com/b'></a><a href=\"mailto:a@example.com\">Write</a></p>"
)


def test_every_link_has_an_id_of_its_own_and_the_clicks_add_up(seeded: Api) -> None:
    tracks = seeded.get("/click-tracks", perPage=1000).json()
    assert len({track["clickTrackId"] for track in tracks}) == len(tracks)
    assert {track["message"]["resourceType"] for track in tracks} == set(MESSAGES)
    for collection in MESSAGES:
        (whole,) = seeded.get(f"/{collection}/statistics").json()
        clicks = [track["clicks"] for track in tracks if track["message"]["resourceType"] == collection]
        assert sum(clicks) == whole["totalClicked"] > 0


def test_a_message_and_a_contact_tell_the_same_links(seeded: Api) -> None:
    by_id = {track["clickTrackId"]: track for track in seeded.get("/click-tracks", perPage=1000).json()}
    for collection in MESSAGES:
        for track in list(by_id.values()):
            if track["message"]["resourceType"] == collection:
                detail = seeded.get(f"/{collection}/{track['message']['resourceId']}").json()
                shown = {item["clickTrackId"]: int(item["amount"]) for item in detail["clickTracks"]}
                assert shown[track["clickTrackId"]] == track["clicks"]
    clicked = [
        activity["clickTrack"]
        for contact in seeded.get("/contacts", perPage=60).json()
        for activity in seeded.get(f"/contacts/{contact['contactId']}/activities").json()
        if activity["activity"] == "click"
    ]
    assert clicked and all(by_id[track["id"]]["url"] == track["url"] for track in clicked)


def test_tracks_are_found_by_the_date_of_their_message(seeded: Api) -> None:
    tracks = seeded.get("/click-tracks", params={"sort[createdOn]": "desc"}).json()
    dates = [track["message"]["createdOn"] for track in tracks]
    assert dates == sorted(dates, reverse=True)
    day = dates[0][:10]
    found = seeded.get("/click-tracks", params={"query[createdOn][from]": day}).json()
    assert found == [track for track in tracks if track["message"]["createdOn"] >= day]


@pytest.mark.parametrize(("flags", "links"), [(["clicktrack"], 2), ([], 0)])
def test_the_links_of_a_new_message_are_those_of_its_html(api: Api, flags: list[str], links: int) -> None:
    body = autoresponder(api) | {"content": {"html": HTML}, "flags": flags}
    created = api.post("/autoresponders", body).json()
    expected: list[dict[str, Any]] = [
        {"name": "Read more", "url": "https://example.com/a?b=1"},
        {"name": "https://example.com/b", "url": "https://example.com/b"},
    ]
    assert [{"name": t["name"], "url": t["url"]} for t in created["clickTracks"]] == expected[:links]
    for track in created["clickTracks"]:
        assert api.get(f"/click-tracks/{track['clickTrackId']}").json()["clicks"] == 0
    path = f"/autoresponders/{created['autoresponderId']}"
    assert len(api.post(path, {"flags": ["clicktrack"]}).json()["clickTracks"]) == 2
    api.delete(path)
    for track in created["clickTracks"]:
        assert_envelope(api.get(f"/click-tracks/{track['clickTrackId']}"), 404, 1013)


def test_an_rss_newsletter_has_links_too(api: Api) -> None:
    rss_id = made(api, "/rss-newsletters", rss_newsletter(api), "rssNewsletterId")
    (track,) = api.get(f"/rss-newsletters/{rss_id}").json()["clickTracks"]
    message = api.get(f"/click-tracks/{track['clickTrackId']}").json()["message"]
    assert (message["type"], message["resourceId"]) == ("rss", rss_id)


def pixels(picture: bytes) -> tuple[int, int, bytes]:
    """(width, height, colours of all pixels) of a PNG without filters; its checksums are right."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(picture):
        (size,) = struct.unpack(">I", picture[at : at + 4])
        kind, content = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        (checksum,) = struct.unpack(">I", picture[at + 8 + size : at + 12 + size])
        assert checksum == zlib.crc32(kind + content)
        chunks[kind], at = content, at + 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colours, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colours) == (8, 2)
    rows = zlib.decompress(chunks[b"IDAT"])
    assert len(rows) == height * (1 + 3 * width) and not any(rows[:: 1 + 3 * width])
    return width, height, rows


@pytest.mark.parametrize("collection", ["newsletters", "autoresponders"])
def test_a_thumbnail_is_a_picture_of_the_size_asked_for(seeded: Api, collection: str) -> None:
    key = f"{collection[:-1]}Id"
    path, other = (f"/{collection}/{item[key]}/thumbnail" for item in seeded.get(f"/{collection}").json()[:2])
    response = seeded.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/png")
    assert response.headers["X-RateLimit-Limit"] == "30000"
    assert pixels(response.content)[:2] == (200, 250)
    assert seeded.get(path, size="default").content == response.content != seeded.get(other).content
    assert pixels(seeded.get(path, size="small").content)[:2] == (60, 75)
    assert_envelope(seeded.get(path, size="huge"), 400, 1000)
    assert_envelope(seeded.get(f"/{collection}/nope/thumbnail"), 404, 1013)


def test_the_preview_of_an_activity_is_a_picture(seeded: Api) -> None:
    contact_id = seeded.get("/contacts").json()[0]["contactId"]
    since = {"query[createdOn][from]": "2020-01-01"}
    sent = seeded.get(f"/contacts/{contact_id}/activities", params=since).json()
    url = next(activity["previewUrl"] for activity in sent if activity["previewUrl"])
    assert pixels(seeded.session.get(url).content)
