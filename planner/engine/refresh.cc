#include <algorithm>
#include <array>

#include "planner/engine/metadata_calls.h"

// Calls about what was made in a database behind Joinery's back.
namespace joinery::planner {
namespace {

constexpr std::chrono::seconds kPatience{30};

void Collect(const json::Value& value, std::set<std::string>& out) {
  if (value.is_array()) {
    for (const json::Value& item : value.items()) Collect(item, out);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.members()) {
    if (name == "source" && member.is_string()) {
      out.insert(member.string());
    } else {
      Collect(member, out);
    }
  }
}

bool MayBeOutOfDate(const Issue& issue) {
  static constexpr std::array<std::string_view, 5> kCodes = {
      "not-exists", "invalid-configuration", "not-supported", "constraint-error", "unexpected"};
  return std::ranges::find(kCodes, issue.code) != kCodes.end();
}

std::set<std::string> SourcesNamedIn(const json::Value& args) {
  std::set<std::string> out;
  if (const json::Value* sources = args.Find("sources"); sources != nullptr) {
    for (const json::Value& source : sources->items()) {
      if (const auto name = source.FindString("name")) out.emplace(*name);
    }
    return out;
  }
  Collect(args, out);
  // Each call that leaves its source out means this one.
  if (args.FindString("source") == std::nullopt) out.insert("default");
  return out;
}

}  // namespace

IssueOr<json::Value> MetadataTransaction::Afresh(const json::Value& args, const EditCall& edit) {
  const json::Value document = document_;
  const GraphResult graph = graph_;
  IssueOr<json::Value> answer = edit();
  if (answer.ok() || !MayBeOutOfDate(answer.issue()) || !RefreshSources(args)) return answer;
  document_ = document;
  graph_ = graph;
  Rebuild();
  return edit();
}

bool MetadataTransaction::RefreshSources(const json::Value& args) {
  bool news = false;
  for (const std::string& source : SourcesNamedIn(args)) {
    if (!refreshed_.insert(source).second) continue;
    news |= services_.introspector.Refresh(CallContext::WithTimeout(kPatience), source, document_);
  }
  return news;
}

}  // namespace joinery::planner
