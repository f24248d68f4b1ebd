#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "planner/metadata/model.h"

namespace joinery::metadata {

// Reads members of JSON objects and collects what is wrong with them. Lives for one reading.
class Reading {
 public:
  explicit Reading(std::vector<Issue>& issues) : issues_(issues) {}

  void Fail(std::string message, std::string path) {
    issues_.push_back(ParseFailed(std::move(message), std::move(path)));
  }
  // A text member; empty when it is absent or null.
  std::string Text(const json::Value& object, std::string_view name, const std::string& path,
                   bool required);
  // A list of texts; one text counts as a list of it.
  std::vector<std::string> Texts(const json::Value* list, const std::string& path);
  const std::vector<json::Value>& List(const json::Value& object, std::string_view name,
                                       const std::string& path);
  // An object member; an empty object when absent.
  const json::Value& Object(const json::Value& object, std::string_view name,
                            const std::string& path);
  TableName Table(const json::Value* value, const std::string& path);
  std::map<std::string, RootFieldConfig, std::less<>> RootFields(const json::Value& object,
                                                                 const std::string& path);
  std::vector<Issue>& issues() { return issues_; }

 private:
  std::vector<Issue>& issues_;
};

}  // namespace joinery::metadata
