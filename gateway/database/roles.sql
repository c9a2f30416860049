-- Two roles for tiyin: one that owns the tables and migrates them, one that serves and may do no more than it needs.
--
-- Run it with psql as a superuser, in tiyin's own database: before the first `tiyin migrate`, and after each one, which
-- may have made new tables. It changes what is missing and nothing else, so it may be run at any time, while a gateway
-- serves, too:
--
--     createdb --encoding=UTF8 --template=template0 tiyin
--     tiyin db roles | psql tiyin
--     DATABASE_URL=postgresql://tiyin_owner@localhost/tiyin tiyin migrate
--     tiyin db roles | psql tiyin
--
-- Other names: psql -v owner=NAME -v serving=NAME. The roles have no passwords: give them some with psql's
-- \password, or let pg_hba.conf say how they log in.

\set ON_ERROR_STOP on
\if :{?owner}
\else
    \set owner tiyin_owner
\endif
\if :{?serving}
\else
    \set serving tiyin
\endif

BEGIN;

-- A table that is in use is not waited for: payments would wait behind us.
SET LOCAL lock_timeout = '2s';

SELECT format('CREATE ROLE %I LOGIN', role)
FROM (VALUES (:'owner'), (:'serving')) AS named (role)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

GRANT CONNECT ON DATABASE :"DBNAME" TO :"owner", :"serving";
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO :"serving";

-- What others have made, as the superuser who migrated before there were two roles.
SELECT format('ALTER %s %I OWNER TO %I', kind, name, :'owner')
FROM (VALUES
{owned}
) AS ours (kind, name)
JOIN pg_class ON oid = to_regclass(name)
WHERE relowner <> (SELECT oid FROM pg_roles WHERE rolname = :'owner')
\gexec
SELECT format('ALTER FUNCTION %I OWNER TO %I', name, :'owner')
FROM (VALUES
{functions}
) AS ours (name)
WHERE to_regproc(name) IS NOT NULL
\gexec

SELECT format('GRANT %s ON %s %I TO %I', privileges, kind, name, :'serving')
FROM (VALUES
{rights}
) AS needed (privileges, kind, name)
WHERE CASE kind WHEN 'FUNCTION' THEN to_regproc(name) IS NOT NULL ELSE to_regclass(name) IS NOT NULL END
\gexec

COMMIT;
