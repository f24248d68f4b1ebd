#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace joinery::kit {

// Flags and environment variables of one start. A flag beats its variable. Reads note every
// mistake, so that all of them are told at once.
class Settings {
 public:
  // `arguments`: what follows the command. `known` lists the flags without their dashes; a flag
  // that ends in '!' takes no value. Arguments that are no flags go to `words`; without it they are
  // refused. InvalidArgument: an unknown flag, or one without its value or with an empty one.
  static StatusOr<Settings> Parse(const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& known,
                                  std::vector<std::string>* words = nullptr);

  bool Has(std::string_view flag) const { return flags_.contains(flag); }
  // By flag, then by variable; `otherwise` when neither is given. An empty variable counts as
  // absent.
  std::string Text(std::string_view flag, std::string_view variable,
                   std::string_view otherwise = "");
  bool Bool(std::string_view flag, std::string_view variable, bool otherwise);
  int64_t Integer(std::string_view flag, std::string_view variable, int64_t otherwise,
                  int64_t least, int64_t most);

  // Where a setting was given, for messages.
  std::string Place(std::string_view flag, std::string_view variable) const;

  void AddMistake(std::string message) { mistakes_.push_back(std::move(message)); }
  const std::vector<std::string>& mistakes() const { return mistakes_; }

 private:
  std::map<std::string, std::string, std::less<>> flags_;
  std::vector<std::string> mistakes_;
};

}  // namespace joinery::kit
