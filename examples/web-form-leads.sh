#!/bin/sh
# Every hour: what people wrote into a form of the web site becomes leads, each once, with somebody
# who calls back.
#
#   web-form-leads.sh FILE [STORE]      the rows of a file
#   web-form-leads.sh                   a demonstration on the sample file, in a temporary folder
#
# cron knows neither your PATH nor your settings, so its line names everything in full:
#
#   5 * * * *  CRM=/home/mara/.local/bin/crm CRM_DB=/home/mara/crm.db /home/mara/web-form-leads.sh /srv/www/form.csv
#
# FILE is the list that the form writes its rows to: name, e-mail, phone, message, page, submitted
# at, in any order. It may grow while it is read and is never written to: the same rows
# make no second lead, whatever became of the first, and a row that is being written waits for the
# next hour. An address nobody has makes a contact. Who gets the lead is said once, in crm:
#
#   crm lead route add mara,declan --source web
#
# The leads' source is "web", by which routes find them; the page the form stands on is their
# campaign: --where "campaign = '/offices'" in a route.
#
# Prints the leads that came in, and nothing when none did: cron mails what is printed.
# Rows that cannot be read go to a file of rejects, with the reasons; they are named when they change.
# It holds what people wrote, and so it never stands beside FILE, which a web server may hand out.
#
# Settings, in the environment:
#   CRM          the path of the program, if it is not "crm"
#   CRM_DB       the store, if neither STORE nor the user's settings name it
#   FOLDER       where the lock and the rejects go; ~/.local/state/crm-web-form unless said
#   SOURCE       the source of the leads; "web" unless said
#   DATES        dmy or mdy, where the form writes days as 31/12/2026 or 12/31/2026
#   FORM         what the form is called, in one word: the tag of its leads; "web-form" unless said
#   CALL_BACK    when new leads are to be called: "tomorrow 9:00" unless said
#   SETTLED      minutes without a change after which a last line without an end counts; 10
#
# Exits with 0, with 6 when there are new rejected rows, with 75 when another run is at work, else
# with the code of crm (crm help exit-codes).
set -eu
crm=${CRM:-crm}
form=${FORM:-web-form}
folder=${FOLDER:-${XDG_STATE_HOME:-$HOME/.local/state}/crm-web-form}

demonstrate() {
    here=$(dirname "$0")
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    CRM_CONFIG=$folder/config.toml
    CRM_DB=$folder/shop.db
    FOLDER=$folder/state
    export CRM_CONFIG CRM_DB FOLDER
    "$crm" lead route add mara,declan --source web --quiet --now 2026-06-30 >/dev/null
    cp "$here/web-form-leads.csv" "$folder/form.csv"
    for hour in 09 10; do
        printf '%s:05, %s leads:\n' "$hour" "$(leads)"
        CRM_NOW="2026-06-30 $hour:05" sh "$0" "$folder/form.csv"
    done
    printf 'Eva Brunner,eva@brunner.example,,"And 20 cups, please.",/offices,2026-06-30 10:30\n' \
        >>"$folder/form.csv"
    printf 'Somebody,no address,,Hello?,/,2026-06-30 10:31\n' >>"$folder/form.csv"
    printf 'Ida Keller,ida@keller.example,,"This row is just being' >>"$folder/form.csv"
    code=0
    printf '11:05, %s leads:\n' "$(leads)"
    CRM_NOW='2026-06-30 11:05' sh "$0" "$folder/form.csv" || code=$?
    [ "$code" = 6 ] || { echo "the third hour exits with $code, not 6" >&2; exit 1; }
    printf ' written",/,2026-06-30 11:04\n' >>"$folder/form.csv"
    for hour in 12 13; do
        printf '%s:05, %s leads:\n' "$hour" "$(leads)"
        CRM_NOW="2026-06-30 $hour:05" sh "$0" "$folder/form.csv"
    done
    [ "$(leads)" = 5 ] || { echo "there are $(leads) leads, not 5" >&2; exit 1; }
    [ "$("$crm" remind list -f ids --quiet | wc -l)" -eq 5 ]
}

leads() {
    "$crm" lead list --where "tag = $form" -f ids --quiet 2>/dev/null | wc -l | tr -d ' '
}

run_crm() {
    if [ -n "$store" ]; then
        "$crm" --db "$store" "$@"
    else
        "$crm" "$@"
    fi
}

# What a line of tab-separated values under a header says in the column named.
cell() {
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        NR == 2 { print $at }' "$work/result"
}

# The rows of the file that are complete: not a last line without its end, unless nobody has
# written for a while, and no row whose quotation is still open.
complete_rows() {
    if [ "$(tail -c 1 "$1" | wc -l)" -eq 1 ] || [ -n "$(find "$1" -mmin +"${SETTLED:-10}")" ]; then
        cat "$1"
    else
        sed '$d' "$1"
    fi | awk '{ held = held $0 "\n"; marks += gsub(/"/, "&") }
        marks % 2 == 0 { printf "%s", held; held = "" }'
}

if [ $# = 0 ]; then
    demonstrate
    exit
fi

file=$1
store=${2:-}
[ -s "$file" ] || exit 0
(umask 077 && mkdir -p "$folder")
name=$(basename "$file")
kept=$folder/$name

# One run at a time. The lock of flock goes with the process; a folder does not go, and is named.
if command -v flock >/dev/null; then
    exec 9>"$kept.lock"
    flock -n 9 || { echo "another run is at work on $file" >&2; exit 75; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
else
    mkdir "$kept.lock.d" 2>/dev/null || {
        echo "another run is at work on $file, or one was killed: then remove $kept.lock.d" >&2
        exit 75
    }
    work=$(mktemp -d)
    trap 'rm -rf "$work"; rmdir "$kept.lock.d"' EXIT
fi
trap 'exit 130' INT
trap 'exit 143' TERM HUP

complete_rows "$file" >"$work/form.csv"
[ -s "$work/form.csv" ] || exit 0
# The page on which the form stands is the lead's campaign, where there is a column of it.
page=$(head -n 1 "$work/form.csv" | tr ',;\t' '\n\n\n' | tr -d '"\r' | grep -ix 'page' || :)
code=0
run_crm lead import "$work/form.csv" ${page:+--map "$page=campaign"} ${DATES:+--dates "$DATES"} \
    --source "${SOURCE:-web}" --tag "$form" --rejects "$work/rejects.csv" -f tsv --quiet \
    </dev/null >"$work/result" 2>"$work/said" || code=$?
if [ ! -s "$work/result" ]; then
    cat "$work/said" >&2
    exit "$code"
fi

# The newest are those that came in now: each gets somebody who calls, and is shown.
created=$(cell created)
if [ "$created" != 0 ]; then
    run_crm lead list --where "tag = $form" --sort=-id --limit "$created" -f ids --quiet \
        >"$work/new"
    run_crm lead edit - --follow-up "${CALL_BACK:-tomorrow 9:00}" --about "call back" \
        --yes --quiet <"$work/new" >"$work/planned" 2>"$work/said"
    run_crm lead list --where "tag = $form" --sort=-id --limit "$created" --quiet \
        --columns id,title,contact,campaign,owner,next_follow_up_on
fi

# Rejected rows are there again every hour: they are named when they are others than before.
if [ "$code" = 6 ]; then
    if cmp -s "$work/rejects.csv" "$kept.rejects.csv"; then
        exit 0
    fi
    cp "$work/rejects.csv" "$kept.rejects.csv"
    echo "$(cell rejected) rows cannot be read: see $kept.rejects.csv" >&2
    exit 6
fi
rm -f "$kept.rejects.csv"
exit "$code"
