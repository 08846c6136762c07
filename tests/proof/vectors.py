"""Records and the hashes of their leaves, for whoever makes such bytes: they never change."""

HASH = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
THEN, TOLD = "2025-10-18T04:00:00.000000Z", "2025-10-18T04:00:01.250000Z"
DAY, LOT, DEBT = "2025-10-18", "2026-12-31", "9999-12-31"
ISSUED, SINK, WALLET, PLEDGE = "issued", "redeemed:S01", "volunteer:FM0001", "pledge:7"

AWARD = [
    "1", "1", "award:attendance:1", HASH, "award", "staff:U-ADM", "attendance:1", THEN, TOLD, DAY,
    DAY, "", "", "", "{}",
    "2", ISSUED, "PTS", "1", "-20", "", WALLET, "PTS", "1", "20", "20",
    "1", WALLET, "PTS", LOT, "20",
    "0",
]  # fmt: skip
CHINESE = [
    "2", "1", "手工:李:1", HASH, "manual", "职员:王", "登记表：三号", THEN, TOLD, DAY,
    "2025-11-01", "", "", "", '{"说明": "社区扫雪，两小时 ❄"}',
    "2", ISSUED, "PTS", "2", "-20", "", "志愿者:FM0002", "PTS", "1", "20", "20",
    "1", "志愿者:FM0002", "PTS", LOT, "20",
    "0",
]  # fmt: skip
AWKWARD = [
    "3", "1", "a\tb\nc\\d\re", HASH, "adjust", "staff:U-ADM", "\\N", THEN, TOLD, DAY,
    DAY, "", "", "", '{"a": "tab\\tline\\n"}',
    "2", "fund:1", "CNY", "1", "-900", "-900", "payable:S01", "CNY", "1", "900", "900",
    "0",
    "0",
]  # fmt: skip
EMPTY = ["4", "1", "", "", "open", "", "", THEN, TOLD, DAY, DAY, "", "", "", "", "0", "0", "0"]
HOLD = [
    "5", "1", "hold:pledge:7", HASH, "hold", "device:7", "pledge:7", THEN, TOLD, DAY,
    DAY, "", "", "2025-11-18T04:00:00.000000Z", "{}",
    "0",
    "0",
    "2", SINK, "PTS", "10", WALLET, "PTS", "-10",
]  # fmt: skip
RELEASE = [
    "6", "1", "release:5", HASH, "release", "system", "pledge:7", THEN, TOLD, DAY,
    DAY, "", "5", "", "{}",
    "0",
    "0",
    "0",
]  # fmt: skip
CAPTURE = [
    "7", "1", "redeem:S01:9", HASH, "redeem", "device:7", "redemption:9", THEN, TOLD, DAY,
    DAY, "", "5", "", "{}",
    "2", SINK, "PTS", "7", "8", "", WALLET, "PTS", "2", "-8", "12",
    "1", WALLET, "PTS", LOT, "-8",
    "0",
]  # fmt: skip
REVERSAL = [
    "8", "1", "reverse:1", HASH, "reverse", "staff:U-ADM", "attendance:1", THEN, TOLD, DAY,
    DAY, "1", "", "", '{"reason": "twice"}',
    "2", ISSUED, "PTS", "8", "20", "", WALLET, "PTS", "3", "-20", "-8",
    "2", WALLET, "PTS", LOT, "-12", WALLET, "PTS", DEBT, "-8",
    "0",
]  # fmt: skip
LARGE = [
    "9223372036854775807", "2147483647", "k" * 2000, HASH, "pledge", "a", "s", THEN, TOLD, DAY,
    DAY, "", "", "", "{}",
    "2", ISSUED, "PTS", "9223372036854775807", "-9223372036854775807", "", PLEDGE, "PTS", "1",
    "9223372036854775807", "9223372036854775807",
    "0",
    "0",
]  # fmt: skip

VECTORS = {
    "award": (
        AWARD,
        "ee3bb8501ade8f080ec9a2b8c63ae22db93fa648dbf583224c94838c700600a7",
    ),
    "chinese": (
        CHINESE,
        "429c26fbbd1933fc87f18761b74e845802c209ce512bd14ff2f215374a835650",
    ),
    "awkward": (
        AWKWARD,
        "8d69d87f635bc6bb5b80880a1b05596d77eca4ec84edfa243e01dd8d24c6793b",
    ),
    "empty": (
        EMPTY,
        "70b526f83b7ec3d212037aed8032a53896da40fd6fb3ab09fae2f67ee2a4584d",
    ),
    "hold": (
        HOLD,
        "9009f3761441ca2bbcee4469c49a86d104fd34eaf84daad1aa32af32bc0a5a28",
    ),
    "release": (
        RELEASE,
        "370ffcdc539c10b086d6634dc1eaa54c94355fea55ae474a85130ec64cd0afae",
    ),
    "capture": (
        CAPTURE,
        "356ce49ea78ebbcbec624c743fc760eeae88f93d40be9f32bca0976e808f17fe",
    ),
    "reversal": (
        REVERSAL,
        "1a01ebb366d784592dd3f6191dc0a20d6c6a2c286fed439879ad092db197ced2",
    ),
    "large": (
        LARGE,
        "dbd037c6f19e64bd58534c652829c9586397b384ec7ba95f5ac0ef87f16615ef",
    ),
}
