"""The browser's own arithmetic gives what the verifier's gives: leaves, paths, signatures."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import Page

from service.proof import SigningKey, inclusion_path, node_source, root_of, sign_note
from tests.browser.conftest import ASSETS, OpenPage
from tests.proof.vectors import VECTORS

PLACE = "http://127.0.0.1:9/"  # answered by the test itself: hashes need a secure address
SIZES = (*range(1, 20), 31, 32, 33, 64, 65)


@pytest.fixture
def page(open_page: OpenPage, tmp_path: Path) -> Page:
    """A page that has nothing but the two modules."""
    both = tmp_path / "both.ts"
    source = ASSETS / "src"
    both.write_text(f'export * from "{source}/proof"; export * from "{source}/notes";')
    bundle = tmp_path / "proofs.js"
    subprocess.run(
        [str(ASSETS / "node_modules/.bin/esbuild"), str(both), "--bundle", "--format=iife",
         "--global-name=proofs", f"--outfile={bundle}", "--log-level=warning"],
        check=True,
    )  # fmt: skip
    found = open_page(base_url=PLACE)
    html = f"<!doctype html><title>proofs</title><script>{bundle.read_text()}</script>"
    found.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    found.goto(PLACE)
    return found


def test_every_golden_vector_has_its_leaf(page: Page) -> None:
    script = "async (fields) => proofs.hex(await proofs.leafOf(fields))"
    for fields, leaf in VECTORS.values():
        assert page.evaluate(script, fields) == leaf


def test_every_path_of_small_trees_leads_to_the_root_and_no_other_place_does(page: Page) -> None:
    script = """async ([leaf, size, path, root]) => {
      const found = [];
      for (let index = 0n; index < BigInt(size); index += 1n) {
        const steps = path.map(proofs.fromBase64);
        const place = { leaf: proofs.fromBase64(leaf), index, size: BigInt(size), path: steps };
        const reached = await proofs.rootFrom(place).then(proofs.base64, () => null);
        if (reached === root) found.push(Number(index));
      }
      return found;
    }"""
    for size in SIZES:
        leaves = [bytes([number]) * 32 for number in range(size)]
        root = b64encode(root_of(leaves)).decode()
        nodes = node_source(lambda level, first, count, rows=leaves: row(rows, level, first, count))
        for index in {0, size // 2, size - 1}:
            path = [b64encode(step).decode() for step in inclusion_path(index, size, nodes)]
            leaf = b64encode(leaves[index]).decode()
            assert page.evaluate(script, [leaf, size, path, root]) == [index], (size, index)


def row(leaves: list[bytes], level: int, first: int, count: int) -> list[bytes]:
    """Roots of complete subtrees, as the log keeps them."""
    width = 1 << level
    return [root_of(leaves[at * width : (at + 1) * width]) for at in range(first, first + count)]


def test_a_note_is_signed_by_its_key_and_by_no_other(page: Page) -> None:
    key, rotated, other = (SigningKey.generate("aixin.example/ledger") for _ in range(3))
    note = sign_note("aixin.example/ledger\n7\n" + "A" * 43 + "=\n", [rotated, key])
    script = "([note, keys]) => proofs.signedBy(note, keys)"

    def signed(text: str, *keys: SigningKey) -> str:
        found: str = page.evaluate(script, [text, [str(each.verify_key) for each in keys]])
        return found

    assert signed(note, key) == signed(note, rotated) == signed(note, other, key) == "yes"
    assert signed(note, other) == signed(note) == "no"
    assert signed(note.replace("\n7\n", "\n8\n"), key, rotated) == "no"
