"""The verifier that travels with a pack: the very files by which we check it ourselves."""

from collections.abc import Iterator
from pathlib import Path

SERVICE = Path(__file__).parents[1]
WHOLE = ("proof", "packs/check")
CHAIN = ("chain", "canonical", "rules")
STUBS = {
    "settlement": '"""The chain of signatures, without what needs a database."""\n\n'
    "from service.settlement.canonical import digest\n"
    "from service.settlement.chain import Verdict, verify\n\n"
    '__all__ = ["Verdict", "digest", "verify"]\n',
    "packs": '"""Evidence packs: only their check."""\n',
}


def files() -> Iterator[tuple[str, bytes]]:
    """Return each file of the verifier: its place in the pack, and its content."""
    yield "verifier/service/__init__.py", (SERVICE / "__init__.py").read_bytes()
    for package, said in STUBS.items():
        yield f"verifier/service/{package}/__init__.py", said.encode()
    for package in WHOLE:
        for path in sorted((SERVICE / package).glob("*.py")):
            yield f"verifier/service/{package}/{path.name}", path.read_bytes()
    for name in CHAIN:
        path = SERVICE / "settlement" / f"{name}.py"
        yield f"verifier/service/settlement/{name}.py", path.read_bytes()
