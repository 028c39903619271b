-- Run once by the database container on an empty cluster; the same statements as config/runtime/roles.py.
\set owner_password `cat /run/secrets/owner_password`
\set web_password `cat /run/secrets/web_password`
\set worker_password `cat /run/secrets/worker_password`
\set backup_password `cat /run/secrets/backup_password`
CREATE ROLE recourse_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE recourse_web LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'web_password';
CREATE ROLE recourse_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'worker_password';
CREATE ROLE recourse_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS PASSWORD :'backup_password';
GRANT pg_read_all_data TO recourse_backup;
CREATE DATABASE recourse OWNER recourse_owner;
REVOKE ALL ON DATABASE recourse FROM PUBLIC;
GRANT CONNECT ON DATABASE recourse TO recourse_web, recourse_worker, recourse_backup;
GRANT TEMPORARY ON DATABASE recourse TO recourse_worker;
