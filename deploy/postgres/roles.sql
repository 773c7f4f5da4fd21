-- The two roles of the portal. The owner makes and changes tables; the web role only works with them.
-- On a real server passwords are set apart (see deploy/postgres/init.sh); locally the private socket is the guard.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_owner') THEN
        CREATE ROLE portal_owner LOGIN CREATEDB CREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_web') THEN
        CREATE ROLE portal_web LOGIN NOCREATEDB NOCREATEROLE;
    END IF;
END
$$;
