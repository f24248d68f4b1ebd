#pragma once

#include <sys/types.h>

#include <string>

namespace joinery {

// A database server of its own for one test suite, from the binaries that `pg_config --bindir`
// names: fresh, reached over a Unix socket in a temporary directory, gone with this object or the
// process. Stops the process with a message when it cannot be started.
class TestServer {
 public:
  TestServer();
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // Of the superuser's database.
  std::string url() const;

  // Down, as after a crash or by an administrator's command; its data stay.
  void Stop();
  void Start();

 private:
  std::string directory_;
  pid_t process_ = 0;
};

}  // namespace joinery
