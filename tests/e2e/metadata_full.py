"""A metadata document with every key that the format has."""


def public(name):
    return {"schema": "public", "name": name}


ORDER = ["version", "sources", "remote_schemas", "query_collections", "allowlist", "actions", "custom_types",
         "cron_triggers", "rest_endpoints", "api_limits", "metrics_config", "inherited_roles",
         "graphql_schema_introspection", "network", "backend_configs", "opentelemetry"]


def author():
    return {
        "table": public("author"),
        "configuration": {
            "custom_name": "author", "comment": "people who write",
            "custom_root_fields": {"select": "authors", "select_by_pk": {"name": "one_author", "comment": "by key"}},
            "column_config": {"name": {"custom_name": "label", "comment": "shown"}},
            "custom_column_names": {"name": "label"}},
        "apollo_federation_config": {"enable": "v1"},
        "object_relationships": [{"name": "profile", "comment": "one", "using": {
            "foreign_key_constraint_on": {"table": public("profile"), "column": "author_id"}}}],
        "array_relationships": [
            {"name": "articles", "using": {"foreign_key_constraint_on": {
                "table": public("article"), "columns": ["author_id"]}}},
            {"name": "by_hand", "using": {"manual_configuration": {
                "remote_table": public("article"), "column_mapping": {"id": "author_id"}, "insertion_order": None}}}],
        "computed_fields": [{"name": "loud", "comment": "upper case", "definition": {
            "function": public("shout"), "table_argument": "a"}}],
        "remote_relationships": [
            {"name": "old", "definition": {"remote_schema": "people", "hasura_fields": ["id"],
                                           "remote_field": {"person": {"arguments": {"id": "$id"}}}}},
            {"name": "person", "definition": {"to_remote_schema": {
                "remote_schema": "people", "lhs_fields": ["id"],
                "remote_field": {"person": {"arguments": {"id": "$id"}}}}}},
            {"name": "again", "definition": {"to_source": {
                "source": "default", "table": public("author"), "relationship_type": "object",
                "field_mapping": {"id": "id"}}}}],
        "insert_permissions": [{"role": "user", "comment": "i", "permission": {
            "check": {"age": {"_gt": 0}}, "set": {"name": "x-hasura-user-id"}, "columns": ["age"],
            "backend_only": True, "validate_input": {"type": "http", "definition": {"url": "http://127.0.0.1:1/"}}}}],
        "select_permissions": [{"role": "user", "comment": "s", "permission": {
            "columns": ["id", "name"], "computed_fields": ["loud"],
            "filter": {"$or": [{"id": "X-Hasura-User-Id"}, {"articles": {"title": {"_ne": "x"}}},
                               {"_exists": {"_table": public("article"), "_where": {}}}]},
            "limit": 10, "allow_aggregations": True, "query_root_fields": ["select", "select_by_pk"],
            "subscription_root_fields": []}}, {"role": "other", "permission": {"columns": "*", "filter": {}}}],
        "update_permissions": [{"role": "user", "permission": {
            "columns": ["age"], "filter": {}, "check": None, "set": {"name": "me"}, "backend_only": True}}],
        "delete_permissions": [{"role": "user", "permission": {"filter": {"age": {"_is_null": True}},
                                                               "backend_only": True}}],
        "event_triggers": [{"name": "changed", "definition": {"enable_manual": True, "insert": {"columns": "*"}},
                            "retry_conf": {"num_retries": 1, "interval_sec": 2, "timeout_sec": 3},
                            "webhook_from_env": "HOOK", "headers": [{"name": "a", "value": "b"}]}]}


def source(url):
    return {
        "name": "default", "kind": "postgres",
        "tables": [author(), {"table": public("article")}, {"table": public("profile")},
                   {"table": public("colors"), "is_enum": True}],
        "functions": [{"function": public("find_authors"), "comment": "like", "configuration": {
            "custom_name": "search", "custom_root_fields": {"function": "search_authors"}, "exposed_as": "query"},
            "permissions": [{"role": "user"}]}],
        "configuration": {
            "connection_info": {
                "database_url": url, "isolation_level": "repeatable-read", "use_prepared_statements": True,
                "pool_settings": {"max_connections": 3, "total_max_connections": None, "idle_timeout": 180,
                                  "retries": 1, "pool_timeout": None, "connection_lifetime": 600}},
            "read_replicas": [{"database_url": {"from_env": "REPLICA"}}], "extensions_schema": "public",
            "connection_template": None, "connection_set": None},
        "customization": {"root_fields": {"namespace": "db", "prefix": "a_", "suffix": "_z"},
                          "type_names": {"prefix": "A_", "suffix": "_Z"}, "naming_convention": "hasura-default"},
        "query_tags": {"disabled": True}, "health_check": {"test": {"sql": "SELECT 1"}, "interval": 10},
        "native_queries": [{"root_field_name": "n", "code": "select 1", "returns": "m"}],
        "logical_models": [{"name": "m", "fields": [{"name": "one", "type": {"scalar": "integer"}}]}]}


def document(url, people_url):
    return {
        "version": 3,
        "sources": [source(url)],
        "remote_schemas": [{
            "name": "people", "comment": "who is who",
            "definition": {"url": people_url, "timeout_seconds": 5, "forward_client_headers": True,
                           "headers": [{"name": "X-Key", "value": "k"}],
                           "customization": {"root_fields_namespace": "crm",
                                             "type_names": {"prefix": "L_", "suffix": "_R",
                                                            "mapping": {"Solid": "Rock"}},
                                             "field_names": [{"parent_type": "Person", "prefix": "p_",
                                                              "mapping": {"name": "label"}}]}},
            "permissions": [{"role": "user", "comment": "p", "definition": {
                "schema": "type Query { person(id: Int! @preset(value: 1)): Person }\ntype Person { id: Int! }"}}],
            "remote_relationships": [{"type_name": "Person", "relationships": [{"name": "author", "definition": {
                "to_source": {"source": "default", "table": public("author"), "relationship_type": "object",
                              "field_mapping": {"member_id": "id"}}}}]}]}],
        "query_collections": [{"name": "c", "comment": "all", "definition": {
            "queries": [{"name": "q", "query": "query q { db { a_authors_z { id } } }"}]}}],
        "allowlist": [{"collection": "c", "scope": {"global": False, "roles": ["user"]}}],
        "actions": [{"name": "pick", "comment": "picks", "definition": {
            "type": "query", "handler": "{{ACTION_URL}}", "output_type": "Picked", "timeout": 5,
            "forward_client_headers": True, "ignored_client_headers": ["x"],
            "headers": [{"name": "h", "value": "v"}],
            "arguments": [{"name": "count", "type": "Int!", "description": "how many"}],
            "request_transform": {"version": 2, "template_engine": "Kriti", "method": "GET"},
            "response_transform": {"version": 2, "body": {"action": "transform", "template": "{{$body}}"}}},
            "permissions": [{"role": "user", "comment": "a"}]}],
        "custom_types": {
            "input_objects": [{"name": "In", "description": "in", "fields": [{"name": "a", "type": "Int!"}]}],
            "objects": [{"name": "Picked", "description": "out",
                         "fields": [{"name": "id", "type": "Int", "description": "key"}],
                         "relationships": [{"name": "author", "type": "object", "source": "default",
                                            "remote_table": public("author"), "field_mapping": {"id": "id"}}],
                         "remote_relationships": [{"name": "person", "definition": {"to_remote_schema": {
                             "remote_schema": "people", "lhs_fields": ["id"],
                             "remote_field": {"person": {"arguments": {"id": "$id"}}}}}}]}],
            "scalars": [{"name": "Money", "description": "cents"}],
            "enums": [{"name": "Mood", "description": "how", "values": [
                {"value": "GOOD", "description": "fine", "is_deprecated": True}]}]},
        "cron_triggers": [{"name": "nightly", "webhook": "http://127.0.0.1:1/", "schedule": "0 0 * * *",
                           "include_in_metadata": True, "payload": {"a": [1, 2.50]},
                           "retry_conf": {"num_retries": 3}, "headers": [], "comment": "x"}],
        "rest_endpoints": [{"name": "e", "url": "authors", "methods": ["GET", "POST"], "comment": "rest",
                            "definition": {"query": {"collection_name": "c", "query_name": "q"}}}],
        "api_limits": {"disabled": False, "depth_limit": {"global": 5, "per_role": {"user": 3}}},
        "metrics_config": {"analyze_query_variables": True},
        "inherited_roles": [{"role_name": "both", "role_set": ["user", "other"]}],
        "graphql_schema_introspection": {"disabled_for_roles": ["other"]},
        "network": {"tls_allowlist": [{"host": "x"}]},
        "backend_configs": {"dataconnector": {"sqlite": {"uri": "http://127.0.0.1:1/"}}},
        "opentelemetry": {"status": "enabled", "exporter_otlp": {"headers": []}}}
