#!/bin/sh
# An import that was a mistake: taken back as a whole, and done again.
set -eu
here=$(dirname "$0")
crm=${CRM:-crm}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CRM_DB=$folder/shop.db
CRM_CONFIG=$folder/config.toml
CRM_NOW=2026-06-30
export CRM_DB CRM_CONFIG CRM_NOW

count() {
    $crm contact list -f ids --quiet | wc -l | tr -d ' '
}

$crm contact add "Somebody who was here before" --quiet -f ids
$crm contact import "$here/contacts.csv" --quiet
after=$(count)
$crm undo --quiet
[ "$(count)" = 1 ] || { echo "undo left $(count) contacts, not 1" >&2; exit 1; }
$crm redo --quiet
[ "$(count)" = "$after" ] || { echo "redo left $(count) contacts, not $after" >&2; exit 1; }
echo "one import, $after contacts, taken back and done again"
