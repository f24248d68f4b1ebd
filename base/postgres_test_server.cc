#include "base/postgres_test_server.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "base/strings.h"

namespace joinery {
namespace {

[[noreturn]] void Die(std::string_view what) {
  std::fprintf(stderr, "test server: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

std::string BinaryDirectory() {
  FILE* pipe = popen("pg_config --bindir", "r");
  char line[512] = {};
  if (pipe == nullptr || std::fgets(line, sizeof(line), pipe) == nullptr) {
    Die("pg_config does not say where the server's binaries are");
  }
  pclose(pipe);
  return std::string(Trim(line));
}

// The server refuses to run as root.
const passwd* OtherUser() { return geteuid() == 0 ? getpwnam("postgres") : nullptr; }

pid_t Launch(const std::vector<std::string>& command, const std::string& log) {
  const passwd* user = OtherUser();
  const pid_t child = fork();
  if (child < 0) Die("cannot fork");
  if (child > 0) return child;
  if (std::freopen(log.c_str(), "a", stdout) == nullptr) _exit(126);
  dup2(STDOUT_FILENO, STDERR_FILENO);
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  // After setuid, which would undo it.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

void Finish(pid_t process, std::string_view what) {
  int status = 0;
  waitpid(process, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) Die(what);
}

}  // namespace

TestServer::TestServer() {
  std::string pattern = (std::filesystem::temp_directory_path() / "joinery-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) Die("cannot make a temporary directory");
  directory_ = pattern;
  const std::string log = directory_ + "/log";
  if (FILE* file = std::fopen(log.c_str(), "w")) std::fclose(file);
  if (const passwd* user = OtherUser()) {
    for (const std::string& path : {directory_, log}) {
      if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) Die("cannot chown");
    }
  }
  const std::string binaries = BinaryDirectory();
  const std::string data = directory_ + "/data";
  Finish(Launch({binaries + "/initdb", "-D", data, "-U", "tester", "-A", "trust", "-N", "-E",
                 "UTF8", "--locale=C"},
                log),
         "initdb failed");
  Start();
}

void TestServer::Start() {
  process_ = Launch({BinaryDirectory() + "/postgres", "-D", directory_ + "/data", "-k", directory_,
                     "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=100"},
                    directory_ + "/log");
  for (int i = 0; PQping(url().c_str()) != PQPING_OK; ++i) {
    if (i > 1000) Die("the server does not answer");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void TestServer::Stop() {
  kill(process_, SIGINT);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

TestServer::~TestServer() {
  if (process_ != 0) {
    kill(process_, SIGQUIT);
    waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string TestServer::url() const {
  return StrCat("postgresql://tester@/postgres?host=", directory_);
}

}  // namespace joinery
