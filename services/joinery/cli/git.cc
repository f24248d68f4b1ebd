#include "services/joinery/cli/git.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/strings.h"

extern char** environ;

namespace joinery::cli {
namespace {

constexpr std::chrono::seconds kPatience{60};

// Everything that `fd` gives before the deadline.
bool ReadAll(int fd, std::string& out) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::array<char, 65536> buffer;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count == 0) return true;
    if (count < 0) return false;
    out.append(buffer.data(), static_cast<size_t>(count));
  }
}

// The standard output of git. NotFound: it ended with an error.
StatusOr<std::string> Git(std::vector<std::string> arguments, const std::string& index = "") {
  arguments.insert(arguments.begin(), "git");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string index_variable = "GIT_INDEX_FILE=" + index;
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.push_back(*variable);
  if (!index.empty()) variables.push_back(index_variable.data());
  variables.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Unavailable("cannot make a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, "git", &actions, nullptr, argv.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    return Unavailable("git cannot be run");
  }
  std::string out;
  const bool ended = ReadAll(ends[0], out);
  close(ends[0]);
  if (!ended) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  if (!ended) return Unavailable("git did not end in time");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return NotFound("git found nothing");
  return out;
}

}  // namespace

StatusOr<std::string> CheckOut(const std::string& object, const std::string& into) {
  namespace fs = std::filesystem;
  const auto hash = Git({"rev-parse", "--verify", "--quiet", object});
  if (!hash.ok()) {
    if (hash.status().code() != StatusCode::kNotFound) return hash.status();
    return NotFound(StrCat("there is no ", object, " in this git repository"));
  }
  const std::string id(Trim(*hash));
  ASSIGN_OR_RETURN(const std::string type, Git({"cat-file", "-t", id}));
  if (Trim(type) == "blob") {
    ASSIGN_OR_RETURN(const std::string text, Git({"cat-file", "blob", id}));
    const fs::path file = fs::path(into) / fs::path(object.substr(object.find(':') + 1)).filename();
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush()) return Unavailable(StrCat("cannot write ", file.string()));
    return file.string();
  }
  // Through an index of its own; from the top, where all of it is checked out.
  ASSIGN_OR_RETURN(const std::string top, Git({"rev-parse", "--show-toplevel"}));
  const std::string at(Trim(top));
  const std::string index = into + "/index";
  const std::string files = into + "/files";
  const auto read = Git({"-C", at, "read-tree", id}, index);
  if (!read.ok()) return NotFound(StrCat(object, " is no folder"));
  const auto checked = Git({"-C", at, "checkout-index", "--all", "--prefix", files + "/"}, index);
  RETURN_IF_ERROR(checked.status());
  fs::create_directories(files);
  return files;
}

}  // namespace joinery::cli
