"""What other products and people call stages, states, loss reasons and forecast categories.

All keys are squeezed: folded, letters and digits alone (``Closed-Lost`` -> ``closedlost``).
"""

from __future__ import annotations

from functools import lru_cache

from crm_cli.domain.values import fold

_STAGES = {
    "new": "new, open, opennotcontacted, notcontacted, uncontacted, assigned, leadin, lead,"
    " incoming, prospecting, prospect, neu, offen, nouveau, nouvelle, aqualifier,"
    " attemptedtocontact, fresh, unassigned, todo, eingang, anfrage, interessent",
    "contacted": "contactmade, working, workingcontacted, inprocess, inprogress, nurture,"
    " contactinfuture, recycled, connected, attempted, appointmentscheduled, qualification,"
    " kontaktiert, kontaktaufgenommen, contacte, contactee, termin, termingeplant, opendeal",
    "qualified": "prequalified, qualifiedtobuy, needsanalysis, valueproposition, demoscheduled,"
    " demomaking, democompleted, demo, identifydecisionmakers, iddecisionmakers, discovery,"
    " qualifiziert, bedarfsanalyse, qualifie, qualifiee, salesqualified, marketingqualified",
    "proposal": "proposalmade, proposalsent, proposalquotation, proposalpricequote, quote,"
    " quotation, quotesent, presentationscheduled, perceptionanalysis, offer, offersent, angebot,"
    " angebotversendet, angebotverschickt, offerte, proposition, devis, devisenvoye",
    "negotiation": "negotiations, negotiationsstarted, negotiationreview, contractsent,"
    " decisionmakerboughtin, readytoclose, verbalcommit, verhandlung, inverhandlung,"
    " vertragsentwurf, vertragversendet, negociation, ennegociation",
    "won": "closedwon, closewon, wonclosed, dealwon, success, successful, sold, gewonnen,"
    " abgeschlossengewonnen, auftrag, gagne, gagnee, conclu, signe, closedconverted,"
    " abgeschlossenundgewonnen, fermegagne, clotureegagnee",
    "lost": "closedlost, closelost, lostclosed, deallost, dead, junk, junklead, lostlead,"
    " unqualified, notqualified, disqualified, baddata, badfit, closednotconverted,"
    " closedlosttocompetition, unsuccessful, verloren, abgeschlossenverloren, abgelehnt, perdu,"
    " perdue, refuse, abgeschlossenundverloren, fermeperdu, clotureeperdue, spam",
}

STAGES = {
    word.strip(): key
    for key, words in _STAGES.items()
    for word in (key, *words.split(","))
}  # fmt: skip
"""Squeezed word -> the key of the stage in the pipeline that comes with the program."""

CONVERTED = frozenset({"converted", "closedconverted", "konvertiert", "umgewandelt", "converti"})
"""Leads that have become an opportunity, which is in a file of its own."""

DELETED = frozenset({"deleted", "geloscht", "geloescht", "supprime", "supprimee"})

STATES = {
    **dict.fromkeys(("open", "offen", "active", "inprogress", "ouvert", "ouverte", "pending"),
                    "open"),
    **{word: key for word, key in STAGES.items() if key in {"won", "lost"}},
}  # fmt: skip

LOSS_REASONS = {
    **dict.fromkeys(
        ("price", "tooexpensive", "pricing", "zuteuer", "preis", "prix", "tropcher", "cost"),
        "price",
    ),
    **dict.fromkeys(
        ("competitor", "losttocompetitor", "competition", "losttocompetition", "wettbewerb",
         "konkurrenz", "mitbewerber", "anmitbewerberverloren", "concurrence", "concurrent",
         "wenttocompetitor"),
        "competitor",
    ),
    **dict.fromkeys(
        ("nobudget", "budget", "nobudgetlostfunding", "lostfunding", "keinbudget",
         "pasdebudget", "lackofbudget"),
        "no-budget",
    ),
    **dict.fromkeys(
        ("timing", "badtiming", "notnow", "zeitpunkt", "falscherzeitpunkt", "toolate",
         "mauvaismoment", "postponed", "verschoben"),
        "timing",
    ),
    **dict.fromkeys(
        ("noneed", "nointerest", "notinterested", "keinbedarf", "keininteresse", "pasinteresse",
         "pasdebesoin", "noneedanymore"),
        "no-need",
    ),
    **dict.fromkeys(
        ("noanswer", "noresponse", "nodecision", "nodecisionnonresponsive", "nonresponsive",
         "unresponsive", "ghosted", "keineantwort", "keineruckmeldung", "pasdereponse",
         "stoppedanswering"),
        "no-answer",
    ),
    **dict.fromkeys(
        ("notafit", "badfit", "missingfeature", "missingfeatures", "nofit", "passtnicht",
         "lackoffeatures", "productfit", "fehlendefunktion"),
        "not-a-fit",
    ),
    **dict.fromkeys(("other", "andere", "anderer", "sonstiges", "autre", "unknown"), "other"),
}  # fmt: skip

FORECASTS = {
    "commit": "commit", "committed": "commit", "mostlikely": "commit", "bestcase": "best",
    "best": "best", "upside": "best", "pipeline": "pipeline", "omitted": "omitted",
    "notforecasted": "omitted", "omit": "omitted",
}  # fmt: skip
"""Squeezed word -> forecast category; another word says nothing (a closed deal's)."""

YES = frozenset("true yes y 1 ja oui wahr vrai x".split())
NO = frozenset("false no n 0 nein non falsch faux".split())

DEFAULT_PIPELINES = frozenset(
    "sales salespipeline default defaultpipeline pipeline standard standardpipeline master"
    " dealspipeline vertrieb vertriebspipeline verkauf deals".split()
)
"""What products call the pipeline that is there from the beginning."""


@lru_cache(maxsize=1024)
def squeezed(text: str) -> str:
    """Return a word as the tables here have it."""
    return "".join(char for char in fold(text) if char.isalnum())
