#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace joinery::connectors::testing {

// What a test's upstream was asked.
struct Call {
  std::string target;
  std::string body;
  std::map<std::string, std::string> headers;  // Lower-case names.
};

// What it answers.
struct Reply {
  enum class Kind {
    kAnswer,
    kDrop,      // Closes the connection instead of answering.
    kTruncate,  // Announces the whole body, sends half of it and closes.
    kNever,     // Reads the request and stays silent.
  };
  Kind kind = Kind::kAnswer;
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {{"Content-Type", "application/json"}};
  std::chrono::milliseconds delay{0};
  size_t chunk = 0;  // Sent chunked, in chunks of that size; 0: whole, with its length.
};

// An HTTP/1.1 server on a port of its own, with a script in place of logic. Thread-safe; the script
// runs on the server's thread.
class Upstream {
 public:
  using Script = std::function<Reply(const Call&)>;

  explicit Upstream(Script script);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  // "http://127.0.0.1:<port>" and `path`.
  std::string url(const std::string& path = "/") const;
  void SetScript(Script script);
  std::vector<Call> calls() const;
  size_t connections() const;
  // The most calls that were under way at once.
  size_t most_parallel() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// A port of this machine where nobody listens.
std::string UnusedUrl();

}  // namespace joinery::connectors::testing
