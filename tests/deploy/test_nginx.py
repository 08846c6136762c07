"""What nginx is told: streams are passed on word by word, and leave room for pages.

`tests.deploy.nginx_check` runs the file with a real nginx; this reads it, so that no machine needs
one. Read with the service's own figures, so that neither side moves away alone.
"""

import re
from pathlib import Path

import pytest

from workers.live import BEAT_S, STREAMS_MAX

ROOT = Path(__file__).parents[2]
CONF = (ROOT / "deploy/nginx.conf").read_text("utf-8")


def block(path: str) -> dict[str, list[str]]:
    """Return the lines of a location by their first words."""
    found = re.search(rf"location {re.escape(path)} {{(.*?)\n    }}", CONF, re.DOTALL)
    assert found
    said: dict[str, list[str]] = {}
    for line in found[1].splitlines():
        words = line.split("#")[0].strip().rstrip(";").split(None, 1)
        if words:
            said.setdefault(words[0], []).append("".join(words[1:]))
    return said


def seconds(word: str) -> float:
    return int(word.removesuffix("s"))


def test_a_stream_is_passed_on_word_by_word() -> None:
    live = block("/live/")
    assert live["proxy_buffering"] == ["off"]
    assert live["proxy_http_version"] == ["1.1"]
    assert 'Connection ""' in live["proxy_set_header"]
    types = re.search(r"gzip_types ([^;]+);", CONF)
    assert types
    assert "text/event-stream" not in types[1]


def test_a_stream_that_says_nothing_outlives_several_beats() -> None:
    live = block("/live/")
    for wait in ("proxy_read_timeout", "send_timeout"):
        assert seconds(live[wait][0]) >= 3 * BEAT_S


def test_streams_leave_room_for_pages() -> None:
    """Each takes two of a worker's 1,024 connections, the reader's and ours."""
    (limit,) = block("/live/")["limit_conn"]
    most = int(limit.split()[1])
    assert 2 * most <= 1024 - 200
    assert most <= STREAMS_MAX
    assert "limit_conn_status 503;" in CONF
    # What is empty is not counted, and no server here has a name.
    assert "limit_conn_zone $server_port zone=streams" in CONF


@pytest.mark.parametrize("path", ["/live/", "/"])
def test_who_asks_is_said_by_us_alone(path: str) -> None:
    headers = block(path)["proxy_set_header"]
    assert "Host $host" in headers
    assert not any("$http_x_forwarded" in one or "proxy_add" in one for one in headers)


def test_each_part_stands_where_the_compose_file_starts_it() -> None:
    compose = (ROOT / "deploy/compose.yaml").read_text("utf-8")
    for name, port in re.findall(r"proxy_pass http://(\w+):(\d+);", CONF):
        assert re.search(rf"^  {name}:", compose, re.MULTILINE), name
        assert port in compose or port == "8000"
