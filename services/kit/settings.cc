#include "services/kit/settings.h"

#include <algorithm>
#include <cstdlib>

#include "base/strings.h"

namespace joinery::kit {
namespace {

std::optional<bool> ParseBool(std::string_view text) {
  for (const std::string_view yes : {"true", "t", "yes", "y"}) {
    if (EqualsIgnoreCase(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "f", "no", "n"}) {
    if (EqualsIgnoreCase(text, no)) return false;
  }
  return std::nullopt;
}

}  // namespace

StatusOr<Settings> Settings::Parse(const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& known,
                                   std::vector<std::string>* words) {
  Settings out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with("--")) {
      if (words != nullptr) {
        words->push_back(arguments[i]);
        continue;
      }
      return InvalidArgument(StrCat("unexpected argument \"", argument, "\""));
    }
    argument.remove_prefix(2);
    const size_t equals = argument.find('=');
    const std::string name(argument.substr(0, equals));
    if (std::ranges::find(known, name + "!") != known.end()) {
      out.flags_[name] =
          equals == argument.npos ? "true" : std::string(argument.substr(equals + 1));
      continue;
    }
    if (std::ranges::find(known, name) == known.end()) {
      return InvalidArgument(StrCat("unknown flag --", name));
    }
    if (equals != argument.npos) {
      out.flags_[name] = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      out.flags_[name] = arguments[++i];
    }
    if (out.flags_[name].empty()) {
      return InvalidArgument(StrCat("flag --", name, " needs a value"));
    }
  }
  return out;
}

std::string Settings::Text(std::string_view flag, std::string_view variable,
                           std::string_view otherwise) {
  if (const auto it = flags_.find(flag); it != flags_.end()) return it->second;
  const char* value = variable.empty() ? nullptr : std::getenv(std::string(variable).c_str());
  return value != nullptr && *value != '\0' ? std::string(value) : std::string(otherwise);
}

std::string Settings::Place(std::string_view flag, std::string_view variable) const {
  return Has(flag) ? StrCat("Flag --", flag) : StrCat("Environment variable ", variable);
}

bool Settings::Bool(std::string_view flag, std::string_view variable, bool otherwise) {
  const std::string text = Text(flag, variable);
  if (text.empty()) return otherwise;
  const std::optional<bool> value = ParseBool(text);
  if (!value) {
    AddMistake(StrCat(Place(flag, variable),
                      ": Not a valid boolean text. True values are "
                      "[\"true\",\"t\",\"yes\",\"y\"] and  False values are "
                      "[\"false\",\"f\",\"no\",\"n\"]. All values are case insensitive"));
  }
  return value.value_or(otherwise);
}

int64_t Settings::Integer(std::string_view flag, std::string_view variable, int64_t otherwise,
                          int64_t least, int64_t most) {
  const std::string text = Text(flag, variable);
  if (text.empty()) return otherwise;
  const std::optional<int64_t> value = ParseInt64(text);
  if (!value || *value < least || *value > most) {
    AddMistake(
        StrCat(Place(flag, variable), ": expected a whole number from ", least, " to ", most));
  }
  return value.value_or(otherwise);
}

}  // namespace joinery::kit
