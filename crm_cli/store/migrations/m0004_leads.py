"""Schema 4: leads, the stages they go through, what they were worth when, and sales targets.

A past day can always be printed as it stood: ``stage_changes`` says where a lead was,
``lead_terms`` what was known of it until its terms changed, ``stage_odds`` what its stage
promised. Instants in them are when a thing was so, not when it was typed: a sale of May that is
noted in July is May's.
"""

from __future__ import annotations

STAGES = (
    # key is stable and lives in exports; the name may change, and aliases (a JSON array) keeps
    # the former ones. The first one that is not retired is the default.
    """
    CREATE TABLE pipelines (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        aliases TEXT NOT NULL DEFAULT '[]',
        position INTEGER NOT NULL,
        is_retired INTEGER NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1))
    ) STRICT
    """,
    # probability in basis points; a won stage has 10000, a lost one 0. A lead that stays longer
    # than rotten_days in a stage is stale there. aliases (a JSON array) are former names, and
    # those of other products.
    """
    CREATE TABLE stages (
        id INTEGER PRIMARY KEY,
        pipeline_id INTEGER NOT NULL REFERENCES pipelines (id) DEFERRABLE INITIALLY DEFERRED,
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        aliases TEXT NOT NULL DEFAULT '[]',
        kind TEXT NOT NULL CHECK (kind IN ('open', 'won', 'lost')),
        position INTEGER NOT NULL,
        probability INTEGER NOT NULL CHECK (probability BETWEEN 0 AND 10000),
        rotten_days INTEGER CHECK (rotten_days > 0),
        note TEXT,
        is_retired INTEGER NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1)),
        CHECK (kind <> 'won' OR probability = 10000),
        CHECK (kind <> 'lost' OR probability = 0),
        UNIQUE (pipeline_id, key)
    ) STRICT
    """,
    # What a stage's probability was until it was changed; the present one is in stages.
    """
    CREATE TABLE stage_odds (
        id INTEGER PRIMARY KEY,
        stage_id INTEGER NOT NULL REFERENCES stages (id) DEFERRABLE INITIALLY DEFERRED,
        until_at TEXT NOT NULL,
        probability INTEGER NOT NULL CHECK (probability BETWEEN 0 AND 10000)
    ) STRICT
    """,
    "CREATE INDEX stage_odds_stage ON stage_odds (stage_id, until_at)",
)

ASSIGNMENT = (
    # Who gets a new lead: the first rule whose filter (expression; NULL: every lead) it passes.
    # owners is a JSON array of names, who take turns.
    """
    CREATE TABLE lead_routes (
        id INTEGER PRIMARY KEY,
        position INTEGER NOT NULL,
        expression TEXT,
        owners TEXT NOT NULL,
        is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
)

LEADS = (
    # value in minor units, NULL when nobody knows; probability in basis points, NULL: that of the
    # stage. state is the kind of the stage. forecast is the owner's own word on it, NULL: by its
    # probability. purchase_id is the sale that winning it wrote, route_id the rule that gave it
    # its owner. fingerprint is set by imports and kept through edits, as that of purchases is.
    """
    CREATE TABLE leads (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL,
        contact_id INTEGER NOT NULL REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        title TEXT NOT NULL,
        folded TEXT NOT NULL,
        stage_id INTEGER NOT NULL REFERENCES stages (id) DEFERRABLE INITIALLY DEFERRED,
        state TEXT NOT NULL CHECK (state IN ('open', 'won', 'lost')),
        probability INTEGER CHECK (probability BETWEEN 0 AND 10000),
        value INTEGER CHECK (value >= 0),
        currency TEXT,
        expected_on TEXT,
        forecast TEXT CHECK (forecast IN ('commit', 'best', 'pipeline', 'omitted')),
        source TEXT,
        campaign TEXT,
        referred_by_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        owner TEXT,
        opened_at TEXT NOT NULL,
        stage_since TEXT NOT NULL,
        closed_at TEXT,
        loss_reason TEXT,
        competitor TEXT,
        notes TEXT,
        purchase_id INTEGER REFERENCES purchases (id) DEFERRABLE INITIALLY DEFERRED,
        route_id INTEGER REFERENCES lead_routes (id) DEFERRABLE INITIALLY DEFERRED,
        external_id TEXT,
        fingerprint INTEGER,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        CHECK ((value IS NULL) = (currency IS NULL)),
        CHECK ((state = 'open') = (closed_at IS NULL)),
        CHECK (state = 'lost' OR (loss_reason IS NULL AND competitor IS NULL))
    ) STRICT
    """,
    "CREATE INDEX leads_contact ON leads (contact_id, state)",
    "CREATE INDEX leads_stage ON leads (stage_id, stage_since)",
    "CREATE INDEX leads_closed ON leads (closed_at, state) WHERE state <> 'open'",
    "CREATE INDEX leads_folded ON leads (folded)",
    "CREATE INDEX leads_referred ON leads (referred_by_id) WHERE referred_by_id IS NOT NULL",
    "CREATE INDEX leads_purchase ON leads (purchase_id) WHERE purchase_id IS NOT NULL",
    "CREATE INDEX leads_route ON leads (route_id, owner) WHERE route_id IS NOT NULL",
    "CREATE INDEX leads_external ON leads (external_id) WHERE external_id IS NOT NULL",
    "CREATE INDEX leads_fingerprint ON leads (fingerprint) WHERE fingerprint IS NOT NULL",
    # One stay of a lead in a stage: from entered_at until left_at, NULL where it is still. The
    # stays of a lead follow each other without a gap; the one in a won or lost stage begins when
    # it was closed. loss_reason and competitor are those of a lost one, kept when it is reopened.
    """
    CREATE TABLE stage_changes (
        id INTEGER PRIMARY KEY,
        lead_id INTEGER NOT NULL REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED,
        stage_id INTEGER NOT NULL REFERENCES stages (id) DEFERRABLE INITIALLY DEFERRED,
        entered_at TEXT NOT NULL,
        left_at TEXT,
        loss_reason TEXT,
        competitor TEXT,
        by_name TEXT,
        CHECK (left_at >= entered_at)
    ) STRICT
    """,
    # All that figures of half a million stays are made of: no row is looked up.
    """
    CREATE INDEX stage_changes_lead ON stage_changes (lead_id, entered_at, id, stage_id, left_at)
    """,
    """
    CREATE INDEX stage_changes_stage ON stage_changes (stage_id, lead_id, entered_at, left_at)
    """,
    # The last finished stays of a stage, for how long one usually takes.
    """
    CREATE INDEX stage_changes_left ON stage_changes (stage_id, left_at, entered_at)
     WHERE left_at IS NOT NULL
    """,
    # What a lead's terms were until they were changed; the present ones are in leads.
    """
    CREATE TABLE lead_terms (
        id INTEGER PRIMARY KEY,
        lead_id INTEGER NOT NULL REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED,
        until_at TEXT NOT NULL,
        value INTEGER,
        currency TEXT,
        probability INTEGER,
        expected_on TEXT,
        forecast TEXT,
        owner TEXT
    ) STRICT
    """,
    "CREATE INDEX lead_terms_lead ON lead_terms (lead_id, until_at)",
    """
    CREATE TABLE lead_tags (
        id INTEGER PRIMARY KEY,
        lead_id INTEGER NOT NULL REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED,
        tag_id INTEGER NOT NULL REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED,
        UNIQUE (lead_id, tag_id)
    ) STRICT
    """,
    "CREATE INDEX lead_tags_tag ON lead_tags (tag_id)",
    # Imported leads that were deleted since: the same file does not bring them back.
    """
    CREATE TABLE lead_tombstones (
        id INTEGER PRIMARY KEY,
        contact_id INTEGER REFERENCES contacts (id) DEFERRABLE INITIALLY DEFERRED,
        external_id TEXT,
        fingerprint INTEGER
    ) STRICT
    """,
    "CREATE INDEX lead_tombstones_contact ON lead_tombstones (contact_id)",
    "CREATE INDEX lead_tombstones_external ON lead_tombstones (external_id)",
    "CREATE INDEX lead_tombstones_value ON lead_tombstones (fingerprint)",
)

TIES = (
    (
        "ALTER TABLE interactions ADD COLUMN"
        " lead_id INTEGER REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED"
    ),
    "CREATE INDEX interactions_lead ON interactions (lead_id) WHERE lead_id IS NOT NULL",
    (
        "ALTER TABLE follow_ups ADD COLUMN"
        " lead_id INTEGER REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED"
    ),
    """
    CREATE INDEX follow_ups_lead ON follow_ups (
        lead_id, state, due_on, created_at, done_at, updated_at)
     WHERE lead_id IS NOT NULL
    """,
    # Whose next step is due, among all that is.
    """
    CREATE INDEX follow_ups_lead_due ON follow_ups (due_on, due_time, lead_id)
     WHERE state = 'open' AND lead_id IS NOT NULL
    """,
    (
        "ALTER TABLE field_values ADD COLUMN"
        " lead_id INTEGER REFERENCES leads (id) DEFERRABLE INITIALLY DEFERRED"
        " CHECK (lead_id IS NULL OR coalesce(contact_id, product_id, purchase_id) IS NULL)"
    ),
    "CREATE UNIQUE INDEX field_values_lead ON field_values (lead_id, field_id)",
)

SCORING = (
    # Points that a lead gets while it passes a filter. With half_life_days they fade: half of
    # them after so many days since the day that `since` names.
    """
    CREATE TABLE score_rules (
        id INTEGER PRIMARY KEY,
        expression TEXT NOT NULL,
        points INTEGER NOT NULL,
        half_life_days INTEGER CHECK (half_life_days > 0),
        since TEXT,
        label TEXT,
        position INTEGER NOT NULL,
        is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
    # Computed from leads, rules and counts, and never journalled. Each open lead has a row: its
    # score (0 to 100), the rules' points, the model's odds in basis points, all NULL where nothing
    # scores, until the day stale_on (NULL: until something changes); and worth with since
    # (stage_since), by which the next one is found (store/lead_worth.py).
    """
    CREATE TABLE lead_scores (
        lead_id INTEGER PRIMARY KEY,
        score INTEGER,
        points INTEGER,
        odds INTEGER,
        worth INTEGER NOT NULL,
        since TEXT NOT NULL DEFAULT '',
        scored_on TEXT,
        stale_on TEXT
    ) STRICT
    """,
    "CREATE INDEX lead_scores_worth ON lead_scores (worth DESC, since, lead_id)",
    "CREATE INDEX lead_scores_scored ON lead_scores (lead_id) WHERE scored_on IS NOT NULL",
    # The frequencies the model was last learnt from: how many leads with a value of a field were
    # won and lost. The row of field '' is all of them; those of '#...' say where values are cut,
    # and the day.
    """
    CREATE TABLE score_counts (
        id INTEGER PRIMARY KEY,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        won INTEGER NOT NULL,
        lost INTEGER NOT NULL,
        UNIQUE (field, value)
    ) STRICT
    """,
)

GOALS = (
    # target in minor units of currency, or a count where that is NULL. period is '2026',
    # '2026-Q4' or '2026-11'. A goal may be a part of a larger one. pipeline_id: of leads in that
    # pipeline only.
    """
    CREATE TABLE goals (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        metric TEXT NOT NULL,
        comparison TEXT NOT NULL CHECK (comparison IN ('at-least', 'at-most')),
        target INTEGER NOT NULL,
        currency TEXT,
        period TEXT NOT NULL,
        segment TEXT,
        owner TEXT,
        pipeline_id INTEGER REFERENCES pipelines (id) DEFERRABLE INITIALLY DEFERRED,
        parent_id INTEGER REFERENCES goals (id) DEFERRABLE INITIALLY DEFERRED,
        note TEXT,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX goals_parent ON goals (parent_id)",
    "CREATE INDEX goals_pipeline ON goals (pipeline_id)",
    "CREATE INDEX goals_period ON goals (period, metric)",
)

VIEWS = (
    # Once more: with the lead that a talk or a follow-up is about, whose owner does it.
    "DROP VIEW crm_interactions",
    """
    CREATE VIEW crm_interactions AS
    SELECT i.id, i.uid, i.contact_id, c.name AS contact, i.happened_at, i.channel, i.direction,
           i.subject, i.body, i.outcome, i.sentiment, i.duration_minutes, i.by_name, i.campaign,
           i.message_id, i.lead_id
      FROM interactions i JOIN contacts c ON c.id = i.contact_id
    """,
    "DROP VIEW crm_follow_ups",
    """
    CREATE VIEW crm_follow_ups AS
    SELECT f.id, f.uid, f.contact_id, c.name AS contact, f.kind, f.due_on, f.due_time, f.text,
           f.repeat_text, coalesce(f.owner, l.owner, c.owner) AS owner, f.state, f.done_at,
           f.done_by, f.purchase_id, f.lead_id
      FROM follow_ups f JOIN contacts c ON c.id = f.contact_id
      LEFT JOIN leads l ON l.id = f.lead_id
    """,
    """
    CREATE VIEW crm_leads AS
    SELECT l.id, l.uid, l.contact_id, c.name AS contact, l.title, p.name AS pipeline,
           s.name AS stage, l.state,
           CASE l.state WHEN 'open' THEN coalesce(l.probability, s.probability) / 10000.0
                        WHEN 'won' THEN 1.0 ELSE 0.0 END AS probability,
           l.value AS value_minor, l.currency, l.expected_on, l.source, l.campaign, l.owner,
           l.opened_at, l.stage_since, l.closed_at, l.loss_reason, l.competitor
      FROM leads l
      JOIN contacts c ON c.id = l.contact_id
      JOIN stages s ON s.id = l.stage_id
      JOIN pipelines p ON p.id = s.pipeline_id
    """,
    """
    CREATE VIEW crm_stage_changes AS
    SELECT h.id, h.lead_id, p.name AS pipeline, s.name AS stage, s.kind, h.entered_at, h.left_at,
           h.loss_reason, h.competitor, h.by_name
      FROM stage_changes h
      JOIN stages s ON s.id = h.stage_id
      JOIN pipelines p ON p.id = s.pipeline_id
    """,
)

PICKLISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "loss-reason": (
        ("price", "Too expensive"),
        ("competitor", "Went to a competitor"),
        ("no-budget", "No budget"),
        ("timing", "Bad timing"),
        ("no-need", "No need any more"),
        ("no-answer", "Stopped answering"),
        ("not-a-fit", "We did not fit"),
        ("other", "Other"),
    ),
}
"""Built-in values: list -> (key, label); the owner may rename and add."""

DEFAULT_STAGES: tuple[tuple[str, str, str, int, int | None], ...] = (
    ("new", "New", "open", 1000, 14),
    ("contacted", "Contacted", "open", 2000, 14),
    ("qualified", "Qualified", "open", 4000, 21),
    ("proposal", "Proposal", "open", 6000, 21),
    ("negotiation", "Negotiation", "open", 8000, 14),
    ("won", "Won", "won", 10000, None),
    ("lost", "Lost", "lost", 0, None),
)
"""(key, name, kind, probability in basis points, days until a lead is stale there)."""


def _seed() -> tuple[str, ...]:
    values = [
        f"('{name}', '{key}', '{label}', {position})"
        for name, pairs in PICKLISTS.items()
        for position, (key, label) in enumerate(pairs, start=1)
    ]
    stages = [
        f"({position}, 1, '{key}', '{name}', '{kind}', {position}, {probability},"
        f" {'NULL' if rotten is None else rotten})"
        for position, (key, name, kind, probability, rotten) in enumerate(DEFAULT_STAGES, start=1)
    ]
    return (
        # The owner may have added choices since schema 1: ids go on from the counter.
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
        "INSERT INTO pipelines (id, key, name, position) VALUES (1, 'sales', 'Sales', 1)",
        (
            "INSERT INTO stages"
            " (id, pipeline_id, key, name, kind, position, probability, rotten_days)"
            f" VALUES {', '.join(stages)}"
        ),
        (
            "INSERT INTO counters (name, next_id)"
            f" VALUES ('pipelines', 2), ('stages', {len(stages) + 1})"
        ),
    )


STATEMENTS: tuple[str, ...] = (
    *STAGES,
    *ASSIGNMENT,
    *LEADS,
    *TIES,
    *SCORING,
    *GOALS,
    *VIEWS,
    *_seed(),
)
