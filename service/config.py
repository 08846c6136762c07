"""Settings: read once at each process's entry, frozen, handed down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path

from service.proof import SigningKey
from service.sealing import Sealer, read_sealing_keys
from service.signing import KeysRefused, Secret, origin_at, read_file, read_keys

ENVIRONMENTS = ("demo", "production", "test")
SECRET_BYTES_MIN = 32
FILES_FOLDER = Path("var/files")
# Itself, and what answers to nobody but it: a cloud tells its machines their keys there.
THIS_MACHINE = tuple(
    ip_network(text) for text in ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")
)
WEB_ROOT = Path(__file__).parent / "web" / "static"


class SettingsError(ValueError):
    """The environment cannot be run as it is; the message says which variable and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process must know about where it runs. Business figures live in rule sets."""

    env: str
    database_url: str  # SQLAlchemy form, the application's role
    database_owner_url: str  # the role that runs migrations
    redis_url: str
    secret_key: str
    public_url: str  # "https://host" without a slash: the host inside every QR code
    hosts: tuple[str, ...] = ()  # other names under which we answer
    secret_key_old: tuple[str, ...] = field(default=(), repr=False)  # still read; newest first
    clock_file: Path | None = None  # a simulated clock; never in production
    sweep_seconds: int = 60  # how often the short jobs run
    files_folder: Path = FILES_FOLDER  # pictures that people sent; never below the web root
    locale: str = "zh_Hans"
    live_port: int | None = None  # where the live server listens; none: behind the same host
    smtp_url: str = field(default="", repr=False)  # none: no e-mail is offered or sent
    mail_from: str = ""
    webhook_networks: tuple[str, ...] = ()  # private networks in which partners may be called
    # The keys' text, the newest first; without one nothing can be sealed.
    ledger_key: str = field(default="", repr=False)
    # The same of the keys that seal who people are; without one nobody can be registered.
    identity_key: str = field(default="", repr=False)

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secrets that are read, the newest first; what lives for a day is made by that one."""
        return (self.secret_key, *self.secret_key_old)

    @property
    def lasting_key(self) -> str:
        """The secret behind what is printed or kept by others: the oldest that is still named."""
        return self.secret_keys[-1]

    @property
    def signers(self) -> tuple[SigningKey, ...]:
        """The keys that sign the ledger's heads and seals."""
        return read_keys(self.ledger_key)

    @property
    def sealer(self) -> Sealer:
        """What seals and opens who somebody is."""
        return Sealer(read_sealing_keys(self.identity_key))

    @property
    def origin(self) -> str:
        """The name of our log: that of its keys, so that it outlives a change of the host."""
        signers = self.signers
        return signers[0].name if signers else origin_at(self.public_url)

    @property
    def production(self) -> bool:
        """Tell whether real people's points are at stake."""
        return self.env == "production"

    @property
    def demo(self) -> bool:
        """Tell whether the sign-ins of the demo data may be shown."""
        return self.env == "demo"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and judge the environment, and the files that hold keys.

        Raises SettingsError that names every fault at once.
        """
        clock = environ.get("AIXIN_CLOCK_FILE", "")
        database = environ.get("DATABASE_URL", "")
        settings = cls(
            env=environ.get("AIXIN_ENV", "production"),
            database_url=sqlalchemy_url(database),
            database_owner_url=sqlalchemy_url(environ.get("DATABASE_OWNER_URL") or database),
            redis_url=environ.get("REDIS_URL", ""),
            secret_key=environ.get("SECRET_KEY", ""),
            public_url=environ.get("PUBLIC_URL", "").rstrip("/").lower(),
            clock_file=Path(clock) if clock else None,
            sweep_seconds=int(environ.get("AIXIN_SWEEP_SECONDS") or 60),
            files_folder=Path(environ.get("FILES_FOLDER") or FILES_FOLDER),
            locale=environ.get("AIXIN_LOCALE") or "zh_Hans",
            live_port=int(environ.get("AIXIN_LIVE_PORT") or 0) or None,
            smtp_url=environ.get("SMTP_URL", ""),
            mail_from=environ.get("MAIL_FROM", ""),
        )
        settings = replace(
            settings,
            webhook_networks=words(environ.get("WEBHOOK_NETWORKS", "")),
            hosts=words(environ.get("AIXIN_HOSTS", "").lower()),
            secret_key_old=words(environ.get("SECRET_KEY_OLD", "")),
        )
        ledger, ledger_faults = read_ledger_key(environ)
        identity, identity_faults = read_identity_key(environ)
        if faults := [*list_faults(settings), *ledger_faults, *identity_faults]:
            raise SettingsError("; ".join(faults))
        return replace(settings, ledger_key=ledger, identity_key=identity)


def words(text: str) -> tuple[str, ...]:
    """Read a list that is separated by commas or blanks."""
    return tuple(text.replace(",", " ").split())


def network_faults(texts: tuple[str, ...], *, production: bool) -> list[str]:
    """Name networks that nobody can read, and those that are this machine itself."""
    faults = []
    for text in texts:
        try:
            network = ip_network(text)
        except ValueError:
            faults.append(f"WEBHOOK_NETWORKS: {text} is no network")
            continue
        near = [one for one in THIS_MACHINE if one.version == network.version]
        if production and any(network.overlaps(one) for one in near):
            faults.append(f"WEBHOOK_NETWORKS: {text} is this machine and refused in production")
    return faults


def sqlalchemy_url(url: str) -> str:
    """Name the driver in a plain PostgreSQL URL."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def read_ledger_key(environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the text of the ledger's keys, from the environment or a file, and what is wrong."""
    given = (environ.get("LEDGER_KEY", ""), environ.get("LEDGER_KEY_FILE", ""))
    return judged(environ, "LEDGER_KEY", given, read_keys)


def read_identity_key(environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the same of the keys that seal who people are."""
    given = (environ.get("IDENTITY_KEY", ""), environ.get("IDENTITY_KEY_FILE", ""))
    return judged(environ, "IDENTITY_KEY", given, read_sealing_keys)


def judged(
    environ: Mapping[str, str],
    name: str,
    given: tuple[str, str],
    read: Callable[[str], tuple[Secret, ...]],
) -> tuple[str, list[str]]:
    """Return the text of some keys, and what is wrong with it; production cannot do without."""
    text, file = given
    try:
        keys = read(text) or (read_file(Path(file), read) if file else ())
    except KeysRefused as error:
        return "", [f"{name if text else f'{name}_FILE'}: {error}"]
    if file and not keys:
        return "", [f"{name}_FILE: {file} holds no key"]
    if environ.get("AIXIN_ENV", "production") == "production" and not keys:
        return "", [f"{name} or {name}_FILE is not set"]
    return "\n".join(key.secret_text() for key in keys), []


def list_faults(settings: Settings) -> list[str]:
    """Name everything that is missing or, in production, not safe."""
    faults = [
        f"{name} is not set"
        for name, value in (
            ("DATABASE_URL", settings.database_url),
            ("REDIS_URL", settings.redis_url),
            ("SECRET_KEY", settings.secret_key),
            ("PUBLIC_URL", settings.public_url),
        )
        if not value
    ]
    if settings.files_folder.resolve().is_relative_to(WEB_ROOT):
        faults.append("FILES_FOLDER lies within the web root: anybody could read it")
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        faults.append("SMTP_URL must start with smtp:// or smtps://")
    if settings.smtp_url and "@" not in settings.mail_from:
        faults.append("MAIL_FROM is not set: nobody could answer our e-mails")
    faults += network_faults(settings.webhook_networks, production=settings.production)
    if settings.env not in ENVIRONMENTS:
        faults.append(f"AIXIN_ENV must be one of {', '.join(ENVIRONMENTS)}")
    return faults + (list_production_faults(settings) if settings.production else [])


def list_production_faults(settings: Settings) -> list[str]:
    """Refuse what is only fit for a demonstration: weak secrets, plain HTTP, a simulated clock."""
    faults = []
    if len(settings.secret_key.encode()) < SECRET_BYTES_MIN:
        faults.append(f"SECRET_KEY must have at least {SECRET_BYTES_MIN} bytes in production")
    if len(set(settings.secret_key)) < SECRET_BYTES_MIN // 4:
        faults.append("SECRET_KEY is a default or repeats itself")
    if settings.clock_file is not None:
        faults.append("AIXIN_CLOCK_FILE simulates time and is refused in production")
    if "starttls=no" in settings.smtp_url:
        faults.append("SMTP_URL sends passwords in the open and is refused in production")
    if not settings.files_folder.is_absolute():
        faults.append("FILES_FOLDER is not set, or is not a whole path")
    if not settings.public_url.startswith("https://"):
        faults.append("PUBLIC_URL must start with https:// in production")
    return faults
