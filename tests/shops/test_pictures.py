"""Pictures of goods: drawn anew and small, public, and shown where the good is offered."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.shops.market import Market

PATH = "/api/v1/shops/A/goods/SOAP/picture"


def photo(side: int = 1500, colour: str = "green", *, kind: str = "JPEG") -> bytes:
    """A photograph as a telephone takes it: large, and it says where it was taken."""
    out = BytesIO()
    image = Image.new("RGB", (side, side // 2), colour)
    exif = Image.Exif()
    exif[0x010E] = "taken in somebody's kitchen"
    image.save(out, kind, exif=exif)
    return out.getvalue()


def send(market: Market, content: bytes, *, by: str = "A-OWNER", path: str = PATH) -> Any:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="soap.jpg"\r\n\r\n'
    body = head + content + b"\r\n--x--\r\n"  # the test client's own forms leave a file open
    kind = "multipart/form-data; boundary=x"
    return market.client.put(path, data=body, headers=headers, content_type=kind)


def shown(market: Market, good: str = "SOAP") -> str | None:
    goods = market.get("/shops/A", by="U-CH").json["goods"]
    found: str | None = next(one["picture"] for one in goods if one["code"] == good)
    return found


def test_a_picture_is_drawn_anew_and_small_and_kept_for_ever(market: Market) -> None:
    answer = send(market, photo())
    assert answer.status_code == 200, answer.text
    got = market.client.get(answer.json["picture"])  # nobody is signed in
    assert got.status_code == 200
    assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in got.headers
    image = Image.open(BytesIO(got.data))
    assert image.size == (640, 320)
    assert not image.getexif()
    assert b"kitchen" not in got.data


def test_the_till_sees_it_on_the_tile(market: Market) -> None:
    address = send(market, photo()).json["picture"]
    told = market.post("/till/lookups", {"code": market.code("V0001")}, by="A").json
    pictures = {tile["good"]: tile["picture"] for tile in told["tiles"]}
    assert pictures["SOAP"] == address
    assert pictures["HAT"] is None
    headers = {"Authorization": f"Bearer {market.tokens['A']}"}
    assert market.client.get(address, headers=headers).status_code == 200


def test_another_picture_has_another_address_and_the_old_one_still_works(market: Market) -> None:
    first = send(market, photo()).json["picture"]
    assert send(market, photo()).json["picture"] == first
    second = send(market, photo(colour="red")).json["picture"]
    assert shown(market) == second != first
    assert market.client.get(first).status_code == 200
    assert market.count("trail_records WHERE action = 'good.picture'") == 2


def test_a_picture_is_taken_down(market: Market) -> None:
    send(market, photo())
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    for _ in range(2):
        assert market.client.delete(PATH, headers=headers).json["picture"] is None
    assert shown(market) is None


@pytest.mark.parametrize("content", [b"", b"<svg onload='x'/>", b"GIF89a", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_refused_by_its_field(market: Market, content: bytes) -> None:
    told = send(market, content)
    assert told.status_code == 422
    assert told.json["errors"][0]["pointer"] == "#/picture"
    assert shown(market) is None


@pytest.mark.parametrize("who", ["B-OWNER", "U-SEC", "V0001", "A", "B"])
def test_nobody_else_changes_a_shop_s_pictures(market: Market, who: str) -> None:
    assert send(market, photo(), by=who).status_code in {403, 404}
    assert shown(market) is None


def test_other_files_are_not_shown_to_the_public(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['U-ADM']}"}
    sent = {"picture": (BytesIO(photo()), "sheet.jpg")}
    kept = market.client.post("/api/v1/evidence", data=sent, headers=headers).json["picture"]
    for code in (kept, "nothing", "a" * 26):
        told = market.client.get(f"/pictures/{code}")
        assert told.status_code == 404
        assert told.headers["Cache-Control"] == "no-store"


def test_a_photograph_of_some_megabytes_is_taken(market: Market) -> None:
    out = BytesIO()
    Image.effect_noise((1600, 1200), 90).save(out, "PNG")
    assert len(out.getvalue()) > 1024 * 1024
    address = send(market, out.getvalue()).json["picture"]
    assert Image.open(BytesIO(market.client.get(address).data)).size == (640, 480)
