"""A backup can be restored, on real servers."""

import os
import subprocess
from pathlib import Path

from deploy import embedded
from deploy.process import Account
from tests.conftest import Servers

SCRIPT = Path(__file__).parents[2] / "deploy" / "backup.sh"
COUNT = (
    "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)


def environment(url: str) -> dict[str, str]:
    programs = embedded.reachable_binaries(Account.unprivileged())
    return {"PATH": f"{programs}:{os.environ['PATH']}", "DATABASE_OWNER_URL": url}


def count(servers: Servers, database: str) -> int:
    with servers.postgres.connect(database) as connection:
        row = connection.execute(COUNT.encode()).fetchone()
    assert row
    return int(row[0])


def test_a_backup_restores_to_the_same_tables(servers: Servers, tmp_path: Path) -> None:
    env = environment(servers.postgres.url(user=embedded.OWNER))
    old = tmp_path / "aixin-20200101T000000Z.dump"
    old.touch()
    os.utime(old, (0, 0))
    done = subprocess.run([SCRIPT, tmp_path], env=env, capture_output=True, text=True, check=True)
    dump = Path(done.stdout.strip())
    assert [dump] == list(tmp_path.iterdir())
    assert dump.stat().st_mode & 0o077 == 0
    servers.postgres.create_database("restored")
    try:
        target = f"host={servers.postgres.sockets} dbname=restored user={embedded.ADMIN}"
        restore = ["pg_restore", "--exit-on-error", "-d", target, str(dump)]
        subprocess.run(restore, env=env, check=True)
        assert count(servers, "restored") == count(servers, embedded.DATABASE) > 0
    finally:
        servers.postgres.drop_database("restored")


def test_a_backup_that_fails_leaves_no_file_and_says_so(tmp_path: Path) -> None:
    env = environment("postgresql+psycopg://nobody@/none?host=/nowhere")
    done = subprocess.run([SCRIPT, tmp_path], env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_the_pictures_that_people_sent_go_along(servers: Servers, tmp_path: Path) -> None:
    pictures, kept = tmp_path / "files", tmp_path / "backups"
    (pictures / "ab").mkdir(parents=True)
    (pictures / "ab" / "abc.jpg").write_bytes(b"a picture")
    (pictures / "ab" / "abd.jpg.1.part").write_bytes(b"half")
    env = environment(servers.postgres.url(user=embedded.OWNER)) | {"FILES_FOLDER": str(pictures)}
    subprocess.run([SCRIPT, kept], env=env, capture_output=True, text=True, check=True)
    (archive,) = kept.glob("aixin-*.files.tar")
    names = subprocess.run(["tar", "-tf", archive], capture_output=True, text=True, check=True)
    assert sorted(names.stdout.split()) == ["./", "./ab/", "./ab/abc.jpg"]
    assert archive.stat().st_mode & 0o077 == 0
