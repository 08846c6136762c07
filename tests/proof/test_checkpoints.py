"""What is signed, as text: heads, period seals and the proof that travels alone."""

from hashlib import sha256

import pytest

from service.proof import (
    Checkpoint,
    InclusionProof,
    MalformedCheckpoint,
    MalformedNote,
    NoKnownSignature,
    PeriodSeal,
    SigningKey,
    TreeHead,
    inclusion_path,
    leaf_hash,
    root_of,
    sign_note,
    trial_root,
)

ORIGIN = "aixin.example/ledger"
KEY = SigningKey.parse(
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
)
PUBLISHED = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_published_checkpoint_is_read_and_written_back() -> None:
    checkpoint = Checkpoint.parse(PUBLISHED)
    assert checkpoint.origin == "example.com/behind-the-sofa"
    assert checkpoint.size == 20852163
    assert checkpoint.root.hex().startswith("0ac5186a9186")
    assert checkpoint.text == PUBLISHED
    assert Checkpoint.parse(f"{PUBLISHED}more\n") == checkpoint


@pytest.mark.parametrize(
    "wrong",
    [
        "", "\n", PUBLISHED[:-1], PUBLISHED.replace("20852163", "020"), f"{PUBLISHED}\n",
        PUBLISHED.replace("20852163", "-1"), PUBLISHED.replace("20852163", "9" * 30),
        PUBLISHED.replace("=", ""), PUBLISHED.replace("CsUY", ""), f"\n{PUBLISHED}",
    ],
)  # fmt: skip
def test_what_is_not_a_checkpoint_is_refused(wrong: str) -> None:
    with pytest.raises(MalformedCheckpoint):
        Checkpoint.parse(wrong)


def test_a_checkpoint_is_opened_by_those_who_know_the_key() -> None:
    checkpoint = Checkpoint(ORIGIN, 3, b"r" * 32)
    note = sign_note(checkpoint.text, [KEY])
    assert Checkpoint.open(note, [KEY.verify_key]) == checkpoint
    assert Checkpoint.of_note(note).head == TreeHead(3, b"r" * 32)
    with pytest.raises(NoKnownSignature):
        Checkpoint.open(note, [])


def test_a_period_seal_is_this_text_and_its_hash() -> None:
    seal = PeriodSeal(ORIGIN, 1, "2025-10", TreeHead(7, b"r" * 32), b"t" * 32, b"")
    assert seal.text == (
        "aixin.example/ledger/periods/1\n2025-10\n7\n"
        "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI=\n"
        "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ=\n-\n"
    )
    assert seal.digest == sha256(seal.text.encode()).digest()
    after = PeriodSeal(ORIGIN, 1, "2025-11", TreeHead(9, b"r" * 32), b"t" * 32, seal.digest)
    assert after.text.splitlines()[-1] != "-"


def test_a_trial_balance_is_in_byte_order_of_unit_and_address() -> None:
    rows = [("volunteer:2", "PTS", 5), ("issued", "PTS", -5), ("given:S01", "CNY", 0)]
    wanted = [("given:S01", "CNY", 0), ("issued", "PTS", -5), ("volunteer:2", "PTS", 5)]
    leaves = [
        leaf_hash([b"1", address.encode(), unit.encode(), str(balance).encode()])
        for address, unit, balance in wanted
    ]
    assert trial_root(1, rows) == root_of(leaves)
    assert trial_root(2, rows) != trial_root(1, rows)


def proof(extra: bytes = b"") -> tuple[bytes, InclusionProof]:
    leaves = [leaf_hash([bytes([number])]) for number in range(5)]
    note = sign_note(Checkpoint(ORIGIN, 5, root_of(leaves)).text, [KEY])
    path = inclusion_path(3, 5, lambda level, at: root_of(leaves[at << level : (at + 1) << level]))
    return leaves[3], InclusionProof(3, path, note, extra)


@pytest.mark.parametrize("extra", [b"", "志愿者".encode()])
def test_a_proof_travels_alone(extra: bytes) -> None:
    leaf, made = proof(extra)
    read = InclusionProof.parse(made.text)
    assert read == made
    assert read.text.startswith("c2sp.org/tlog-proof@v1\n" + ("extra " if extra else "index 3\n"))
    assert read.proves(leaf, origin=ORIGIN, keys=[KEY.verify_key])
    assert not read.proves(leaf_hash([b"other"]), origin=ORIGIN, keys=[KEY.verify_key])
    assert not read.proves(leaf, origin="elsewhere.example/ledger", keys=[KEY.verify_key])
    with pytest.raises(NoKnownSignature):
        read.proves(leaf, origin=ORIGIN, keys=[SigningKey.generate(ORIGIN).verify_key])


def test_what_is_not_a_proof_is_refused() -> None:
    text = proof()[1].text
    wrong = [
        "", text.replace("@v1", "@v2"), text.replace("index 3", "index 03"),
        text.replace("\n\n", "\n"),
        text.replace("index 3\n", ""), text.replace("index 3\n", "index 3\nAAAA\n"),
        text.replace("index 3", "extra !\nindex 3"),
    ]  # fmt: skip
    for changed in wrong:
        with pytest.raises((MalformedCheckpoint, MalformedNote)):
            InclusionProof.parse(changed)
