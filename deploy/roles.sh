#!/bin/sh
# Runs once, when the database is new: the service's own role, which owns no table.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE aixin_app LOGIN PASSWORD :'password';
SQL
