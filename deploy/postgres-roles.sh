#!/bin/sh
# Run once by the postgres image, on an empty volume: the database's owner, and a role per process. No process of Patchbay is a superuser.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --set owner="$PATCHBAY_OWNER_PASSWORD" --set role="$PATCHBAY_ROLE_PASSWORD" <<'SQL'
create role patchbay_owner login createrole nosuperuser nobypassrls password :'owner';
create role patchbay_log login nosuperuser nobypassrls password :'role';
create role patchbay_connection login nosuperuser nobypassrls password :'role';
create role patchbay_projections login nosuperuser nobypassrls password :'role';
create role patchbay_jobs login nosuperuser nobypassrls password :'role';
create role patchbay_reader login nosuperuser nobypassrls password :'role';
create database patchbay owner patchbay_owner encoding 'UTF8' template template0 locale 'C.UTF-8';
SQL
