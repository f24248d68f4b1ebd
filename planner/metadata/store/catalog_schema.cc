#include "planner/metadata/store/catalog_schema.h"

#include <utility>
#include <vector>

#include "base/strings.h"

namespace joinery::metadata {
namespace {

// Two that start at once on an empty database take turns.
constexpr char kTakeTurns[] =
    "select pg_advisory_xact_lock(hashtextextended('joinery hdb_catalog', 0))";

constexpr char kTables[] = R"sql(
create schema if not exists hdb_catalog;

create or replace function hdb_catalog.gen_hasura_uuid() returns uuid
  language sql as 'select gen_random_uuid()';

create table hdb_catalog.hdb_version (
  hasura_uuid uuid primary key default hdb_catalog.gen_hasura_uuid(),
  version text not null,
  upgraded_on timestamptz not null,
  cli_state jsonb not null default '{}',
  console_state jsonb not null default '{}',
  ee_client_id text,
  ee_client_secret text
);
create unique index hdb_version_one_row on hdb_catalog.hdb_version ((version is not null));

create table hdb_catalog.hdb_metadata (
  id integer primary key,
  metadata json not null,
  resource_version integer not null default 1 unique
);

create table hdb_catalog.hdb_schema_notifications (
  id integer primary key check (id = 1),
  notification json not null,
  resource_version integer not null default 1,
  instance_id uuid not null,
  updated_at timestamptz default now()
);

create table hdb_catalog.hdb_action_log (
  id uuid primary key default hdb_catalog.gen_hasura_uuid(),
  action_name text,
  input_payload jsonb not null,
  request_headers jsonb not null,
  session_variables jsonb not null,
  response_payload jsonb,
  errors jsonb,
  created_at timestamptz not null default now(),
  response_received_at timestamptz,
  status text not null check (status in ('created', 'processing', 'completed', 'error'))
);

create table hdb_catalog.hdb_cron_events (
  id text primary key default hdb_catalog.gen_hasura_uuid(),
  trigger_name text not null,
  scheduled_time timestamptz not null,
  status text not null default 'scheduled',
  tries integer not null default 0,
  created_at timestamptz default now(),
  next_retry_at timestamptz,
  constraint valid_status
    check (status in ('scheduled', 'locked', 'delivered', 'error', 'dead'))
);
create index hdb_cron_event_status on hdb_catalog.hdb_cron_events (status);
create unique index hdb_cron_events_unique_scheduled
  on hdb_catalog.hdb_cron_events (trigger_name, scheduled_time) where status = 'scheduled';

create table hdb_catalog.hdb_cron_event_invocation_logs (
  id text primary key default hdb_catalog.gen_hasura_uuid(),
  event_id text references hdb_catalog.hdb_cron_events (id) on update cascade on delete cascade,
  status integer,
  request json,
  response json,
  created_at timestamptz default now()
);
create index hdb_cron_event_invocation_event_id
  on hdb_catalog.hdb_cron_event_invocation_logs (event_id);

create table hdb_catalog.hdb_scheduled_events (
  id text primary key default hdb_catalog.gen_hasura_uuid(),
  webhook_conf json not null,
  scheduled_time timestamptz not null,
  retry_conf json,
  payload json,
  header_conf json,
  status text not null default 'scheduled',
  tries integer not null default 0,
  created_at timestamptz default now(),
  next_retry_at timestamptz,
  comment text,
  constraint valid_status
    check (status in ('scheduled', 'locked', 'delivered', 'error', 'dead'))
);
create index hdb_scheduled_event_status on hdb_catalog.hdb_scheduled_events (status);

create table hdb_catalog.hdb_scheduled_event_invocation_logs (
  id text primary key default hdb_catalog.gen_hasura_uuid(),
  event_id text
    references hdb_catalog.hdb_scheduled_events (id) on update cascade on delete cascade,
  status integer,
  request json,
  response json,
  created_at timestamptz default now()
);
)sql";

// What leads from each version to the next.
const std::vector<std::pair<int, const char*>>& Steps() {
  static const std::vector<std::pair<int, const char*>> steps = {
      {43,
       "alter table hdb_catalog.hdb_metadata "
       "add column if not exists resource_version integer not null default 1 unique"},
      {44,
       "create table if not exists hdb_catalog.hdb_schema_notifications ("
       "id integer primary key check (id = 1), notification json not null, "
       "resource_version integer not null default 1, instance_id uuid not null, "
       "updated_at timestamptz default now())"},
      {45,
       "create unique index if not exists hdb_cron_events_unique_scheduled on "
       "hdb_catalog.hdb_cron_events (trigger_name, scheduled_time) where status = 'scheduled'"},
      {46,
       "create index if not exists hdb_cron_event_invocation_event_id on "
       "hdb_catalog.hdb_cron_event_invocation_logs (event_id)"},
      {47,
       "alter table hdb_catalog.hdb_version add column if not exists ee_client_id text, "
       "add column if not exists ee_client_secret text"},
  };
  return steps;
}

Status Create(PostgresSession::Transaction& transaction) {
  ASSIGN_OR_RETURN(const auto uuids,
                   transaction.Run("select to_regproc('gen_random_uuid') is not null"));
  if (uuids[0][0] != "t") {
    RETURN_IF_ERROR(transaction.Run("create extension if not exists pgcrypto").status());
  }
  RETURN_IF_ERROR(transaction.Run(kTables).status());
  return transaction
      .Run("insert into hdb_catalog.hdb_version (version, upgraded_on) values ($1, now())",
           {StrCat(kCatalogVersion)})
      .status();
}

Status Upgrade(PostgresSession::Transaction& transaction, int from) {
  for (const auto& [version, sql] : Steps()) {
    if (version >= from) RETURN_IF_ERROR(transaction.Run(sql).status());
  }
  return transaction
      .Run("update hdb_catalog.hdb_version set version = $1, upgraded_on = now()",
           {StrCat(kCatalogVersion)})
      .status();
}

}  // namespace

Status CheckCatalogVersion(const std::string& version) {
  const std::optional<int64_t> number = ParseInt64(version);
  if (number && *number > kCatalogVersion) {
    return FailedPrecondition(
        StrCat("the metadata database has catalog version ", version,
               ", which a newer release made; this one works on version ", kCatalogVersion,
               ": start the newer release, or give another metadata database"));
  }
  if (!number || *number < kOldestCatalogVersion) {
    return FailedPrecondition(
        StrCat("the metadata database has catalog version ", version, ", older than ",
               kOldestCatalogVersion,
               ": start a current Hasura v2 on it once, which upgrades it, or give another "
               "metadata database"));
  }
  return OkStatus();
}

Status PrepareCatalog(PostgresSession::Transaction& transaction) {
  RETURN_IF_ERROR(transaction.Run(kTakeTurns).status());
  ASSIGN_OR_RETURN(const auto found,
                   transaction.Run("select to_regclass('hdb_catalog.hdb_version') is not null"));
  if (found[0][0] != "t") return Create(transaction);
  ASSIGN_OR_RETURN(const auto rows, transaction.Run("select version from hdb_catalog.hdb_version"));
  if (rows.empty()) {
    return FailedPrecondition(
        "the metadata database's table hdb_catalog.hdb_version is empty: restore its row, or give "
        "another metadata database");
  }
  const std::string& version = rows[0][0].value();
  RETURN_IF_ERROR(CheckCatalogVersion(version));
  const int64_t number = ParseInt64(version).value_or(0);
  return number == kCatalogVersion ? OkStatus() : Upgrade(transaction, static_cast<int>(number));
}

}  // namespace joinery::metadata
