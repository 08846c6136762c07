#!/bin/sh
# backup.sh FOLDER: write a checked dump of the whole database, and delete those older than KEEP_DAYS.
# With FILES_FOLDER, an archive of the pictures that people sent goes beside it (tar -xf FILE -C FILES_FOLDER).
# Wants DATABASE_OWNER_URL (or DATABASE_URL) and PostgreSQL's client programs of the server's version.
# Restore: createdb -O aixin_owner aixin && pg_restore --exit-on-error -d aixin FILE
# The dump holds names and telephone numbers: keep it where the database itself may be kept.
set -eu
umask 077
folder=${1:?usage: backup.sh FOLDER}
url=${DATABASE_OWNER_URL:-${DATABASE_URL:?is not set}}
scheme=${url%%://*}
file="$folder/aixin-$(date -u +%Y%m%dT%H%M%SZ).dump"

mkdir -p "$folder"
trap 'rm -f "$file.part"' EXIT
pg_dump --format=custom --file="$file.part" "${scheme%%+*}://${url#*://}"
pg_restore --list "$file.part" > /dev/null
mv "$file.part" "$file"
if [ -d "${FILES_FOLDER:-}" ]; then
    tar --exclude='*.part' -cf "$file.part" -C "$FILES_FOLDER" .
    mv "$file.part" "${file%.dump}.files.tar"
fi
find "$folder" -name 'aixin-*.dump' -mtime "+${KEEP_DAYS:-30}" -exec rm -f {} +
find "$folder" -name 'aixin-*.files.tar' -mtime "+${KEEP_DAYS:-30}" -exec rm -f {} +
echo "$file"
