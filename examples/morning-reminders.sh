#!/bin/sh
# Every morning: what is due arrives by mail, once. Shown on a small business in a temporary
# folder: the line that crm prints for cron is run as cron would run it, twice.
#
#   sh examples/morning-reminders.sh             with crm installed
#   CRM="python -m crm_cli" sh examples/morning-reminders.sh
#
# For your own business: say once where mail goes (crm config set smtp_host ..., or leave the
# sending to sendmail with --via sendmail), try it with crm remind send --test ADDRESS, then
#
#   crm remind schedule --every 15m --to you@example.com --install
set -eu
crm=${CRM:-crm}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CRM_DB="$folder/my shop.db"
CRM_CONFIG=$folder/config.toml
export CRM_DB CRM_CONFIG
unset CRM_NOW

fail() {
    echo "$*" >&2
    exit 1
}

# A program that takes each mail: here it is put into a folder.
mkdir "$folder/outbox"
cat >"$folder/deliver" <<'END'
#!/bin/sh
cat >"$(mktemp "$(dirname "$0")/outbox/mail.XXXXXX")"
END
chmod +x "$folder/deliver"
mails() {
    find "$folder/outbox" -type f | wc -l | tr -d ' '
}

# The business, and what is to be done.
$crm config set sender "The shop <shop@example.com>" --quiet >"$folder/said"
$crm contact add "Ada Lovelace" --phone "+41 44 668 18 00" --quiet >>"$folder/said"
$crm contact add "Grace Hopper" --email grace@example.com --quiet >>"$folder/said"
$crm remind add ada yesterday "send the price list" --quiet >>"$folder/said" 2>&1
$crm remind add grace today "ask how the machine works" --quiet >>"$folder/said"
$crm remind add grace "in 2 months" "ring again" --quiet >>"$folder/said"

# The line for the crontab.
line=$($crm remind schedule --for cron --every 15m --to owner@example.com \
    --via command --command "$folder/deliver" --quiet)
echo "The line for cron:"
printf '%s\n' "$line"

# As cron runs it: a bare environment, the home folder, /bin/sh; \% is a percent sign.
command=$(printf '%s\n' "$line" |
    sed -e 's/^[^ ]* [^ ]* [^ ]* [^ ]* [^ ]* //' -e 's/\\%/%/g')
as_cron() {
    (cd "$folder" && env -i HOME="$folder" LOGNAME=owner SHELL=/bin/sh PATH=/usr/bin:/bin \
        /bin/sh -c "$command")
}

as_cron >"$folder/first"
[ "$(mails)" = 1 ] || fail "the first run sent $(mails) mails, not 1"
as_cron >"$folder/second"
[ "$(mails)" = 1 ] || fail "the second run sent $(($(mails) - 1)) mails again"
[ ! -s "$folder/second" ] || fail "a run with nothing due is not silent"

echo
echo "The mail that went out, once:"
sed -n -e '/^Subject:/p' -e '/^To:/p' "$folder"/outbox/*
grep -q "price list" "$folder"/outbox/* || fail "what was due yesterday is not in the mail"
if grep -q "ring again" "$folder"/outbox/*; then
    fail "what is due in two months is in the mail"
fi

echo
$crm remind status
