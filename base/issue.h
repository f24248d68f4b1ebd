#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace joinery {

// What a user did wrong, in a document, in variables, in metadata or with a permission: plain data,
// answered in Hasura's shape `{"path", "error"|"message", "code"}`, never retried.
struct Issue {
  std::string code;        // Hasura's code, such as "validation-failed".
  std::string message;     // Names the object, the place and the way out; no values, no secrets.
  std::string path = "$";  // JSONPath of the place, such as "$.selectionSet.author".
  std::string internal;    // JSON text for `extensions.internal`; empty: none.
  int http_status = 400;   // Where the endpoint tells errors by status.
};

// A value, or the Issue that prevented it.
template <typename T>
class IssueOr {
 public:
  IssueOr(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  IssueOr(Issue issue) : state_(std::in_place_index<1>, std::move(issue)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const Issue& issue() const& { return std::get<1>(state_); }
  Issue& issue() & { return std::get<1>(state_); }
  Issue&& issue() && { return std::get<1>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

 private:
  std::variant<T, Issue> state_;
};

// Nothing, or an Issue.
template <>
class IssueOr<void> {
 public:
  IssueOr() = default;
  IssueOr(Issue issue) : state_(std::move(issue)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  const Issue& issue() const& { return std::get<1>(state_); }
  Issue& issue() & { return std::get<1>(state_); }
  Issue&& issue() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<std::monostate, Issue> state_;
};

using MaybeIssue = IssueOr<void>;

inline Issue ValidationFailed(std::string message, std::string path) {
  return {.code = "validation-failed", .message = std::move(message), .path = std::move(path)};
}
inline Issue ParseFailed(std::string message, std::string path) {
  return {.code = "parse-failed", .message = std::move(message), .path = std::move(path)};
}
inline Issue UnexpectedIssue(std::string message, std::string path = "$") {
  return {.code = "unexpected",
          .message = std::move(message),
          .path = std::move(path),
          .internal = {},
          .http_status = 500};
}

}  // namespace joinery

#define RETURN_IF_ISSUE(expr)                       \
  do {                                              \
    if (auto issue_or_ = (expr); !issue_or_.ok()) { \
      return std::move(issue_or_).issue();          \
    }                                               \
  } while (false)

#define JOINERY_ISSUE_CONCAT_INNER(a, b) a##b
#define JOINERY_ISSUE_CONCAT(a, b) JOINERY_ISSUE_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN_ISSUE(lhs, expr) \
  ASSIGN_OR_RETURN_ISSUE_IMPL(JOINERY_ISSUE_CONCAT(issue_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_ISSUE_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                \
  if (!tmp.ok()) return std::move(tmp).issue();     \
  lhs = std::move(tmp).value()
