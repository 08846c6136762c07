"""Signed notes: against the published vectors of Go's sumdb/note, good and bad."""

import pytest

from service.proof import (
    MalformedKey,
    MalformedNote,
    NoKnownSignature,
    SigningKey,
    VerifyKey,
    WrongSignature,
    open_note,
    sign_note,
)

PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_LINE = (
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
PETER_KEY, ENOCH_KEY = VerifyKey.parse(PETER), VerifyKey.parse(ENOCH)


def manglings(key: str) -> set[str]:
    cut = {key[i:j] for i in range(len(key)) for j in range(i, len(key) + 1)}
    bent = {key[:i] + chr(ord(key[i]) + 1) + key[i + 1 :] for i in range(len(key))}
    return (cut | bent) - {key}


def test_the_published_keys_are_read_and_written_back() -> None:
    secret = SigningKey.parse(PETER_SECRET)
    assert secret.secret_text() == PETER_SECRET
    assert str(secret.verify_key) == PETER
    assert PETER_KEY.key_id.hex() == "c74f20a3"


def test_no_mangled_key_is_taken() -> None:
    for wrong in manglings(PETER):
        with pytest.raises(MalformedKey):
            VerifyKey.parse(wrong)
    for wrong in manglings(PETER_SECRET):
        with pytest.raises(MalformedKey):
            SigningKey.parse(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_length_or_kind_is_refused(wrong: str) -> None:
    with pytest.raises(MalformedKey):
        VerifyKey.parse(wrong)


def test_the_published_note_comes_out_byte_for_byte() -> None:
    assert sign_note(TEXT, [SigningKey.parse(PETER_SECRET)]) == f"{TEXT}\n{PETER_LINE}"


def test_known_signatures_are_verified_and_unknown_ones_let_stand() -> None:
    note = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}"
    opened = open_note(note, [PETER_KEY])
    assert opened.text == TEXT
    assert opened.signed_by == (PETER_KEY,)
    assert [signature.name for signature in opened.unknown] == ["EnochRoot"]
    assert open_note(note, [PETER_KEY, ENOCH_KEY]).signed_by == (PETER_KEY, ENOCH_KEY)
    assert open_note(f"{note}{PETER_LINE}", [PETER_KEY]).signed_by == (PETER_KEY,)


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(NoKnownSignature):
        open_note(f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}", [])
    with pytest.raises(NoKnownSignature):
        open_note(f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Carmen')}", [PETER_KEY])


def test_a_wrong_signature_spoils_the_note() -> None:
    bent = PETER_LINE[:60] + ("A" if PETER_LINE[60] != "A" else "B") + PETER_LINE[61:]
    with pytest.raises(WrongSignature):
        open_note(f"{TEXT}\n{bent}{ENOCH_LINE}", [PETER_KEY, ENOCH_KEY])
    with pytest.raises(WrongSignature):
        open_note(f"{TEXT.replace('problem', 'question')}\n{PETER_LINE}", [PETER_KEY])


@pytest.mark.parametrize(
    "wrong",
    [
        "", TEXT, f"{TEXT}\n", f"{TEXT}\n{PETER_LINE[:-1]}", f"\x01{TEXT}\n{PETER_LINE}",
        f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{PETER_LINE}Unexpected line.\n", f"{TEXT}\n{PETER_LINE * 101}",
        f"{TEXT}\n— PeterNeumann x08g\n", f"{TEXT}\n— PeterNeumann x08go=A=\n",
    ],
)  # fmt: skip
def test_what_is_not_a_note_is_refused(wrong: str) -> None:
    with pytest.raises(MalformedNote):
        open_note(wrong, [PETER_KEY])


def test_the_text_may_hold_empty_lines() -> None:
    key = SigningKey.generate("aixin.example/ledger")
    assert open_note(sign_note("a\n\nb\n", [key]), [key.verify_key]).text == "a\n\nb\n"


def test_only_whole_lines_are_signed() -> None:
    key = SigningKey.generate("aixin.example/ledger")
    for wrong in ("abc", "a\tb\n"):
        with pytest.raises(MalformedNote):
            sign_note(wrong, [key])
    with pytest.raises(MalformedNote):
        sign_note("abc\n", [])


def test_a_new_key_reads_back_and_hides_its_seed() -> None:
    key = SigningKey.generate("aixin.example/ledger")
    assert SigningKey.parse(key.secret_text()) == key
    assert VerifyKey.parse(str(key.verify_key)) == key.verify_key
    assert repr(key.seed) not in repr(key)
    with pytest.raises(MalformedKey):
        SigningKey.generate("two words")


def test_two_keys_sign_in_their_order() -> None:
    old, new = (SigningKey.generate("aixin.example/ledger") for _ in range(2))
    note = sign_note("hello\n", [new, old])
    assert open_note(note, [old.verify_key, new.verify_key]).signed_by == (
        new.verify_key,
        old.verify_key,
    )
    assert open_note(note, [old.verify_key]).signed_by == (old.verify_key,)
