#pragma once

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace joinery {

// What the world did to us: a source is down, a deadline passed, a pool is full. One Status ends
// the operation; its code alone decides about retry, breaker and HTTP status. What users did wrong
// is an Issue (base/issue.h).
using Status = absl::Status;
using StatusCode = absl::StatusCode;
template <typename T>
using StatusOr = absl::StatusOr<T>;

// The one place where std::string_view becomes Abseil's own (Debian builds Abseil as C++14).
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

inline Status MakeStatus(StatusCode code, std::string_view message) {
  return Status(code, ToAbsl(message));
}
inline Status OkStatus() { return absl::OkStatus(); }
inline std::string_view MessageOf(const Status& status) { return FromAbsl(status.message()); }

inline Status Cancelled(std::string_view m) { return MakeStatus(StatusCode::kCancelled, m); }
inline Status InvalidArgument(std::string_view m) {
  return MakeStatus(StatusCode::kInvalidArgument, m);
}
inline Status DeadlineExceeded(std::string_view m) {
  return MakeStatus(StatusCode::kDeadlineExceeded, m);
}
inline Status NotFound(std::string_view m) { return MakeStatus(StatusCode::kNotFound, m); }
inline Status AlreadyExists(std::string_view m) {
  return MakeStatus(StatusCode::kAlreadyExists, m);
}
inline Status ResourceExhausted(std::string_view m) {
  return MakeStatus(StatusCode::kResourceExhausted, m);
}
inline Status FailedPrecondition(std::string_view m) {
  return MakeStatus(StatusCode::kFailedPrecondition, m);
}
inline Status Internal(std::string_view m) { return MakeStatus(StatusCode::kInternal, m); }
inline Status Unavailable(std::string_view m) { return MakeStatus(StatusCode::kUnavailable, m); }
inline Status Unimplemented(std::string_view m) {
  return MakeStatus(StatusCode::kUnimplemented, m);
}

}  // namespace joinery

#define JOINERY_CONCAT_INNER(a, b) a##b
#define JOINERY_CONCAT(a, b) JOINERY_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                \
  do {                                                       \
    if (::joinery::Status status_ = (expr); !status_.ok()) { \
      return status_;                                        \
    }                                                        \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(JOINERY_CONCAT(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) return tmp.status();         \
  lhs = std::move(tmp).value()
