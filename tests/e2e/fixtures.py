"""The two databases and the metadata of the end-to-end tests."""

LIBRARY_SQL = """
create table member (id int primary key, ten int not null, name text);
insert into member select i, i % 10 + 1, 'member ' || i from generate_series(1, 1000) i;
create table loan (id int primary key, member_id int not null references member, title text);
insert into loan select i, i % 20 + 1, 'loan ' || i from generate_series(1, 60) i;
create table odd (id int primary key, k_int int, k_big bigint, k_text text, k_uuid uuid,
                  k_uuid_text text, k_num numeric, k_a text, k_b int, "order" text);
insert into odd values
 (1, 1, 9007199254740993, 'Grüße, 世界 "q"', '11111111-1111-4111-8111-111111111111',
     '11111111-1111-4111-8111-111111111111', 123456789012345678901234567890.5, 'a', 1, 'x'),
 (2, null, null, null, null, null, null, 'a', null, null),
 (3, 404, 404, 'nowhere', '40404040-4040-4040-8040-404040404040', 'no uuid at all', 404, null, 1, null),
 (4, 1, 1, 'Grüße, 世界 "q"', '11111111-1111-4111-8111-111111111111', null, 1, 'a', 1, null),
 (5, 0, 0, '', null, null, 0, 'b', 2, null);
create table big (id int primary key, payload text not null);
insert into big select i, md5(i::text) from generate_series(1, 10000) i;
create function napping(seconds float) returns int language plpgsql volatile as
  $$ begin perform pg_sleep(seconds); return 1; end $$;
create view nap as select napping(1.5) as id;
create view sleep_long as select napping(60) as id;
create view awake as select 1 as id;
"""

SHOP_SQL = """
create table customers (id bigint primary key, name text, member_id int, secret text);
insert into customers select i, 'customer ' || i, i, 's' from generate_series(1, 1000) i;
create table orders (id int primary key, customer_id bigint, total numeric, placed timestamptz, status text);
insert into orders select i, (i + 1) / 2, i + 0.25, timestamptz '2024-01-01T00:00:00Z' + i * interval '1 hour',
  case when i % 2 = 0 then 'open' else 'paid' end from generate_series(1, 2000) i;
create table lines (id int primary key, order_id int not null references orders, sku text);
insert into lines select i, (i + 1) / 2, 'sku ' || i from generate_series(1, 400) i;
create table target (id int primary key, k_int int, k_big bigint, k_text text, k_uuid uuid, k_uuid_text text,
                     k_num numeric, a text, b int, note text, amount numeric);
insert into target values
 (1, 1, 9007199254740993, 'Grüße, 世界 "q"', '11111111-1111-4111-8111-111111111111',
     '11111111-1111-4111-8111-111111111111', 123456789012345678901234567890.5, 'a', 1,
     'één', 123456789012345678901234567890),
 (2, 2, 9007199254740992, 'nope', null, null, 123456789012345678901234567890, 'a', 2, 'two', 2),
 (3, 1, 1, 'x', null, null, 1, 'a', 1, 'dup', 3),
 (4, 0, 0, '', null, null, 0, 'b', 2, 'zero', 0);
create function napping(seconds float) returns int language plpgsql volatile as
  $$ begin perform pg_sleep(seconds); return 1; end $$;
create view sleep_joined as select napping(60) as id;
create view fragile as select i as id, 10 / (i - 2) as ratio from generate_series(1, 4) i;
create type mood as enum ('glad', 'sad');
create table kinds (id int primary key, of int, bool bool, numeric numeric, float float8, char char(5), text text,
                    inet inet, money money, moment timestamptz, day date, json jsonb, list int[], mood mood, raw bytea,
                    uuid uuid, span interval);
insert into kinds values
 (1, 1, true, 1.50, 'NaN', 'ab', 'true', '10.0.0.1', '12.30', '2024-02-03 04:05:06.7+00', '2024-02-03',
     '{"a": [1, null, "%"]}', '{1,null}', 'sad', '\\xdeadbeef', '11111111-1111-4111-8111-111111111111', '1 day 02:00'),
 (2, 1, false, -0, 'Infinity', '', '%s', '10.0.0.0/8', '-1', '0044-03-15 12:00+00 BC', 'infinity',
     'null', '{}', 'glad', '', null, '-1 mon'),
 (3, 3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
"""


def to_source(name, source, table, kind, mapping):
    return {"name": name, "definition": {"to_source": {
        "source": source, "table": table, "relationship_type": kind, "field_mapping": mapping}}}


def to_remote(name, schema, fields, path):
    return {"name": name, "definition": {"to_remote_schema": {
        "remote_schema": schema, "lhs_fields": fields, "remote_field": path}}}


def person(name, column):
    return to_remote(name, "people", [column], {"person": {"arguments": {"id": "$" + column}}})


def table(name, **more):
    return {"table": {"schema": "public", "name": name}, **more}


def by_key(name, column):
    return {"name": name, "using": {"foreign_key_constraint_on": {
        "column": column, "table": {"schema": "public", "name": name}}}}


def odd_joins():
    out = []
    for name, left, right in [
            ("int_int", "k_int", "k_int"), ("int_big", "k_int", "k_big"), ("big_int", "k_big", "k_int"),
            ("big_big", "k_big", "k_big"), ("text_text", "k_text", "k_text"), ("uuid_uuid", "k_uuid", "k_uuid"),
            ("text_uuid", "k_uuid_text", "k_uuid"), ("uuid_text", "k_uuid", "k_uuid_text"),
            ("num_num", "k_num", "k_num")]:
        out.append(to_source(name, "shop", "target", "object", {left: right}))
    out.append(to_source("composite", "shop", "target", "object", {"k_a": "a", "k_b": "b"}))
    out.append(to_source("composites", "shop", "target", "array", {"k_a": "a", "k_b": "b"}))
    out.append(to_source("ints", "shop", "target", "array", {"k_int": "k_int"}))
    out.append(person("person", "k_int"))
    out.append(to_remote("tag", "people", ["k_text"], {"tag": {"arguments": {"name": "$k_text"}}}))
    return out


def postgres(name, url, tables):
    return {"name": name, "kind": "postgres", "tables": tables,
            "configuration": {"connection_info": {"database_url": url,
                                                  "pool_settings": {"max_connections": 8}}}}


def metadata(library_url, shop_url, people_url, things_url, action_url):
    member_joins = [
        to_source("customer", "shop", "customers", "object", {"id": "id"}),
        to_source("orders", "shop", "orders", "array", {"id": "customer_id"}),
        to_source("ten_customer", "shop", "customers", "object", {"ten": "id"}),
        to_source("slow", "shop", "sleep_joined", "object", {"id": "id"}),
        to_source("fragile", "shop", "fragile", "object", {"id": "id"}),
        to_source("kinds", "shop", "kinds", "array", {"id": "of"}),
        person("person", "id"), person("ten_person", "ten"),
        to_remote("solid", "people", ["id"], {"solid": {"arguments": {"id": "$id"}}}),
        to_remote("thing", "things", ["id"], {"thing": {"arguments": {"id": "$id"}}}),
        to_remote("named", "things", ["id"], {"named": {"arguments": {"id": "$id"}}}),
        to_remote("friends", "people", ["id"],
                  {"person": {"arguments": {"id": "$id"}, "field": {"friends": {"arguments": {}}}}}),
        to_remote("title", "people", ["id"],
                  {"person": {"arguments": {"id": "$id"}, "field": {"title": {"arguments": {}}}}}),
    ]
    library = postgres("library", library_url, [
        table("member", array_relationships=[by_key("loan", "member_id")],
              remote_relationships=member_joins,
              select_permissions=[{"role": "user", "permission": {"columns": ["name"], "filter": {}}}]),
        table("loan", object_relationships=[
            {"name": "member", "using": {"foreign_key_constraint_on": "member_id"}}]),
        table("odd", remote_relationships=odd_joins()),
        table("big"), table("nap"), table("sleep_long"), table("awake")])
    shop = postgres("shop", shop_url, [
        table("customers",
              remote_relationships=[to_source("member", "library", "member", "object", {"member_id": "id"}),
                                    person("person", "id")],
              array_relationships=[{"name": "local_orders", "using": {"manual_configuration": {
                  "remote_table": {"schema": "public", "name": "orders"},
                  "column_mapping": {"id": "customer_id"}}}}],
              select_permissions=[{"role": "user", "permission": {
                  "columns": ["id", "name"], "filter": {"id": {"_lte": 2}}}}]),
        table("orders", array_relationships=[by_key("lines", "order_id")],
              remote_relationships=[person("person", "customer_id")]),
        table("lines"), table("target"), table("sleep_joined"), table("fragile"), table("kinds")])
    people = {"name": "people", "definition": {"url": people_url, "timeout_seconds": 2},
              "remote_relationships": [{"type_name": "Person", "relationships": [
                  to_source("member", "library", "member", "object", {"member_id": "id"}),
                  to_source("orders", "shop", "orders", "array", {"customer_id": "customer_id"}),
                  to_source("customer", "shop", "customers", "object", {"customer_id": "id"}),
                  person("twin", "customer_id")]}]}
    things = {"name": "things", "definition": {"url": things_url, "timeout_seconds": 2},
              "remote_relationships": [
                  {"type_name": "Cat", "relationships": [
                      to_source("owner", "library", "member", "object", {"member_id": "id"})]},
                  {"type_name": "Dog", "relationships": [
                      to_source("owner", "shop", "customers", "object", {"member_id": "id"})]}]}
    actions = [{"name": "pick", "definition": {
        "type": "query", "handler": action_url, "output_type": "[Picked!]!", "timeout": 5,
        "arguments": [{"name": "count", "type": "Int!"}, {"name": "nulls", "type": "Boolean"}]}}]
    custom_types = {"objects": [{"name": "Picked", "fields": [
        {"name": "customer_id", "type": "Int"}, {"name": "note", "type": "String"}],
        "relationships": [
            {"name": "customer", "type": "object", "source": "shop", "remote_table": "customers",
             "field_mapping": {"customer_id": "id"}},
            {"name": "orders", "type": "array", "source": "shop", "remote_table": "orders",
             "field_mapping": {"customer_id": "customer_id"}}]}]}
    return {"version": 3, "sources": [library, shop], "remote_schemas": [people, things],
            "actions": actions, "custom_types": custom_types}
