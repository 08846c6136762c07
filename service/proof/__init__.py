"""Proof for strangers: what the ledger signs, and how to check it with an exported file alone.

It needs the standard library and `cryptography`, no database, nothing of the rest of the service:
`python -m service.proof FILE` runs wherever this folder is.
"""

from service.proof.canonical import DEBT_LOT, escape, leaf_hash, unescape
from service.proof.checkpoints import (
    Checkpoint,
    InclusionProof,
    MalformedCheckpoint,
    PeriodSeal,
    trial_root,
)
from service.proof.excerpt import Excerpt, Move, Transfer
from service.proof.findings import Finding, Report
from service.proof.merkle import (
    EMPTY_ROOT,
    Frontier,
    NodeSource,
    TreeHead,
    consistency_path,
    inclusion_path,
    node_hash,
    node_source,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from service.proof.notes import (
    MalformedKey,
    MalformedNote,
    NoKnownSignature,
    Note,
    NoteRefused,
    SigningKey,
    VerifyKey,
    WrongSignature,
    open_note,
    sign_note,
)
from service.proof.reader import lines
from service.proof.verify import verify_file, verify_lines

__all__ = [
    "DEBT_LOT",
    "EMPTY_ROOT",
    "Checkpoint",
    "Excerpt",
    "Finding",
    "Frontier",
    "InclusionProof",
    "MalformedCheckpoint",
    "MalformedKey",
    "MalformedNote",
    "Move",
    "NoKnownSignature",
    "NodeSource",
    "Note",
    "NoteRefused",
    "PeriodSeal",
    "Report",
    "SigningKey",
    "Transfer",
    "TreeHead",
    "VerifyKey",
    "WrongSignature",
    "consistency_path",
    "escape",
    "inclusion_path",
    "leaf_hash",
    "lines",
    "node_hash",
    "node_source",
    "open_note",
    "root_at",
    "root_of",
    "sign_note",
    "trial_root",
    "unescape",
    "verify_consistency",
    "verify_file",
    "verify_inclusion",
    "verify_lines",
]
