#include "planner/planning/json_path.h"

#include "base/strings.h"

namespace joinery::planner {
namespace {

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class PathReader {
 public:
  PathReader(std::string_view text, const std::string& place) : text_(text), place_(place) {}

  IssueOr<std::vector<std::string>> Read() {
    std::vector<std::string> steps;
    if (Peek() == '$') {
      ++at_;
    } else if (at_ < text_.size() && IsNameStart(Peek())) {
      steps.push_back(Name());
    }
    while (at_ < text_.size()) {
      if (Peek() == '.') {
        ++at_;
        if (Peek() != '[') {
          if (!IsNameStart(Peek())) return Bad();
          steps.push_back(Name());
          continue;
        }
      }
      if (Peek() != '[') return Bad();
      ++at_;
      ASSIGN_OR_RETURN_ISSUE(std::string step, Bracket());
      steps.push_back(std::move(step));
    }
    return steps;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Issue Bad() const {
    return ValidationFailed(StrCat("parse json path error: invalid path at character ", at_),
                            place_);
  }

  std::string Name() {
    const size_t start = at_;
    while (IsNameStart(Peek()) || IsDigit(Peek())) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  IssueOr<std::string> Bracket() {
    std::string step;
    const char quote = Peek();
    if (quote == '\'' || quote == '"') {
      const size_t end = text_.find(quote, at_ + 1);
      if (end == text_.npos) return Bad();
      step = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else {
      while (IsDigit(Peek())) step.push_back(text_[at_++]);
      if (step.empty()) return Bad();
    }
    if (Peek() != ']') return Bad();
    ++at_;
    return step;
  }

  std::string_view text_;
  const std::string& place_;
  size_t at_ = 0;
};

}  // namespace

IssueOr<std::vector<std::string>> ParseJsonPath(std::string_view text, const std::string& place) {
  return PathReader(text, place).Read();
}

}  // namespace joinery::planner
