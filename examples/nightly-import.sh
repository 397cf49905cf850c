#!/bin/sh
# Every night: a folder of lists comes in, the lists are put away, and somebody gets a mail when
# rows were rejected or a file was bad.
#
#   nightly-import.sh INBOX [STORE]     from cron: 30 2 * * *  nightly-import.sh /srv/shop/inbox
#   nightly-import.sh                   a demonstration on the sample lists, in a temporary folder
#
# products*, contacts* and purchases* or orders* (.csv, .tsv, .txt, .jsonl, .xlsx, .vcf) are
# imported in this order, and so is any .vcf, with people. Any other file is left where it is and
# named; a list among them counts as failed, or nobody would notice that it never comes in. Whoever
# puts files there writes them under another ending (.part) and renames them when complete.
#
#   INBOX/done       what was imported, with the day in its name
#   INBOX/rejected   its rejected rows with the reasons; a file mended goes into INBOX again
#   INBOX            a bad file stays, and is tried and named again every night
#
# Settings, in the environment:
#   CRM              the program, if it is not "crm"
#   CRM_DB           the store, if neither STORE nor the user's settings name it
#   FETCH_COMMAND    is run first and brings the files, such as
#                    'rsync -a --remove-source-files shop:exports/ /srv/shop/inbox/'
#   MAIL_TO          who gets the report, only when there is something to mend
#   MAIL_COMMAND     sends the message on its stdin, headers and all; "sendmail -t" unless said,
#                    "mail" where there is no sendmail
#
# Exits with 0, or 6 when rows were rejected or a file was bad or of no known kind, or the highest other code of crm
# (crm help exit-codes); 75 when another run is at work, a fetch failed or the mail did not go out.
set -eu
crm=${CRM:-crm}

demonstrate() {
    here=$(dirname "$0")
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    CRM_CONFIG=$folder/config.toml
    CRM_NOW=2026-06-30
    MAIL_TO=owner@example.com
    MAIL_COMMAND='echo; echo "The mail:"; cat'
    export CRM_CONFIG CRM_NOW MAIL_TO MAIL_COMMAND
    mkdir "$folder/inbox"
    cp "$here/contacts.csv" "$here/products.csv" "$here/purchases.csv" "$folder/inbox"
    printf 'name,email\nGrace Hopper,grace@example.com\nNobody,no address\n' \
        >"$folder/inbox/contacts from the fair.csv"
    echo "Prices change in May." >"$folder/inbox/read me.txt"
    code=0
    sh "$0" "$folder/inbox" "$folder/shop.db" || code=$?
    [ "$code" = 6 ] || { echo "the first night exits with $code, not 6" >&2; exit 1; }
    printf '\nThe next night:\n'
    sh "$0" "$folder/inbox" "$folder/shop.db"
}

run_crm() {
    if [ -n "$store" ]; then
        $crm --db "$store" "$@"
    else
        $crm "$@"
    fi
}

# The worst exit code so far: any other weighs more than 6, and 6 more than 0.
worse() {
    if [ "$1" = 0 ] || [ "$worst" = "$1" ]; then
        return
    elif [ "$worst" = 0 ] || [ "$worst" = 6 ]; then
        worst=$1
    elif [ "$1" != 6 ] && [ "$1" -gt "$worst" ]; then
        worst=$1
    fi
}

tell() {
    printf '%s\n' "$*" >>"$report"
}

# What a line of tab-separated values under a header says in the column named.
cell() {
    awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        NR == 2 { print $at }' "$work/result"
}

kind_of() {
    case $(printf '%s' "$1" | tr '[:upper:]' '[:lower:]') in
    *.csv | *.tsv | *.txt | *.jsonl | *.xlsx | *.vcf) ;;
    *) return ;;
    esac
    case $(printf '%s' "$1" | tr '[:upper:]' '[:lower:]') in
    product*) echo product ;;
    contact*) echo contact ;;
    purchase* | order*) echo purchase ;;
    *.vcf) echo contact ;;
    esac
}

is_list() {
    case $(printf '%s' "$1" | tr '[:upper:]' '[:lower:]') in
    *.csv | *.tsv | *.jsonl | *.xlsx) return 0 ;;
    esac
    return 1
}

# A stem that nothing in done/ has yet with this ending: contacts-2026-06-30-2.
free_stem() {
    stem=${1%.*}-$(date +%Y-%m-%d)
    free=$stem
    number=2
    while [ -e "$inbox/done/$free.$ending" ]; do
        free=$stem-$number
        number=$((number + 1))
    done
}

take() {
    name=${1##*/}
    ending=${1##*.}
    free_stem "$name"
    case $ending in
    [Vv][Cc][Ff]) rejects=$inbox/rejected/$free.rejects.vcf ;;
    *) rejects=$inbox/rejected/$free.rejects.csv ;;
    esac
    code=0
    files=$((files + 1))
    run_crm "$kind" import "$1" --rejects "$rejects" -f tsv --quiet \
        </dev/null >"$work/result" 2>"$work/said" || code=$?
    worse "$code"
    if [ ! -s "$work/result" ]; then
        failed=$((failed + 1))
        tell "$name: NOT IMPORTED (exit $code), it stays in the inbox"
        sed 's/^/    /' "$work/said" >>"$report"
        return
    fi
    bad=$(cell rejected)
    rows=$((rows + $(cell read)))
    rejected=$((rejected + bad))
    tell "$name: $(cell read) read, $(cell created) created, $(cell updated) updated," \
        "$(cell unchanged) unchanged, $bad rejected"
    sed 's/^/    /' "$work/said" >>"$report"
    if ! mv -- "$1" "$inbox/done/$free.$ending" 2>"$work/moved"; then
        worse 10
        failed=$((failed + 1))
        tell "    it could not be put away: $(cat "$work/moved")"
    fi
}

send() {
    {
        printf 'To: %s\n' "$MAIL_TO"
        printf 'Subject: %s\n' "$subject"
        printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n'
        printf 'Content-Transfer-Encoding: 8bit\n\n'
        cat "$report"
    } >"$work/message"
    if [ -n "${MAIL_COMMAND:-}" ]; then
        sh -c "$MAIL_COMMAND" <"$work/message" 9>&-
    elif command -v sendmail >/dev/null; then
        sendmail -t <"$work/message" 9>&-
    else
        mail -s "$subject" "$MAIL_TO" <"$report"
    fi
}

if [ $# = 0 ]; then
    demonstrate
    exit
fi

inbox=$(cd -- "$1" && pwd)
store=${2:-}

# One run at a time. The lock of flock goes with the process, if nothing that is started here and
# stays (a mail server's queue) inherits it; a folder does not go, and is named.
if command -v flock >/dev/null; then
    exec 9>"$inbox/.lock"
    flock -n 9 || { echo "another run is at work in $inbox" >&2; exit 75; }
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
else
    mkdir "$inbox/.lock.d" 2>/dev/null || {
        echo "another run is at work in $inbox, or one was killed: then remove $inbox/.lock.d" >&2
        exit 75
    }
    work=$(mktemp -d)
    trap 'rm -rf "$work"; rmdir "$inbox/.lock.d"' EXIT
fi
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$inbox/done" "$inbox/rejected"
report=$work/report
worst=0 files=0 failed=0 rows=0 rejected=0
: >"$report"

if [ -n "${FETCH_COMMAND:-}" ] && ! sh -c "$FETCH_COMMAND" </dev/null >"$work/said" 2>&1 9>&-; then
    worse 75
    failed=$((failed + 1))
    tell "the files could not be fetched:"
    sed 's/^/    /' "$work/said" >>"$report"
fi
for wanted in product contact purchase; do
    for file in "$inbox"/*; do
        [ -f "$file" ] || continue
        kind=$(kind_of "${file##*/}")
        [ "$kind" = "$wanted" ] || continue
        take "$file"
    done
done
for file in "$inbox"/*; do
    if [ -f "$file" ] && [ -z "$(kind_of "${file##*/}")" ]; then
        tell "${file##*/}: left where it is: begin its name with product, contact, purchase or order"
        if is_list "${file##*/}"; then
            worse 6
            failed=$((failed + 1))
        fi
    fi
done
rmdir "$inbox/rejected" "$inbox/done" 2>/dev/null || :

subject="crm import: $rejected of $rows rows rejected, $failed failed"
tell "$files files, $rows rows read, $rejected rejected, $failed failed"
cat "$report"
if [ "$rejected" != 0 ] || [ "$failed" != 0 ]; then
    if [ -n "${MAIL_TO:-}" ] && ! send; then
        echo "the report could not be mailed to $MAIL_TO" >&2
        worse 75
    fi
fi
exit "$worst"
