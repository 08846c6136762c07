"""An export that is in order is found to be; everything that can be done to one is named."""

from service.proof.verify import verify_lines
from tests.proof.writer import story


def test_a_good_export_is_in_order() -> None:
    report = verify_lines(story().lines())
    assert report.findings == ()
    assert report.counts == {
        "leaves": 12, "open": 3, "accounts": 7, "entries": 22, "heads": 3, "periods": 1,
    }  # fmt: skip
