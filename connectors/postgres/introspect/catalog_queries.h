#pragma once

// The statements of introspection. Every name is qualified: the session's search_path is the
// user's. Private to introspect.cc.
namespace joinery::connectors::postgres {

inline constexpr char kSchemaFilter[] =
    " n.nspname !~ '^pg_' and n.nspname not in "
    "('information_schema', 'hdb_catalog', 'hdb_views', 'hdb_lib') ";

inline constexpr char kTypesQuery[] =
    "select t.oid, n.nspname, t.typname, t.typtype, t.typelem, t.typarray, t.typbasetype, "
    "t.typndims,"
    " t.typrelid, t.typnotnull "
    "from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace";

// Only views and foreign tables need the costly function.
inline constexpr char kTablesQuery[] =
    "select c.oid, n.nspname, c.relname, c.relkind, coalesce(d.description, ''),"
    " case when c.relkind in ('r', 'p') then 28 when c.relkind = 'm' then 0"
    " else pg_catalog.pg_relation_is_updatable(c.oid, true) end "
    "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "left join pg_catalog.pg_description d on d.objoid = c.oid and d.objsubid = 0"
    " and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "where c.relkind in ('r', 'v', 'm', 'f', 'p') and";
inline constexpr char kTablesOrder[] = "order by n.nspname, c.relname";

inline constexpr char kColumnsQuery[] =
    "select a.attrelid, a.attname, a.attnum, a.atttypid, a.attndims, a.attnotnull, a.atthasdef,"
    " a.attgenerated, a.attidentity, coalesce(d.description, '') "
    "from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid "
    "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "left join pg_catalog.pg_description d on d.objoid = a.attrelid and d.objsubid = a.attnum"
    " and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v', 'm', 'f', 'p') and";
inline constexpr char kColumnsOrder[] = "order by a.attrelid, a.attnum";

inline constexpr char kConstraintsQuery[] =
    "select k.conrelid, k.conname, k.contype, pg_catalog.array_to_string(k.conkey, ' '), "
    "k.confrelid,"
    " coalesce(pg_catalog.array_to_string(k.confkey, ' '), '') "
    "from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid "
    "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where k.contype in ('p', 'u', 'f') and";
inline constexpr char kConstraintsOrder[] = "order by k.conrelid, k.conname";

inline constexpr char kFunctionsQuery[] =
    "select p.oid, n.nspname, p.proname, p.proargtypes,"
    " coalesce(pg_catalog.to_json(p.proargnames)::pg_catalog.text, '[]'),"
    " coalesce(pg_catalog.to_json(p.proargmodes::pg_catalog.text[])::pg_catalog.text, '[]'),"
    " p.pronargdefaults, p.provariadic <> 0, p.provolatile, p.proretset, p.prorettype,"
    " coalesce(d.description, '') "
    "from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace "
    "left join pg_catalog.pg_description d on d.objoid = p.oid and d.objsubid = 0"
    " and d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass "
    "where p.prokind = 'f' and not exists (select from pg_catalog.pg_depend e where e.objid = p.oid"
    " and e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and e.deptype = 'e') and";
inline constexpr char kFunctionsOrder[] = "order by n.nspname, p.proname, p.oid";

}  // namespace joinery::connectors::postgres
