-- What PostGraphile and the limit call: each mutation as one function, one round trip.
-- The steps are the service's own (resolvers/points.py, resolvers/referrals.py): lock the tiers,
-- lock the member, append the entry, move the tier, record an upgrade, keep the idempotency key.
CREATE SCHEMA bench;

-- Claims a key. Null: the key is new. Otherwise: the stored result.
CREATE FUNCTION bench.claim_key(key text, operation text, request text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    fingerprint bytea := sha256(convert_to(request, 'UTF8'));
    earlier idempotency_keys;
BEGIN
    INSERT INTO idempotency_keys (actor_id, key, operation, request_hash)
    VALUES ('ops', claim_key.key, claim_key.operation, fingerprint)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO STRICT earlier FROM idempotency_keys AS used
    WHERE used.actor_id = 'ops' AND used.key = claim_key.key;
    IF earlier.request_hash <> fingerprint THEN
        RAISE EXCEPTION 'the idempotency key was used for another request';
    END IF;
    RETURN earlier.result;
END
$$;

CREATE FUNCTION bench.keep_result(key text, result jsonb) RETURNS void LANGUAGE sql AS $$
    UPDATE idempotency_keys SET result = keep_result.result
    WHERE actor_id = 'ops' AND idempotency_keys.key = keep_result.key
$$;

-- Appends a credit that counts towards the tier.
CREATE FUNCTION bench.credit(
    member_id text, kind text, points bigint, reference text, invite_id uuid
) RETURNS loyalty_ledger_entries LANGUAGE plpgsql AS $$
DECLARE
    member loyalty_members;
    before loyalty_tiers;
    after loyalty_tiers;
    entry loyalty_ledger_entries;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(x'101A171E'::int);
    SELECT * INTO STRICT member FROM loyalty_members
    WHERE user_id = credit.member_id FOR UPDATE;
    SELECT * INTO before FROM loyalty_tiers WHERE id = member.tier_id;
    SELECT * INTO after FROM loyalty_tiers
    WHERE is_active AND point_threshold <= member.lifetime_points + credit.points
    ORDER BY point_threshold DESC LIMIT 1;

    INSERT INTO loyalty_ledger_entries (
        member_id, seq, id, kind, points, balance_after, reference, invite_id, actor_id
    )
    VALUES (
        credit.member_id, member.ledger_seq + 1, uuidv7(), credit.kind, credit.points,
        member.points_balance + credit.points, credit.reference, credit.invite_id, 'ops'
    )
    RETURNING * INTO entry;
    UPDATE loyalty_members SET
        ledger_seq = entry.seq,
        points_balance = entry.balance_after,
        lifetime_points = lifetime_points + credit.points,
        tier_id = after.id,
        tier_since = CASE WHEN tier_id IS DISTINCT FROM after.id THEN now() ELSE tier_since END
    WHERE user_id = credit.member_id;

    IF after.point_threshold > coalesce(before.point_threshold, -1) THEN
        INSERT INTO outbox_events (id, kind, user_id, payload)
        VALUES (uuidv7(), 'TIER_UPGRADED', credit.member_id, jsonb_build_object(
            'userId', credit.member_id, 'ledgerSeq', entry.seq, 'tierId', after.id,
            'tierSlug', after.slug, 'tierName', after.name, 'previousTierSlug', before.slug,
            'lifetimePoints', member.lifetime_points + credit.points
        ));
        PERFORM pg_notify('loyalty_outbox', '');
    END IF;
    RETURN entry;
END
$$;

CREATE FUNCTION bench.earn_points(
    user_id text, points bigint, reference text, idempotency_key text
) RETURNS loyalty_ledger_entries LANGUAGE plpgsql AS $$
DECLARE
    earlier jsonb := bench.claim_key(
        idempotency_key, 'EarnPoints', concat_ws('|', user_id, points, reference)
    );
    entry loyalty_ledger_entries;
BEGIN
    IF earlier IS NOT NULL THEN
        SELECT * INTO STRICT entry FROM loyalty_ledger_entries AS kept
        WHERE kept.member_id = earlier ->> 'member_id' AND kept.seq = (earlier ->> 'seq')::bigint;
        RETURN entry;
    END IF;
    entry := bench.credit(user_id, 'EARN', points, reference, NULL);
    PERFORM bench.keep_result(
        idempotency_key, jsonb_build_object('member_id', entry.member_id, 'seq', entry.seq)
    );
    RETURN entry;
END
$$;

-- A code of ten characters: as many bytes of a random uuid, those of its version left out.
CREATE FUNCTION bench.draw_code() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(
        substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (get_byte(random_bytes, place) & 31) + 1, 1), ''
    )
    FROM uuid_send(gen_random_uuid()) AS random_bytes,
        unnest(ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 11, 12]) AS place
$$;

CREATE FUNCTION bench.issue_invite(
    user_id text, reward_points bigint, idempotency_key text
) RETURNS loyalty_referral_invites LANGUAGE plpgsql AS $$
DECLARE
    earlier jsonb := bench.claim_key(
        idempotency_key, 'IssueReferralInvite', concat_ws('|', user_id, reward_points)
    );
    invite loyalty_referral_invites;
BEGIN
    IF earlier IS NOT NULL THEN
        SELECT * INTO STRICT invite FROM loyalty_referral_invites AS kept
        WHERE kept.referrer_id = earlier ->> 'referrer_id'
          AND kept.id = (earlier ->> 'invite_id')::uuid;
        RETURN invite;
    END IF;
    PERFORM FROM loyalty_members AS member
    WHERE member.user_id = issue_invite.user_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such member';
    END IF;
    INSERT INTO loyalty_referral_invites (
        referrer_id, id, code, source, status, reward_points, invitee_reward_points, expires_at
    )
    VALUES (
        issue_invite.user_id, uuidv7(), bench.draw_code(), 'ISSUED', 'SENT',
        issue_invite.reward_points, 0, now() + interval '30 days'
    )
    RETURNING * INTO invite;
    INSERT INTO loyalty_referral_codes (code, owner_id, invite_id)
    VALUES (invite.code, invite.referrer_id, invite.id);
    PERFORM bench.keep_result(
        idempotency_key,
        jsonb_build_object('referrer_id', invite.referrer_id, 'invite_id', invite.id)
    );
    RETURN invite;
END
$$;

CREATE FUNCTION bench.complete_referral(code text, invitee_id text)
RETURNS loyalty_referral_invites LANGUAGE plpgsql AS $$
DECLARE
    claim loyalty_referral_codes;
    invite loyalty_referral_invites;
    invitee users;
BEGIN
    SELECT * INTO STRICT claim FROM loyalty_referral_codes AS known
    WHERE known.code = complete_referral.code;
    PERFORM pg_advisory_xact_lock_shared(x'101A171E'::int);
    PERFORM FROM loyalty_members WHERE user_id IN (claim.owner_id, complete_referral.invitee_id)
    ORDER BY user_id FOR UPDATE;
    SELECT * INTO STRICT invite FROM loyalty_referral_invites AS issued
    WHERE issued.referrer_id = claim.owner_id AND issued.id = claim.invite_id FOR UPDATE;
    SELECT * INTO STRICT invitee FROM users WHERE id = complete_referral.invitee_id;
    IF invite.status <> 'SENT' OR invite.expires_at <= now() OR claim.owner_id = invitee.id
        OR invitee.created_at < now() - interval '30 days' THEN
        RAISE EXCEPTION 'the referral is refused';
    END IF;
    -- A second referral of one invitee violates its primary key.
    INSERT INTO loyalty_referral_attributions (invitee_id, referrer_id, invite_id)
    VALUES (complete_referral.invitee_id, claim.owner_id, invite.id);
    UPDATE loyalty_referral_invites AS converted SET
        status = 'CONVERTED', invitee_id = complete_referral.invitee_id, completed_at = now()
    WHERE converted.referrer_id = claim.owner_id AND converted.id = invite.id
    RETURNING * INTO invite;
    PERFORM bench.credit(
        claim.owner_id, 'REFERRAL_BONUS', invite.reward_points, invite.code, invite.id
    );
    RETURN invite;
END
$$;

-- PostGraphile shows a function whose first argument is a row as a field of that row's type.
CREATE FUNCTION bench.loyalty_referral_invites_status_now(invite loyalty_referral_invites)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN invite.status = 'SENT' AND invite.expires_at <= now() THEN 'EXPIRED'
           ELSE invite.status END
$$;

COMMENT ON FUNCTION bench.claim_key IS '@behavior -*';
COMMENT ON FUNCTION bench.draw_code IS '@behavior -*';
COMMENT ON FUNCTION bench.keep_result IS '@behavior -*';
COMMENT ON FUNCTION bench.credit IS '@behavior -*';
