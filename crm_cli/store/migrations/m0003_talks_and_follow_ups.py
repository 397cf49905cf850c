"""Schema 3: what was said, what is to be done, and the ledger of the reminders that were sent.

A follow-up's day and time are those of the business's wall clock, without a zone: what is due at
nine stays due at nine when the clocks change. The ledger's tables are system rows, which no undo
touches; they name a follow-up by its number alone, because what was mailed stays true of a
follow-up that is taken back, and numbers are never used twice.
"""

from __future__ import annotations

INTERACTIONS = (
    # One talk, mail, meeting or note. contact_id is the person it was with; others who took part
    # stand in interaction_participants. by_name is who of us it was. fingerprint is set by imports
    # and kept through edits, as that of purchases is.
    """
    CREATE TABLE interactions (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        happened_at TEXT NOT NULL,
        channel TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'none')),
        subject TEXT,
        body TEXT,
        outcome TEXT,
        sentiment INTEGER CHECK (sentiment BETWEEN -2 AND 2),
        duration_minutes INTEGER CHECK (duration_minutes >= 0),
        by_name TEXT,
        campaign TEXT,
        message_id TEXT,
        fingerprint INTEGER,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX interactions_contact ON interactions (contact_id, happened_at)",
    "CREATE INDEX interactions_at ON interactions (happened_at)",
    "CREATE INDEX interactions_message ON interactions (message_id) WHERE message_id IS NOT NULL",
    # All that figures of a million talks are made of, in the order of their groups: no row is
    # looked up, and nothing sorted.
    """
    CREATE INDEX interactions_figures ON interactions (
        channel, by_name, happened_at, direction, outcome, sentiment, duration_minutes, contact_id)
    """,
    """
    CREATE INDEX interactions_outcomes ON interactions (channel, outcome, happened_at, direction)
     WHERE outcome IS NOT NULL
    """,
    """
    CREATE INDEX interactions_fingerprint ON interactions (fingerprint)
     WHERE fingerprint IS NOT NULL
    """,
    """
    CREATE TABLE interaction_participants (
        id INTEGER PRIMARY KEY,
        interaction_id INTEGER NOT NULL
            REFERENCES interactions (id) DEFERRABLE INITIALLY DEFERRED,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        UNIQUE (interaction_id, contact_id)
    ) STRICT
    """,
    "CREATE INDEX interaction_participants_contact ON interaction_participants (contact_id)",
    # Imported mails and rows that were deleted since: the same file does not bring them back.
    # contact_id is whose a row without a Message-ID was: equal rows of others still come.
    """
    CREATE TABLE interaction_tombstones (
        id INTEGER PRIMARY KEY,
        message_id TEXT,
        fingerprint INTEGER,
        contact_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED
    ) STRICT
    """,
    "CREATE INDEX interaction_tombstones_contact ON interaction_tombstones (contact_id)",
    "CREATE INDEX interaction_tombstones_message ON interaction_tombstones (message_id)",
    "CREATE INDEX interaction_tombstones_value ON interaction_tombstones (fingerprint)",
    # When each contact was last spoken to, notes apart, and how often: recomputed from the
    # interactions for the contacts a batch touched.
    """
    CREATE TABLE contact_activity (
        contact_id INTEGER PRIMARY KEY,
        last_at TEXT,
        last_in_at TEXT,
        last_out_at TEXT,
        interactions INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX contact_activity_last ON contact_activity (last_at)",
    # Contacts whose activity the running batch recomputes; empty between batches.
    """
    CREATE TABLE activity_queue (
        contact_id INTEGER PRIMARY KEY
    ) STRICT
    """,
)

RULES = (
    # What makes follow-ups by itself. A cadence: stay in touch every so often (every_text, such
    # as '6 weeks'; NULL: never), counted from the last talk. A date: lead_days before each
    # occurrence of a contact's date field. Whom it is about: everybody, a tag's key, a saved or
    # built-in segment, a filter, or one contact; the narrowest rule of a kind wins.
    """
    CREATE TABLE reminder_rules (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('cadence', 'date')),
        every_text TEXT,
        field TEXT,
        lead_days INTEGER NOT NULL DEFAULT 0 CHECK (lead_days >= 0),
        scope TEXT NOT NULL CHECK (scope IN ('all', 'tag', 'segment', 'where', 'contact')),
        scope_value TEXT,
        contact_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        text TEXT,
        owner TEXT,
        window_days INTEGER,
        is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        CHECK ((kind = 'date') = (field IS NOT NULL)),
        CHECK ((scope = 'contact') = (contact_id IS NOT NULL))
    ) STRICT
    """,
    "CREATE INDEX reminder_rules_contact ON reminder_rules (contact_id)",
    # Few products need service, and every change asks for them.
    """
    CREATE INDEX products_service ON products (service_interval)
     WHERE service_interval IS NOT NULL
    """,
)

FOLLOW_UPS = (
    # kind: a task; a promise made to the customer; made by a rule (touch: a cadence, date); or
    # service that a purchase needs. repeat_text is how it comes again, repeat_from the day that
    # is counted from, so that the 31st does not drift to the 28th. occurrence is which round of
    # its rule it is. sequence counts its changes, for calendars.
    """
    CREATE TABLE follow_ups (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        kind TEXT NOT NULL DEFAULT 'task'
            CHECK (kind IN ('task', 'promise', 'touch', 'date', 'service')),
        due_on TEXT NOT NULL,
        due_time TEXT,
        text TEXT NOT NULL,
        repeat_text TEXT,
        repeat_from TEXT,
        owner TEXT,
        state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'cancelled')),
        done_at TEXT,
        done_by TEXT,
        previous_id INTEGER REFERENCES follow_ups (id) DEFERRABLE INITIALLY DEFERRED,
        interaction_id INTEGER REFERENCES interactions (id) DEFERRABLE INITIALLY DEFERRED,
        purchase_id INTEGER REFERENCES purchases (id) DEFERRABLE INITIALLY DEFERRED,
        rule_id INTEGER REFERENCES reminder_rules (id) DEFERRABLE INITIALLY DEFERRED,
        occurrence TEXT,
        sequence INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        CHECK ((state = 'done') = (done_at IS NOT NULL)),
        CHECK ((repeat_text IS NULL) = (repeat_from IS NULL))
    ) STRICT
    """,
    # With the instants behind: what was open at the end of a past day is read from it alone.
    """
    CREATE INDEX follow_ups_contact ON follow_ups (
        contact_id, state, due_on, created_at, done_at)
    """,
    "CREATE INDEX follow_ups_due ON follow_ups (due_on, due_time, kind) WHERE state = 'open'",
    """
    CREATE INDEX follow_ups_service ON follow_ups (purchase_id)
     WHERE kind = 'service' AND state = 'open'
    """,
    "CREATE INDEX follow_ups_done ON follow_ups (done_at, done_by) WHERE state = 'done'",
    # All that the figures of promises are made of: no row is looked up.
    """
    CREATE INDEX follow_ups_promises ON follow_ups (
        due_on, contact_id, owner, state, done_at, updated_at, created_at, interaction_id)
     WHERE kind = 'promise'
    """,
    "CREATE INDEX follow_ups_previous ON follow_ups (previous_id)",
    "CREATE INDEX follow_ups_interaction ON follow_ups (interaction_id)",
    "CREATE INDEX follow_ups_purchase ON follow_ups (purchase_id)",
    "CREATE INDEX follow_ups_rule ON follow_ups (rule_id, contact_id, occurrence)",
)

BIRTHDAYS = (
    # Month and day of 1990-05-31 and of --05-31, for whoever asks whose birthday it is.
    """
    CREATE INDEX contacts_birthday ON contacts (substr(birthday, -5))
     WHERE birthday IS NOT NULL
    """,
)

LEDGER = (
    # One row for each follow-up, occurrence (its day, with a time '2026-05-31T09:30'), recipient
    # and channel. A row that is claimed is safe to try again; handing_over was committed before
    # the message's bytes went out, and what dies in it is in doubt.
    """
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY,
        follow_up INTEGER NOT NULL,
        occurrence TEXT NOT NULL,
        recipient TEXT NOT NULL,
        channel TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN (
            'claimed', 'handing_over', 'sent', 'failed', 'in_doubt', 'skipped')),
        message_id TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try_at TEXT,
        claimed_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        error TEXT,
        UNIQUE (follow_up, occurrence, recipient, channel)
    ) STRICT
    """,
    """
    CREATE INDEX deliveries_unsettled ON deliveries (state)
     WHERE state NOT IN ('sent', 'skipped')
    """,
    # One row for each run of `remind send`: the heartbeat. finished_at is NULL for a run that
    # is going on, or was cut off.
    """
    CREATE TABLE send_runs (
        id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL,
        finished_at TEXT,
        due INTEGER NOT NULL DEFAULT 0,
        sent INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        in_doubt INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        waiting INTEGER NOT NULL DEFAULT 0,
        exit_code INTEGER,
        error TEXT
    ) STRICT
    """,
    # Addresses that a mail server refused for good: nothing is sent there until it is mended.
    """
    CREATE TABLE bad_addresses (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL UNIQUE,
        reason TEXT NOT NULL,
        marked_at TEXT NOT NULL
    ) STRICT
    """,
)

VIEWS = (
    """
    CREATE VIEW crm_interactions AS
    SELECT i.id, i.uid, i.contact_id, c.name AS contact, i.happened_at, i.channel, i.direction,
           i.subject, i.body, i.outcome, i.sentiment, i.duration_minutes, i.by_name, i.campaign,
           i.message_id
      FROM interactions i JOIN contacts c ON c.id = i.contact_id
    """,
    """
    CREATE VIEW crm_follow_ups AS
    SELECT f.id, f.uid, f.contact_id, c.name AS contact, f.kind, f.due_on, f.due_time, f.text,
           f.repeat_text, coalesce(f.owner, c.owner) AS owner, f.state, f.done_at,
           f.done_by, f.purchase_id
      FROM follow_ups f JOIN contacts c ON c.id = f.contact_id
    """,
)

PICKLISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "channel": (
        ("call", "Call"),
        ("email", "E-mail"),
        ("meeting", "Meeting"),
        ("chat", "Chat"),
        ("visit", "Visit"),
        ("note", "Note"),
        ("sms", "SMS"),
        ("letter", "Letter"),
        ("other", "Other"),
    ),
    "outcome": (
        ("reached", "Reached"),
        ("no-answer", "No answer"),
        ("voicemail", "Left a message"),
        ("interested", "Interested"),
        ("not-interested", "Not interested"),
        ("agreed", "Agreed"),
        ("call-back", "Wants a call back"),
        ("other", "Other"),
    ),
}
"""Built-in values: list -> (key, label); the owner may rename and add."""


def _seed() -> tuple[str, ...]:
    values = [
        f"('{name}', '{key}', '{label}', {position})"
        for name, pairs in PICKLISTS.items()
        for position, (key, label) in enumerate(pairs, start=1)
    ]
    # The owner may have added choices since schema 1: ids go on from the counter.
    return (
        f"""
        INSERT INTO picklist_values (id, list, key, label, position)
        SELECT (SELECT next_id FROM counters WHERE name = 'picklist_values')
               + row_number() OVER () - 1, column1, column2, column3, column4
          FROM (VALUES {", ".join(values)})
        """,
        """
        UPDATE counters SET next_id = (SELECT max(id) + 1 FROM picklist_values)
         WHERE name = 'picklist_values'
        """,
    )


STATEMENTS: tuple[str, ...] = (
    *INTERACTIONS,
    *RULES,
    *FOLLOW_UPS,
    *BIRTHDAYS,
    *LEDGER,
    *VIEWS,
    *_seed(),
)
