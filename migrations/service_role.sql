-- What the service may do with each table, as `loyalty_service`: all that it needs, and no more. It
-- owns nothing, deletes only what `loyalty prune` does, and to the ledger it only appends.
--
-- Safe to run again, by the owner of the tables. A migration that makes a table adds a line below
-- and runs the whole. Where the owner may not create roles nothing is done: docs/runbook.md tells
-- what an administrator runs first.
DO $$
DECLARE
    allowed record;
BEGIN
    IF to_regrole('loyalty_service') IS NULL THEN
        BEGIN
            CREATE ROLE loyalty_service NOLOGIN;
        EXCEPTION
            -- Made meanwhile: roles belong to the whole server, and another database has it too.
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE WARNING 'there is no role loyalty_service, and % may not create it',
                    current_user;
                RETURN;
        END;
    END IF;

    -- Before PostgreSQL 16 whoever is a member of a role may take it on.
    IF NOT pg_has_role(
        current_user,
        'loyalty_service',
        CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END
    ) THEN
        BEGIN
            GRANT loyalty_service TO CURRENT_USER;
        EXCEPTION
            -- Granted meanwhile: the same owner migrates another database of the server, which
            -- does not wait for us before PostgreSQL 16.
            WHEN unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                -- Enough for now: it is the service's login that must be let in.
                RAISE WARNING '% may not take on the role loyalty_service', current_user;
        END;
    END IF;

    EXECUTE format('GRANT USAGE ON SCHEMA %I TO loyalty_service', current_schema());
    FOR allowed IN
        SELECT name, privileges FROM (VALUES
            ('alembic_version', 'SELECT'),
            ('users', 'SELECT, INSERT, UPDATE'),
            ('notification_preferences', 'SELECT, INSERT, UPDATE'),
            ('loyalty_tiers', 'SELECT, INSERT, UPDATE'),
            ('loyalty_members', 'SELECT, INSERT, UPDATE'),
            ('loyalty_ledger_entries', 'SELECT, INSERT'),
            ('loyalty_referral_invites', 'SELECT, INSERT, UPDATE'),
            ('loyalty_referral_codes', 'SELECT, INSERT'),
            ('loyalty_referral_attributions', 'SELECT, INSERT'),
            ('idempotency_keys', 'SELECT, INSERT, UPDATE, DELETE'),
            ('outbox_events', 'SELECT, INSERT, UPDATE, DELETE'),
            ('notifications', 'SELECT, INSERT, UPDATE')
        ) AS service (name, privileges)
        WHERE to_regclass(name) IS NOT NULL
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM loyalty_service', allowed.name);
        EXECUTE format('GRANT %s ON %I TO loyalty_service', allowed.privileges, allowed.name);
    END LOOP;
END
$$
