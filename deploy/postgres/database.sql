-- Rights of the web role on whatever the owner will make. Tables that only grow take UPDATE and DELETE away again in
-- the migration which makes them.
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_web;
ALTER DEFAULT PRIVILEGES FOR ROLE portal_owner GRANT USAGE, SELECT ON SEQUENCES TO portal_web;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO portal_web;
