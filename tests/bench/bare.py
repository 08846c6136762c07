"""What Flask costs here without us: a view that writes a redemption's rows by one prepared call.

No caller is looked up, nothing is checked, no guard is asked. A redemption's distance to the floor
is the web server's and Flask's in part; this says in how large a part, on this machine, today.
"""

import os
import sys
from pathlib import Path

from flask import Flask, Response, jsonify, request
from psycopg_pool import ConnectionPool
from sqlalchemy import make_url

from deploy import embedded
from deploy.supervise import WEB
from deploy.watch import Program
from tests.bench.crowd import SHOPS
from tests.bench.http import MEASURED, WARM, Measured, measure
from tests.bench.http import request as written
from tests.live import Site, await_health

CALL = (
    "SELECT floor_write(%(programme)s, %(volunteer)s, %(code)s, %(shop)s, %(key)s, %(step)s)"
    " AS redemption"
)


def make() -> Flask:
    """Build the application with a pool of its own, as granian's processes do."""
    app = Flask(__name__)
    url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql")
    pool = ConnectionPool(
        url.render_as_string(hide_password=False), max_size=8, kwargs={"autocommit": True}
    )

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.post("/api/v1/bare")
    def write() -> Response:
        with pool.connection() as connection:
            row = connection.execute(CALL, request.get_json(), prepare=True).fetchone()
        return jsonify(status="ok", redemption=row[0] if row else None)

    return app


def measured(site: Site) -> Measured:
    """Let the bare application answer in the service's place; the floor must be prepared."""
    site.parts["web"].stop()
    granian = str(Path(sys.executable).with_name(WEB[0]))
    options = WEB[2:]
    port = site.url.rsplit(":", 1)[-1]
    command = [granian, "tests.bench.bare:make", "--factory", *options, "--port", port]
    site.parts["web"] = Program("bare", command, site.environment, site.folder / "bare.log")
    site.parts["web"].start()
    try:
        await_health(site)
        return measure(site, "bare Flask", requests(site))
    finally:
        site.parts["web"].stop()


def requests(site: Site) -> list[str]:
    """Prepare one call a volunteer, by the shops in turn."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        rows = admin.execute(
            "SELECT id, code, (SELECT min(id) FROM programmes) FROM people_volunteers ORDER BY id"
        ).fetchall()
    return [
        written(
            "/bare",
            {
                "programme": programme,
                "volunteer": volunteer,
                "code": code,
                "shop": f"S{number % SHOPS + 1:02}",
                "key": f"bare-{number}",
                "step": number + 1,
            },
            "none",
        )
        for number, (volunteer, code, programme) in enumerate(rows[: WARM + MEASURED])
    ]
