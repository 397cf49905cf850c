"""Reading use cases of figures: one measure family a module, one definition a report.

``REPORTS`` is the one home of each definition: it stands under the figures, in ``--help`` and
in the reference pages.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A report: the module that computes it, its help line, its definition in a line (printed
    under the figures; at most 100 characters, where plain text is wrapped) and in full (in
    ``--help`` and the reference pages), and the module of commands that holds its verb where
    ``report`` itself does not."""

    module: str
    help: str
    definition: str
    details: str
    verb_module: str = "report_talks"


REPORTS: dict[str, Entry] = {
    "segments": Entry(
        "segments",
        "Customers by recency, frequency and value (RFM).",
        "Recency, orders, revenue score 1 + floor(5 k / n), k of n strictly worse; share = of all"
        " customers.",
        "A customer is a contact with at least one order up to the as-of day. Recency is the"
        " days from the last order to that day, frequency the number of orders, monetary value"
        " the revenue: sales less returns. Each is scored 1 to 5, 5 best: 1 + floor(5 k / n),"
        " where k of n customers have a strictly worse value, so that equal values share a"
        " score. The three scores name the segment. Fixed cut points may be set instead:"
        " recency as the most days for 5, 4, 3 and 2, the others as the least for 2, 3, 4 and 5.",
    ),
    "retention": Entry(
        "retention",
        "Cohorts by first order, and how many came back.",
        "Cohort = period of first order; rate = customers with an order in the i-th period after"
        " / size.",
        "A cohort is the period (week from Monday, month, quarter, year) of a customer's first"
        " order; column i is the i-th period after it. A customer is active in a column with at"
        " least one order in that period; rolling (of customers alone): in that period or any"
        " later one up to the as-of day. The rate is active customers over the size of the"
        " cohort; with the measure revenue, the revenue of the cell over that of column 0. A"
        " period whose last day is after the as-of day is open: shown, marked (for programs,"
        " complete is how many columns are closed), and left out of the average, which is"
        " weighted by size (or by the revenue of column 0). A period selects cohorts. Columns that"
        " only cohorts of more than a century ago have are left out: one wrong year would make"
        " thousands of them.",
    ),
    "repeat": Entry(
        "repeat",
        "Repeat rate, and the days between orders.",
        "Repeat rate = customers with 2+ orders (by day: on 2+ days) / customers; gap = days"
        " between those.",
        "The repeat rate is customers with two or more orders over all customers; because two"
        " orders of one day may be one purchase in two parcels, the rate of those with orders on"
        " two or more days stands beside it. A gap is the days between two neighbouring days"
        " with an order of one customer. A period selects customers by their first order.",
    ),
    "sales": Entry(
        "sales",
        "Revenue by period and dimension.",
        "Revenue = sales less returns on their days; an order counts on its first; average ="
        " sales / orders.",
        "Revenue is sales less returns, each line on its own day; returns are shown as a"
        " positive amount. An order is all sale lines of a contact with one order number, a line"
        " without one is an order of its own; it counts on the earliest day of its lines, and"
        " once in each group that it has a line in. The average order is sales over orders. Two"
        " contacts or products of one name are two rows. A row of report explain is a period"
        " (2026-05:revenue), with a dimension its value (Tea:revenue; #7 is the record of that id,"
        " (none) the row without a value), with both PERIOD/VALUE (2026-05/Tea:revenue).",
    ),
    "completeness": Entry(
        "completeness",
        "How filled contacts are, and whom to ask first.",
        "Rate = contacts that have a value / contacts that should have one; complete = all asked"
        " for.",
        "For every field the share of contacts that have a value, over all that should have one:"
        " a company needs no first name, birthday or employer. A contact is complete with every"
        " field that the owner requires (crm field edit contact.FIELD --required) or, where none"
        " is, with an e-mail address, a phone number and a town. Asked for first is what is"
        " required, then what most contacts have. Whom to ask first: of those who lack something,"
        " who ordered most often, then who ordered last. Archived contacts are left out. Products"
        " and purchases are counted likewise: a product is complete with what is required or,"
        " where nothing is, a category and a price, a purchase with a product; retired products"
        " and returns are left out.",
    ),
    "activity": Entry(
        "activity",
        "Talks by person and period: how many, with whom.",
        "Talks by who of us, on local days; in + out + neither = all; contacts = people who took"
        " part.",
        "A talk is any recorded interaction, notes included; it belongs to the day on the clock of"
        " the business on which it happened, and to whoever of us it was by. In is from them to"
        " us, out from us to them; what has no direction, as a note, is in neither. Contacts are"
        " the different people it was with, those who took part beside them included; of several"
        " rows each counts its own, and the total counts everybody once. Minutes are the durations"
        " that were written down. Follow-ups done are those that a person marked as done on the"
        " days of the row. By contact a talk counts for everybody who took part, and once in the"
        " total. A row of report explain is a value (ada:in; #7 is the contact of that id, (none)"
        " the row without a value), with --by PERIOD/VALUE (2026-05/ada:in), of total a period.",
    ),
    "channels": Entry(
        "channels",
        "Talks by channel, and how they ended.",
        "Reached = outgoing talks with the outcome reached / outgoing; outcomes: share of talks"
        " with one.",
        "For every channel the talks (interactions, notes included), those in and out, the"
        " different contacts who took part, and the minutes written down. Sentiment is the average"
        " of the talks that have one, from -2 to 2. The reached rate is outgoing talks whose"
        " outcome is reached, over all outgoing talks of the channel; other outcomes, though they"
        " may mean that somebody was reached, are not in it. The share of an outcome is the talks"
        " with that outcome over the talks with any.",
    ),
    "quiet": Entry(
        "quiet",
        "Customers nobody spoke to, the most valuable first.",
        "Quiet = customers without a talk for --idle days / customers; a talk is in or out, and no"
        " note.",
        "A customer is a living contact, not archived, with the role customer or with an order up"
        " to the as-of day. A talk is an interaction in or out whose channel is not note; it"
        " counts for everybody who took part. Silence is the days on the business's clock from"
        " the last talk to the as-of day; of somebody who was never spoken to, from the first"
        " record there is: the day the contact was entered, or of the first order where that is"
        " earlier. Quiet is who has been silent for as many days as --idle says, or more.",
    ),
    "promises": Entry(
        "promises",
        "Promises to customers: kept, late, open.",
        "Kept rate = kept / (kept + late); kept: done by the due day; late: done after, or open"
        " past it.",
        "A promise is a follow-up that was promised to the customer. It was made on the day of the"
        " talk in which it was made, else on the day it was written down. Kept is what was done on"
        " or before its due day, on the business's clock; late what was done after it, and what is"
        " open though the day is over; open is all else that is not done, and cancelled what was"
        " called off. One without an owner of its own is the contact's owner's."
        " Made is the sum of these four. Early and late are average days: from the day"
        " it was done to the due day of those kept, and from the due day to the day it was done,"
        " or the as-of day, of those late. A period selects promises by the day they were made."
        " As of a past day a promise done later was open then; a cancelled one counts as cancelled"
        " from its last change on, a due day that was moved as it is now.",
    ),
    "pipeline": Entry(
        "pipeline",
        "Open leads by stage, with value and weighted value.",
        "Weighted = value x probability, rounded once a lead; without a value a lead is in no sum.",
        "An open lead is one in a stage that is neither won nor lost at the end of the as-of day."
        " Its probability is its own, else that of its stage; weighted is its value times that,"
        " rounded half up once a lead, and then summed: 100 at 99 % and 200 at 0 % are 99. A lead"
        " without a value is counted apart, and not as 0. Days old is the average of the days from"
        " the opening to the as-of day; stale is who has been in its stage for longer than the"
        " stage's limit. Leads in one currency are reported in it; in several each is converted at"
        " the rate of the day it was opened. As of a past day stage, value, odds and owner are"
        " those of that day. A row of report explain is a stage (proposal:weighted; of several"
        " pipelines sales/proposal), with --by its value ((none): the row without one).",
        "report_leads",
    ),
    "forecast": Entry(
        "forecast",
        "What leads will bring in, by month, against the goal.",
        "Open leads by expected date; commit = 80 %+ or said so, best = commit and 50 %+; won on"
        " its day.",
        "Open leads, in the period of their expected date: value, weighted value (value times"
        " probability, rounded once a lead), commit (the value of leads whose owner says commit"
        " or, where nothing is said, of those at 80 % and more) and best, the best case: commit"
        " and what is called best or stands at 50 % and more. Leads that are called omitted are"
        " in no sum. Open leads whose expected date is past, and those without one, have rows of"
        " their own, overdue and undated. Won leads are in no forecast: their value stands in its"
        " own column, in the period in which they were closed, and lost ones nowhere. Without a"
        " period it is this quarter and the next three; --period all takes every date. The goal"
        " is the one for won-value of the very period, owner and segment; missing is what of it"
        " is not yet won, needed a day that over the days left. A goal for a longer period is"
        " never divided: it stands in a row of its own, with all that is expected and won in its"
        " period, and not in the total. A row of report explain is a period, overdue or undated"
        " (2026-05:weighted), by owner the owner's name ((none): the row without one).",
        "report_leads",
    ),
    "funnel": Entry(
        "funnel",
        "From stage to stage: who went on, who dropped out.",
        "Conversion = leads that ever entered a later stage / leads that ever entered this one.",
        "Of a pipeline (without --pipeline the default one), for each stage the leads that ever"
        " entered it up to the end of the as-of day. Conversion is the share of these that ever"
        " entered a later stage; won counts as later than all others, lost never as progress. A"
        " stage that was skipped was not entered; going back, or being reopened, does not undo"
        " having entered. To next is the share that entered the very next stage, and a column for"
        " each later stage the share that entered that one. Those that never"
        " entered a later one are still open, or lost, on the as-of day: lost ones dropped out, and"
        " drop-off is their share of those that entered. Went on, still open and dropped add up to"
        " entered. Later means by the order that the stages have today. A period selects leads by"
        " the day they were opened. A lead that went on to another pipeline counts in both, and is"
        " won in both.",
        "report_flow",
    ),
    "velocity": Entry(
        "velocity",
        "Days in each stage and to win; what a day brings.",
        "Days: all stays of a lead in a stage; velocity = open x won value x win rate / days to"
        " win.",
        "For each stage the days that leads spent there, all stays of a lead added up: median and"
        " quartiles, by linear interpolation between closest ranks. Days are those of the"
        " calendar, from the day a stage was entered to the day it was left, so that the days of a"
        " lead in all its stages are its age; a stay that goes on runs to the as-of day, and the"
        " figures it is in are marked. Sales velocity, in money a day, is open leads x average"
        " value of a won lead x win rate / average days to win, with won / (won + lost) for the"
        " win rate; won leads without a value are left out of the average value. A period selects"
        " leads that entered the stage in it, with all their stays there, and won and lost ones by"
        " the day they were closed; open leads are those of the as-of day.",
        "report_flow",
    ),
    "goals": Entry(
        "goals",
        "Goals against figures: reached, left, needed.",
        "Left = target - actual; needed a day = left / days left; behind = less than an even pace"
        " has.",
        "A goal is a metric, a target, at least or at most, and a month, quarter or year; of one"
        " owner or segment if it says so. won-value, won-leads and lost-leads count the leads"
        " closed in the period, as they stand on the as-of day; new-leads those opened in it;"
        " weighted-pipeline is the weighted value of open leads at the end of the period, or on"
        " the as-of day before that. revenue, orders and new-customers are those of the reports"
        " on sales (an owner is the contact's), talks those of activity (an owner is who of us"
        " talked). Money is converted into the goal's currency at the rate of each row's own day."
        " A period is over when its last day is not after the as-of day: then a goal is met or"
        " missed. Before that it is met once an at-least target is reached, missed once an"
        " at-most target is exceeded, and else on-track or behind: held against the part of the"
        " target that the days gone by are of all days. A weighted pipeline may still change:"
        " before the end it is neither met nor missed, and held against the whole target. ahead is"
        " one whose period has not begun."
        " Needed a day is what is left over the days left after the as-of day. A row of report"
        " explain is a goal's id (3:actual).",
        "report_leads",
    ),
    "losses": Entry(
        "losses",
        "Lost leads by reason, competitor or stage; win rate.",
        "Lost leads closed in the period; win rate = won / (won + lost), by count and by value.",
        "A lead is lost, or won, if it is so at the end of the as-of day, and belongs to the period"
        " of its closing instant, whatever was edited later; the reason and the competitor are"
        " those of that day. Share is of all lost leads, and of their value. Leads without a value"
        " are counted apart, and not as 0. The win rate is won leads over won and lost ones, by"
        " count and by value; open leads are in neither; by owner, source and campaign each row has"
        " its own. With --by stage a lead is counted where it was before it was lost. Values in"
        " several currencies are each converted at the rate of the day the lead was closed. A row"
        " of report explain is a value (price:lost; (none): the row without one), with --by stage"
        " a stage (proposal, sales/proposal).",
        "report_flow",
    ),
    "sources": Entry(
        "sources",
        "Leads and sales by where they come from.",
        "Opened and closed in the period; win rate = won / (won + lost); sales by the contact's"
        " own.",
        "For every source the leads opened in the period, those open on the as-of day, those won"
        " and lost in the period (by their closing instant), the win rate, won / (won + lost), the"
        " value of those won, and the average days of the calendar from opening to winning. Beside"
        " them what was sold in the period to the contacts of that source: orders, and revenue"
        " less returns, as report sales counts them; the source of a lead and that of its contact"
        " may differ. By campaign and by referrer likewise. Where leads are narrowed by a filter,"
        " segment, pipeline or owner, sales are those of their contacts. Leads and sales have"
        " each one currency, the business's where several meet. A row of report explain is a value"
        " (web:won; (none): the row without one; with --by referrer #7 is the contact of that id).",
        "report_flow",
    ),
    "workload": Entry(
        "workload",
        "Open work by person: leads, follow-ups, promises.",
        "Open leads by owner; no next step: no open follow-up of its own; overdue: due before the"
        " day.",
        "For everybody the leads that are open at the end of the as-of day, their value and their"
        " weighted value (rounded once a lead; leads without a value apart), how many of them are"
        " stale, in their stage for longer than its limit, and how many have no next step: no open"
        " follow-up tied to the lead. Then the open follow-ups, by their owner, else that of their"
        " lead, else that of their contact: all, those due on the day itself, those overdue because"
        " they were due before it, and promises to customers among these; of a past day those that"
        " were open then, with the due day they have now. Where leads are narrowed"
        " by a filter, segment or pipeline, follow-ups are those tied to these leads. A row of"
        " report explain is a person (zoe:leads), (none) the row of nobody.",
        "report_flow",
    ),
    "stranded": Entry(
        "stranded",
        "Open leads without a next step.",
        "Stranded = open leads without an open follow-up of their own / open leads.",
        "A lead is stranded if it is open at the end of the as-of day and no follow-up that is tied"
        " to it is open then. The most valuable come first, then those longest in their stage;"
        " leads without a value last. Age is days of the calendar since it was opened, in stage"
        " since it entered its stage; stale is one longer in its stage than the stage's limit. Last"
        " contact is the last talk in or out with the lead's contact, notes apart; contact's next"
        " the earliest open follow-up of the contact, which is not tied to this lead. A row of"
        " report explain is a lead (#7:last_contacted_at), or all.",
        "report_flow",
    ),
}
"""Report -> what it is, in the order help shows them."""
