#!/bin/sh
# Runs once, when the cluster of the container is made: roles with passwords, the database and its rights.
set -eu
here=${SQL_FROM:-/deploy}
run() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"; }

run --dbname postgres --file "$here/roles.sql"
run --dbname postgres --set owner_password="$OWNER_PASSWORD" --set web_password="$WEB_PASSWORD" <<'SQL'
ALTER ROLE portal_owner PASSWORD :'owner_password';
ALTER ROLE portal_web PASSWORD :'web_password';
SQL
run --dbname template1 --file "$here/database.sql"
run --dbname postgres --command "CREATE DATABASE portal OWNER portal_owner"
run --dbname postgres --command "REVOKE TEMPORARY ON DATABASE portal FROM PUBLIC"
