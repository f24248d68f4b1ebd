#include "planner/engine/schema_pool.h"

#include "planner/schema/role_schema.h"

namespace joinery::planner {
namespace {

// What a schema's types may take to be kept; what they mean takes about as much again.
constexpr size_t kLargestKept = 192 * 1024;

}  // namespace

std::shared_ptr<const RoleSchema> SchemaPool::Lend(const std::string& role, bool backend) {
  // Roles that exist only in requests must not fill the memory: they share one empty schema.
  const bool known =
      role == "admin" || graph_->roles.contains(role) || graph_->inherited_roles.contains(role);
  const std::string name = known ? role : "";
  // Roles without such permissions look the same to both.
  const bool more =
      backend && (graph_->backend_roles.contains(name) || graph_->inherited_roles.contains(name));
  const Key key{name, more};
  std::shared_ptr<const RoleSchema> schema;
  {
    std::lock_guard lock(mutex_);
    auto& idle = idle_[key];
    if (!idle.empty()) {
      schema = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (schema == nullptr) schema = OpenRoleSchema(graph_, name, more);
  const RoleSchema* lent = schema.get();
  return {lent, [pool = shared_from_this(), key, schema = std::move(schema)](const RoleSchema*) {
            pool->TakeBack(key, schema);
          }};
}

void SchemaPool::TakeBack(const Key& key, std::shared_ptr<const RoleSchema> schema) {
  if (schema->schema->arena_bytes() > kLargestKept) return;
  std::lock_guard lock(mutex_);
  idle_[key].push_back(std::move(schema));
}

}  // namespace joinery::planner
