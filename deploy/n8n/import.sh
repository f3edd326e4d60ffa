#!/bin/sh
# Runs in n8n's image: put in what `lead-reviver n8n files` wrote. The secrets are gone from the folder afterwards,
# whatever happens; n8n keeps them encrypted in its vault.
set -eu

files=$1
trap 'rm -f "$files/credentials.json"' EXIT
n8n import:credentials --input="$files/credentials.json"
rm -f "$files/credentials.json"

if [ -z "$(find "$files/workflows" -name '*.json')" ]; then
  echo "every workflow is up to date"
  exit 0
fi
n8n import:workflow --separate --input="$files/workflows"
while read -r id; do
  n8n publish:workflow --id="$id" </dev/null
done <"$files/publish"
