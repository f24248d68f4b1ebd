#include "planner/metadata/store/notification.h"

#include "json/write.h"

namespace joinery::metadata {
namespace {

using json::Value;

constexpr std::string_view kAll = "*";  // No name of GraphQL's.

Value Names(const std::set<std::string>& names) {
  Value out = Value::Array();
  for (const std::string& name : names) out.Append(name);
  return out;
}

void Stamp(Value& stamps, std::string_view kind, const std::set<std::string>& names,
           uint64_t version) {
  if (names.empty()) return;
  if (stamps.Find(kind) == nullptr) stamps.Set(kind, Value::Object());
  for (const std::string& name : names) {
    stamps.Find(kind)->Set(name, static_cast<int64_t>(version));
  }
}

void ReadNames(const Value& notification, std::string_view key, std::set<std::string>& out) {
  const Value* names = notification.Find(key);
  if (names == nullptr) return;
  for (const Value& name : names->items()) {
    if (name.is_string()) out.insert(name.string());
  }
}

void ReadStamps(const Value& stamps, std::string_view kind, uint64_t known,
                std::set<std::string>& out) {
  const Value* names = stamps.Find(kind);
  if (names == nullptr) return;
  for (const auto& [name, version] : names->members()) {
    if (version.int64().value_or(0) > static_cast<int64_t>(known)) out.insert(name);
  }
}

}  // namespace

std::string WriteNotification(std::string_view before, uint64_t version,
                              const Invalidations& invalidations) {
  Value stamps = Value::Object();
  if (const auto old = json::Parse(before); old.ok() && old->Find("stamps") != nullptr) {
    stamps = *old->Find("stamps");
  }
  std::set<std::string> sources = invalidations.sources;
  if (invalidations.all) sources.emplace(kAll);
  Stamp(stamps, "sources", sources, version);
  Stamp(stamps, "remote_schemas", invalidations.remote_schemas, version);
  Value out = Value::Object();
  out.Set("metadata", invalidations.all);
  out.Set("remote_schemas", Names(invalidations.remote_schemas));
  out.Set("sources", Names(invalidations.sources));
  out.Set("data_connectors", Value::Array());
  out.Set("stamps", std::move(stamps));
  return json::ToString(out);
}

Invalidations ReadNotification(std::string_view notification, uint64_t written, uint64_t known,
                               uint64_t current) {
  Invalidations out;
  const auto parsed = json::Parse(notification);
  if (!parsed.ok() || !parsed->is_object()) {
    out.all = true;
    return out;
  }
  if (const Value* stamps = parsed->Find("stamps")) {
    ReadStamps(*stamps, "sources", known, out.sources);
    ReadStamps(*stamps, "remote_schemas", known, out.remote_schemas);
    out.all = out.sources.erase(std::string(kAll)) > 0;
    return out;
  }
  // Another program's. What it wrote before was overwritten.
  out.all = known + 1 < current;
  if (written > known) {
    ReadNames(*parsed, "sources", out.sources);
    ReadNames(*parsed, "remote_schemas", out.remote_schemas);
    out.all = out.all || parsed->FindBool("metadata", false);
  }
  return out;
}

}  // namespace joinery::metadata
