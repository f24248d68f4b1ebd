#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

namespace joinery {
namespace {

std::atomic<LogLevel> minimum{LogLevel::kInfo};

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void AppendQuotedText(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", c);
      out.append(escaped);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void AppendTimestamp(std::string& out) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof(text) - length, ".%03dZ", static_cast<int>(millis));
  out.append(text);
}

}  // namespace

void SetLogLevel(LogLevel level) { minimum.store(level, std::memory_order_relaxed); }

bool LogEnabled(LogLevel level) { return level >= minimum.load(std::memory_order_relaxed); }

void Log(LogLevel level, std::string_view type,
         std::initializer_list<std::pair<std::string_view, std::string_view>> detail) {
  if (!LogEnabled(level)) return;
  std::string line = "{\"timestamp\":\"";
  AppendTimestamp(line);
  line.append("\",\"level\":\"").append(NameOf(level)).append("\",\"type\":");
  AppendQuotedText(line, type);
  line.append(",\"detail\":{");
  bool first = true;
  for (const auto& [name, value] : detail) {
    if (!first) line.push_back(',');
    first = false;
    AppendQuotedText(line, name);
    line.push_back(':');
    AppendQuotedText(line, value);
  }
  line.append("}}\n");
  // One write per line, so that lines of several threads do not mix.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace joinery
