-- For pgbench: one life of one fresh order. Each client has orders of its own: FIRST + client, then every CLIENTS-th.
\set number :first + :client_id + :n * :clients
\set n :n + 1
SELECT limit_check_perform(:number);
SELECT limit_create(:number);
SELECT limit_perform(:number);
SELECT limit_check(:number);
