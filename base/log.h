#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace joinery {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Lines below it are dropped. Default kInfo.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

// Writes one JSON line `{"timestamp","level","type","detail":{…}}` to stderr. `type` is the kind of
// event, such as "startup" or "http-log". Values must hold no secrets and no user data.
// Thread-safe.
void Log(LogLevel level, std::string_view type,
         std::initializer_list<std::pair<std::string_view, std::string_view>> detail);

}  // namespace joinery
