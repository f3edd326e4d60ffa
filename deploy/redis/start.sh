#!/bin/sh
# Runs in Redis's image: three users, each with its own password and the least it needs, and no default user.
# The rules are those of lead_reviver/local/redis.py; a test keeps them equal.
set -eu

hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }
safe="+info +client|id +client|setname +client|setinfo +client|getname"
no_wandering="-scan -randomkey"
umask 077
{
  echo "user default off nopass nocommands"
  echo "user engine on #$(hash "$REDIS_ENGINE_PASSWORD") ~lr:* &lr:* +@all -@dangerous $safe"
  echo "user n8n on #$(hash "$REDIS_N8N_PASSWORD") ~n8n:* %R~lr:day:* &n8n:* +@all -@dangerous -@scripting $no_wandering $safe"
  echo "user n8n_queue on #$(hash "$REDIS_N8N_QUEUE_PASSWORD") ~n8n:* &n8n:* +@all -@dangerous $no_wandering $safe"
} >"${ACL_FILE:=/tmp/users.acl}"

exec redis-server --aclfile "$ACL_FILE" --save "" --appendonly no --maxmemory "${REDIS_MEMORY:-512mb}" \
  --maxmemory-policy volatile-ttl "$@"
