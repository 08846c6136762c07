"""A tablet whose network a test cuts: what its gate and its till have in common."""

from collections.abc import Callable
from typing import Any, Self

import pytest
from playwright.sync_api import Page, expect

from tests.browser.wire import Wire

SEEN_MS = 20_000


class Tablet:
    """A page behind a wire."""

    def __init__(self, page: Page, wire: Wire) -> None:
        self.page, self.wire = page, wire

    def ready(self) -> Self:
        expect(self.page.locator("html")).to_have_attribute("data-ready", "yes", timeout=SEEN_MS)
        return self

    def until(self, true: Callable[[], Any]) -> None:
        """Look again until something holds."""
        for _ in range(SEEN_MS // 100):
            if true():
                return
            self.page.wait_for_timeout(100)
        pytest.fail("it never came true")

    def cut(self) -> None:
        self.wire.cut()
        self.page.context.set_offline(True)

    def mend(self) -> None:
        self.wire.mend()
        self.page.context.set_offline(False)
