#!/bin/sh
# The main job: a list of customers and a list of purchases go in, the segmentation table and
# the retention table come out. The store is a throw-away file.
#
#   sh examples/main-job.sh              with crm installed
#   CRM="python -m crm_cli" sh examples/main-job.sh
set -eu
here=$(dirname "$0")
crm=${CRM:-crm}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CRM_DB=$folder/demo.db
CRM_CONFIG=$folder/config.toml
CRM_NOW=2026-06-30
export CRM_DB CRM_CONFIG CRM_NOW

run() {
    printf '\n$ crm %s\n' "$*"
    $crm "$@"
}

run contact import "$here/contacts.csv"
run purchase import "$here/purchases.csv"
run report segments
run report retention
