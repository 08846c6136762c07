"""Is it well: one page for machines that start, watch and restart us."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from redis import Redis, RedisError

from service.web import database, now

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 when the database and Redis answer, 503 with what does not otherwise."""
    checks = {"database": ask_database(), "redis": ask_redis()}
    well = all(checks.values())
    return jsonify(status="ok" if well else "failing", now=now(), **checks), 200 if well else 503


def ask_database() -> bool:
    """Ask the database for the revision that it is at."""
    try:
        return database().call("SELECT version_num FROM alembic_version") is not None
    except (OperationalError, PoolTimeout):
        return False


def ask_redis() -> bool:
    """Ask Redis for a sign of life; shops go on without it, background work waits."""
    client: Redis = current_app.extensions["aixin.redis"]
    try:
        return bool(client.ping())
    except RedisError:
        return False
