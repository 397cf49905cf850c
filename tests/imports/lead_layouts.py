"""Files of leads as other products write them: made up by us in the layouts they document."""

from __future__ import annotations

from tests.imports.layouts import Layout

HUBSPOT_DEALS = Layout.of(
    "hubspot-deals", "lead",
    "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Currency,Deal probability,Close Date,"
    "Create Date,Deal owner,Associated Contact,Associated Contact IDs,Associated Company,"
    "Associated Company IDs,Closed Lost Reason,Original Traffic Source,Deal Type,Is Closed Won,"
    "Deal Description,Next step\n"
    "9001,Windows,Sales Pipeline,closedwon,12000,CHF,1,2026-05-04 10:15,2026-03-01 09:00,Zoe,"
    "Ada Lovelace (ada@x.org);Bob (bob@x.org),11;12,Analytical Ltd,501,,Organic Search,newbusiness,"
    "true,,\n"
    "9002,Doors,Sales Pipeline,Presentation Scheduled,800.50,EUR,0.6,2026-08-31 00:00,"
    "2026-04-02 08:30,Zoe,,,Analytical Ltd,501,,Referrals,,false,Oak,Send the plan\n"
    "9003,Roof,Sales Pipeline,Closed Lost,,,0,2026-06-01 12:00,2026-05-01 12:00,Max,,,Beta GmbH,502,"
    "Too expensive,,,false,,\n",
    "Record ID,Deal Name,Deal Stage,Amount,Close Date,Create Date,Associated Company",
)  # fmt: skip

SALESFORCE_OPPORTUNITIES = Layout.of(
    "salesforce-opportunities", "lead",
    "Opportunity ID,Opportunity Name,Account Name,Primary Contact,Stage,Amount,Amount Currency,"
    "Probability (%),Close Date,Created Date,Opportunity Owner,Lead Source,Next Step,Type,Age,"
    "Loss Reason,Main Competitor(s)\n"
    "0061,Windows,Analytical Ltd,Ada Lovelace,Closed Won,12000,CHF,100,2026-05-04,2026-03-01,Zoe,Web,"
    ",New Business,64,,\n"
    "0062,Doors,Analytical Ltd,,Value Proposition,800.5,EUR,50,2026-08-31,2026-04-02,Zoe,Web,Call,"
    ",104,,\n"
    "0063,Roof,,,Closed Lost,,,0,2026-06-01,2026-05-01,Max,,,,31,Lost to Competitor,Gamma\n",
    "Opportunity ID,Opportunity Name,Stage,Amount,Close Date,Created Date,Account Name",
)  # fmt: skip

SALESFORCE_LEADS = Layout.of(
    "salesforce-leads", "lead",
    "Lead ID,First Name,Last Name,Title,Company / Account,Email,Phone,Mobile,Street,City,"
    "Zip/Postal Code,Country,Lead Source,Lead Status,Rating,Lead Owner,Created Date,Description\n"
    "00Q1,Ada,Lovelace,Countess,Analytical Ltd,ada@x.org,+41446681800,,Gasse 1,Bern,3011,Switzerland,"
    "Web,Open - Not Contacted,Hot,Zoe,2026-03-01,Asks for windows\n"
    "00Q2,Bob,Babbage,,Engines Inc,bob@x.org,,+41446681801,,,,,Web,Working - Contacted,,Zoe,"
    "2026-03-02,\n"
    "00Q3,Cy,Closed,,Gone Ltd,cy@x.org,,,,,,,,Closed - Not Converted,,Max,2026-03-03,\n",
    "Lead ID,Last Name,Company / Account,Email,Lead Status,Created Date",
)  # fmt: skip

PIPEDRIVE_DEALS = Layout.of(
    "pipedrive-deals", "lead",
    "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Organization,"
    "Deal - Organization ID,Deal - Pipeline,Deal - Contact person,Person - Email - Work,Deal - Stage,"
    "Deal - Status,Deal - Probability,Deal - Expected close date,Deal - Deal created,"
    "Deal - Deal closed on,Deal - Won time,Deal - Lost time,Deal - Lost reason,Deal - Owner,"
    "Deal - Label,Deal - Weighted value,Deal - Next activity date,Deal - Total activities\n"
    '1,Windows,12000,CHF,"Analytical, Ltd",501,Pipeline,Ada Lovelace,"ada@x.org, ada@y.org",'
    "Negotiations Started,Won,,2026-05-31,2026-03-01 09:00:00,2026-05-04 10:15:00,"
    "2026-05-04 10:15:00,,,Zoe,Hot,12000,,3\n"
    "2,Doors,800.5,EUR,Beta GmbH,502,Pipeline,,,Proposal Made,Open,60,2026-08-31,"
    "2026-04-02 08:30:00,,,,,Zoe,,480.3,2026-07-20,1\n"
    "3,Roof,0,EUR,Beta GmbH,502,Pipeline,,,Contact Made,Lost,,,2026-05-01 12:00:00,"
    "2026-06-01 12:00:00,,2026-06-01 12:00:00,Price,Max,,0,,0\n",
    "Deal - ID,Deal - Title,Deal - Value,Deal - Stage,Deal - Status,Deal - Organization,"
    "Deal - Deal created,Deal - Deal closed on",
)  # fmt: skip

ZOHO_DEALS = Layout.of(
    "zoho-deals", "lead",
    "Record Id,Deal Name,Account Name.id,Account Name,Contact Name.id,Contact Name,Stage,Pipeline,"
    "Amount,Currency,Probability (%),Closing Date,Created Time,Modified Time,Deal Owner.id,"
    "Deal Owner,Lead Source,Type,Reason For Loss,Expected Revenue,Tag,Description\n"
    "zcrm_1,Windows,zcrm_501,Analytical Ltd,zcrm_11,Ada Lovelace,Closed Won,Standard,12000,CHF,100,"
    '2026-05-04,2026-03-01 09:00:00,2026-05-04 10:15:00,zcrm_9,Zoe,Web,New,,12000,"hot, big",\n'
    "zcrm_2,Doors,zcrm_502,Beta GmbH,,,Proposal/Price Quote,Standard,800.5,EUR,60,2026-08-31,"
    "2026-04-02 08:30:00,2026-04-02 08:30:00,zcrm_9,Zoe,,,,480.3,,Oak\n"
    "zcrm_3,Roof,,,,,Closed Lost,Standard,,,0,2026-06-01,2026-05-01 12:00:00,2026-06-01 12:00:00,"
    "zcrm_9,Max,,,Price,0,,\n",
    "Record Id,Deal Name,Stage,Amount,Closing Date,Created Time,Account Name",
)  # fmt: skip

ZOHO_LEADS = Layout.of(
    "zoho-leads", "lead",
    "Record Id,Lead Owner.id,Lead Owner,Company,First Name,Last Name,Title,Email,Phone,Mobile,"
    "Lead Source,Lead Status,Created Time,Street,City,State,Zip Code,Country,Rating,Tag\n"
    "zcrm_21,zcrm_9,Zoe,Analytical Ltd,Ada,Lovelace,Countess,ada@x.org,+41446681800,,Web,Not Contacted,"
    "2026-03-01 09:00:00,Gasse 1,Bern,,3011,Switzerland,Hot,hot\n"
    "zcrm_22,zcrm_9,Zoe,Engines Inc,Bob,Babbage,,bob@x.org,,+41446681801,,Lost Lead,"
    "2026-03-02 09:00:00,,,,,,,\n",
    "Record Id,Last Name,Company,Email,Lead Status,Created Time,Lead Owner",
)  # fmt: skip

FRAPPE_DEALS = Layout.of(
    "frappe-deals", "lead",
    "ID,Organization,Organization Name,Status,Deal Owner,Deal Value,Currency,Probability,"
    "Expected Closure Date,Closed Date,Created On,Lost Reason,Next Step,Source,First Name,Last Name,"
    "Primary Email,Email,Primary Mobile No,Territory,Exchange Rate\n"
    "CRM-DEAL-1,Analytical Ltd,,Won,zoe@us.org,12000,CHF,100,2026-05-31,2026-05-04,"
    "2026-03-01 09:00:00,,,Web,Ada,Lovelace,ada@x.org,,,Bern,0.9\n"
    "CRM-DEAL-2,Beta GmbH,,Proposal/Quotation,zoe@us.org,800.5,EUR,60,2026-08-31,,"
    "2026-04-02 08:30:00,,Call,,,,,,,,1\n"
    "CRM-DEAL-3,Beta GmbH,,Lost,max@us.org,,,0,,2026-06-01,2026-05-01 12:00:00,Pricing,,,,,,,,,1\n",
    "ID,Organization,Status,Deal Owner,Deal Value,Created On,Closed Date",
)  # fmt: skip

FRAPPE_LEADS = Layout.of(
    "frappe-leads", "lead",
    "ID,Lead Name,First Name,Last Name,Organization,Email,Mobile No,Status,Source,Lead Owner,"
    "Created On,Converted,Territory\n"
    "CRM-LEAD-1,Ada Lovelace,Ada,Lovelace,Analytical Ltd,ada@x.org,+41446681800,Nurture,Web,zoe@us.org,"
    "2026-03-01 09:00:00,0,Bern\n"
    "CRM-LEAD-2,Bob,Bob,,Engines Inc,bob@x.org,,Junk,,zoe@us.org,2026-03-02 09:00:00,0,\n",
    "ID,Lead Name,Organization,Email,Status,Lead Owner,Created On",
)  # fmt: skip

ESPOCRM_OPPORTUNITIES = Layout.of(
    "espocrm-opportunities", "lead",
    'ID,Name,Account,Contacts,Stage,Amount,Amount (Currency),"Probability, %",Close Date,Created At,'
    "Assigned User,Lead Source,Campaign,Description,Type,Amount Weighted\n"
    "e1,Windows,Analytical Ltd,Ada Lovelace,Closed Won,12000,CHF,100,2026-05-04,2026-03-01 09:00:00,"
    "Zoe,Web Site,Spring,,New,12000\n"
    "e2,Doors,Beta GmbH,,Proposal,800.5,EUR,60,2026-08-31,2026-04-02 08:30:00,Zoe,,,Oak,,480.3\n"
    "e3,Roof,,,Closed Lost,,,0,2026-06-01,2026-05-01 12:00:00,Max,,,,,0\n",
    "ID,Name,Account,Stage,Amount,Close Date,Created At,Assigned User",
)  # fmt: skip

ESPOCRM_LEADS = Layout.of(
    "espocrm-leads", "lead",
    "ID,Name,First Name,Last Name,Title,Account Name,Email,Phone,Status,Source,Opportunity Amount,"
    "Opportunity Amount (Currency),City,Country,Assigned User,Created At,Description,Industry\n"
    "l1,Ada Lovelace,Ada,Lovelace,Countess,Analytical Ltd,ada@x.org,+41446681800,In Process,Web Site,"
    "500,CHF,Bern,Switzerland,Zoe,2026-03-01 09:00:00,Asks for windows,Banking\n"
    "l2,Bob,Bob,,,Engines Inc,bob@x.org,,Dead,,,,,,Zoe,2026-03-02 09:00:00,,\n",
    "ID,Name,Account Name,Status,Email,Assigned User,Created At",
)  # fmt: skip

LEAD_LAYOUTS = (
    HUBSPOT_DEALS, SALESFORCE_OPPORTUNITIES, SALESFORCE_LEADS, PIPEDRIVE_DEALS, ZOHO_DEALS,
    ZOHO_LEADS, FRAPPE_DEALS, FRAPPE_LEADS, ESPOCRM_OPPORTUNITIES, ESPOCRM_LEADS,
)  # fmt: skip
