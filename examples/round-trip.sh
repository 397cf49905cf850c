#!/bin/sh
# Everything out of one file and into another: what comes out again is the same.
set -eu
here=$(dirname "$0")
crm=${CRM:-crm}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CRM_CONFIG=$folder/config.toml
CRM_NOW=2026-06-30
export CRM_CONFIG CRM_NOW

$crm --db "$folder/one.db" contact import "$here/contacts.csv" --quiet
$crm --db "$folder/one.db" contact export -f jsonl >"$folder/out.jsonl"
$crm --db "$folder/two.db" contact import "$folder/out.jsonl" --quiet
$crm --db "$folder/two.db" contact export -f jsonl >"$folder/again.jsonl"
cmp "$folder/out.jsonl" "$folder/again.jsonl"
echo "$(wc -l <"$folder/out.jsonl" | tr -d ' ') contacts out, in and out again: the same"
