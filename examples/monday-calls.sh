#!/bin/sh
# Monday morning: whom to call. Good customers who have gone quiet, as a list that a spreadsheet
# or a phone can read.
set -eu
here=$(dirname "$0")
crm=${CRM:-crm}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CRM_DB=$folder/shop.db
CRM_CONFIG=$folder/config.toml
CRM_NOW=2026-06-30
export CRM_DB CRM_CONFIG CRM_NOW

$crm contact import "$here/contacts.csv" --quiet >"$folder/import.txt"
$crm purchase import "$here/purchases.csv" --quiet >>"$folder/import.txt"

for segment in cannot-lose at-risk; do
    echo "== $segment"
    $crm report segments --members "$segment" -f csv --quiet
done
