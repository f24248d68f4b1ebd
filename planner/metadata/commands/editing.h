#pragma once

#include <string>
#include <string_view>

#include "base/issue.h"
#include "base/strings.h"
#include "json/value.h"
#include "planner/metadata/commands/commands.h"
#include "planner/metadata/model.h"

// What the commands share: reading their arguments, finding places in the document.
namespace joinery::metadata {

// The arguments of one call and the document that it edits. Lives for one call.
class Editing {
 public:
  Editing(json::Value& document, const Call& call) : document(document), call(call) {}

  json::Value& document;
  const Call& call;

  // Path of a fault in the shape of the arguments, and of any other fault.
  std::string ArgPath(std::string_view member = "") const;
  const std::string& path() const { return call.path; }
  Issue Fault(std::string code, std::string message) const {
    return {.code = std::move(code), .message = std::move(message), .path = call.path};
  }
  // A fault that is shown at one of the arguments.
  Issue FaultAt(std::string_view member, std::string code, std::string message) const {
    return {.code = std::move(code),
            .message = std::move(message),
            .path = StrCat(call.path, ".", member)};
  }

  // Members of the arguments. parse-failed when absent or of another kind.
  IssueOr<std::string> Text(std::string_view member) const;
  IssueOr<json::Value> Member(std::string_view member) const;
  IssueOr<json::Value> List(std::string_view member) const;
  std::string SourceName() const;
  IssueOr<TableName> Name(std::string_view member) const;

  // The same for calls that also take the name itself as their arguments.
  IssueOr<TableName> TrackedName(std::string_view member) const;
  IssueOr<bool> Flag(std::string_view member) const;

  // Something cannot go while these need it.
  Issue Dependents(const std::vector<std::string>& shown) const {
    return Fault("dependency-error", StrCat("cannot drop due to the following dependent objects : ",
                                            Join(shown, ", ")));
  }
  Issue FieldExists(const TableName& table, std::string_view field) const;
  bool IsRemoteRoot(std::string_view name) const;
  // Whether the database's table has the column; false where nothing is known of it.
  bool HasColumn(const TableName& table, std::string_view column) const;

  // Places. not-exists where there is none.
  IssueOr<json::Value*> Source();
  // The table that `table` of the arguments names.
  IssueOr<json::Value*> Table();
  IssueOr<json::Value*> Function();
  IssueOr<json::Value*> RemoteSchema(const std::string& name);
  IssueOr<json::Value*> Action(const std::string& name);
  // The query collection; the fault is shown at the argument `member` where one is given.
  IssueOr<json::Value*> Collection(const std::string& name, std::string_view member = "");
};

json::Value Success();
// "t", or "s.t" outside schema public.
std::string ShownName(const TableName& table);
json::Value NameValue(const TableName& table);

// The list member, made when absent.
json::Value& ListOf(json::Value& object, std::string_view member);
// The element whose `key` is `name`; nullptr: none.
json::Value* FindBy(json::Value& list, std::string_view key, std::string_view name);
bool EraseBy(json::Value& list, std::string_view key, std::string_view name);
// Whether the table has a relationship or computed field of any kind by that name.
bool HasField(json::Value& table, std::string_view name);
// Takes `comment` over from the arguments; none there takes it away.
void SetComment(json::Value& object, const json::Value& args);
// An object of those members of `from` that are there and not null.
json::Value Pick(const json::Value& from, std::initializer_list<std::string_view> members);
// The element of a list of tables or functions that has that name under `member`.
json::Value* FindTableIn(json::Value& list, std::string_view member, const TableName& name);

}  // namespace joinery::metadata
