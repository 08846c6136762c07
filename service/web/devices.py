"""On which device a request was made, in the few words that the trail keeps.

A paired tablet is named by its number; a person's browser by its family and whether it is a phone.
An address or a whole User-Agent would tell more of a person than an answer for an act needs.
"""

import re

from flask import Flask, request

from service import trail
from service.people import Caller

# The first that fits: browsers name others beside themselves.
FAMILIES = tuple(
    (re.compile(shape), family)
    for shape, family in (
        ("MicroMessenger", "wechat"),
        ("AlipayClient", "alipay"),
        ("HuaweiBrowser|HMSCore", "huawei"),
        ("MiuiBrowser|XiaoMi", "xiaomi"),
        ("MQQBrowser|QQBrowser", "qq"),
        ("UCBrowser", "uc"),
        ("Edg(e|A|iOS)?/", "edge"),
        ("Firefox/|FxiOS/", "firefox"),
        ("Chrome/|CriOS/|Chromium/", "chrome"),
        ("Safari/", "safari"),
    )
)
PHONE = re.compile(r"Mobi|Android|iPhone|iPad|OpenHarmony")
PROGRAM = "program"


def install(app: Flask) -> None:
    """Say before each request whence it comes, and forget it after."""
    app.before_request(lambda: trail.speak_from(browser()))
    app.teardown_request(lambda error: trail.speak_from(None))


def named(found: Caller) -> None:
    """Let what follows be done on the tablet that asked, once it is known to be one."""
    if found.kind == "device" and found.id is not None:
        trail.speak_from(f"device:{found.id}")


def browser() -> str:
    """Name the browser that asks; what is none, or carries a token by itself, is a program."""
    said = request.headers.get("User-Agent", "")
    family = next((name for shape, name in FAMILIES if shape.search(said)), "")
    if not family or "Authorization" in request.headers:
        return PROGRAM
    return f"{family} {'phone' if PHONE.search(said) else 'desk'}"
