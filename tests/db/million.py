"""A ledger of a million entries, as the service would have written it, made in seconds."""

MEMBERS = 20_000
ENTRIES_PER_MEMBER = 49
WHALE = "whale"
WHALE_ENTRIES = 1_000_000 - MEMBERS * ENTRIES_PER_MEMBER
WHALE_INVITES = 2_000

# Everybody earns on odd numbers and spends 10 on even ones; how much they earn differs. Every third
# has brought the next one in: that was their first entry.
_EARNS = "(20 + abs(hashtext(member.user_id)) % 100)"
_ENTRIES = f"CASE member.user_id WHEN '{WHALE}' THEN {WHALE_ENTRIES} ELSE {ENTRIES_PER_MEMBER} END"
_ID = "md5({} || member.user_id || number)::uuid"
_CONVERTED = f"""CASE member.user_id WHEN '{WHALE}' THEN false
    ELSE number = 1 AND substr(member.user_id, 6)::int % 3 = 0 END"""

GENERATE = (
    """
    INSERT INTO loyalty_tiers (id, slug, name, point_threshold)
    VALUES (gen_random_uuid(), 'bronze', 'Bronze', 0),
        (gen_random_uuid(), 'silver', 'Silver', 1000),
        (gen_random_uuid(), 'gold', 'Gold', 5000),
        (gen_random_uuid(), 'platinum', 'Platinum', 20000)
    """,
    f"""
    INSERT INTO users (id, email, display_name, created_at)
    SELECT id, id || '@example.com', 'Name ' || md5(id), now() - number * interval '1 minute'
    FROM (SELECT number, CASE number WHEN 0 THEN '{WHALE}' ELSE 'user-' || number END AS id
          FROM generate_series(0, {MEMBERS}) AS number) AS named
    """,
    f"""
    INSERT INTO loyalty_members
        (user_id, referral_code, points_balance, lifetime_points, tier_id, tier_since, ledger_seq,
         created_at)
    SELECT id, lpad((row_number() OVER ())::text, 8, '0'), earned - entries / 2 * 10, earned,
        (SELECT tier.id FROM loyalty_tiers AS tier WHERE point_threshold <= earned
         ORDER BY point_threshold DESC LIMIT 1),
        created_at, entries, created_at
    FROM users AS member, LATERAL (SELECT {_ENTRIES.replace("user_id", "id")} AS entries) AS a,
        LATERAL (SELECT (entries + 1) / 2 * {_EARNS.replace("user_id", "id")} AS earned) AS b
    """,
    # What is asked of a million entries does not depend on their hashes, whose making takes as long
    # as all the rest.
    "ALTER TABLE loyalty_ledger_entries DISABLE TRIGGER chain_new_entry",
    f"""
    INSERT INTO loyalty_ledger_entries
        (member_id, seq, id, kind, points, balance_after, reference, actor_id, invite_id, hash)
    SELECT member.user_id, number, {_ID.format("'entry'")},
        CASE WHEN {_CONVERTED} THEN 'REFERRAL_BONUS' WHEN number % 2 = 1 THEN 'EARN'
        ELSE 'REDEEM' END,
        CASE number % 2 WHEN 1 THEN {_EARNS} ELSE -10 END,
        (number + 1) / 2 * {_EARNS} - number / 2 * 10, 'order-' || number, 'ops',
        CASE WHEN {_CONVERTED} THEN {_ID.format("'invite'")} END, decode(repeat('00', 32), 'hex')
    FROM loyalty_members AS member, generate_series(1, ledger_seq) AS number
    """,
    "ALTER TABLE loyalty_ledger_entries ENABLE TRIGGER chain_new_entry",
    f"""
    INSERT INTO loyalty_referral_invites
        (referrer_id, id, code, source, status, reward_points, invitee_reward_points, expires_at,
         invitee_id, completed_at, cancelled_at)
    SELECT user_id, {_ID.format("'invite'")}, lpad((row_number() OVER ())::text, 10, '0'), 'ISSUED',
        CASE WHEN {_CONVERTED} THEN 'CONVERTED' WHEN number % 10 = 0 THEN 'CANCELLED'
        ELSE 'SENT' END,
        {_EARNS}, 0, now() + (number % 60 - 20) * interval '1 day',
        CASE WHEN {_CONVERTED} THEN 'user-' || substr(user_id, 6)::int + 1 END,
        CASE WHEN {_CONVERTED} THEN now() END, CASE number % 10 WHEN 0 THEN now() END
    FROM loyalty_members AS member,
        generate_series(1, CASE user_id WHEN '{WHALE}' THEN {WHALE_INVITES} ELSE 2 END) AS number
    """,
    """
    INSERT INTO loyalty_referral_attributions (invitee_id, referrer_id, invite_id)
    SELECT invitee_id, referrer_id, id FROM loyalty_referral_invites WHERE status = 'CONVERTED'
    """,
    """
    INSERT INTO loyalty_referral_codes (code, owner_id, invite_id)
    SELECT referral_code, user_id, NULL FROM loyalty_members
    UNION ALL SELECT code, referrer_id, id FROM loyalty_referral_invites
    """,
    """
    INSERT INTO notification_preferences (user_id, marketing_messages)
    SELECT id, true FROM users WHERE hashtext(id) % 2 = 0
    """,
    """
    INSERT INTO outbox_events (id, kind, user_id, payload, delivered_at)
    SELECT gen_random_uuid(), 'TIER_UPGRADED', member_id,
        jsonb_build_object('ledgerSeq', 1, 'lifetimePoints', points), now()
    FROM loyalty_ledger_entries WHERE seq = 1
    """,
    """
    INSERT INTO notifications (user_id, id, kind, status, event_id)
    SELECT user_id, gen_random_uuid(), kind, 'SENT', id FROM outbox_events
    """,
    """
    INSERT INTO idempotency_keys (actor_id, key, operation, request_hash, result)
    SELECT 'ops', 'order-' || number, 'EarnPoints', '', '{}'
    FROM generate_series(1, 50000) AS number
    """,
    "ANALYZE",
)
