#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <thread>

#include "base/log.h"
#include "base/strings.h"
#include "services/joinery/options.h"
#include "services/joinery/serve.h"
#include "services/kit/shutdown.h"

namespace joinery {
namespace {

// A port that was free a moment ago.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  int port = 0;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    port = ntohs(address.sin_port);
  }
  close(fd);
  return port;
}

pid_t Start(std::vector<std::string> command) {
  std::vector<char*> argv;
  for (std::string& part : command) argv.push_back(part.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  // A child does not outlive the process that started it.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

// Tells what is wrong before any service starts.
bool SettingsAreRight(kit::Settings& settings) {
  ReadThreads(settings);
  ReadEdgeOptions(settings, {});
  ReadServerOptions(settings);
  ReadListenAddress(settings, "");
  ReadAnswerLimits(settings);
  planner::EngineOptions engine = ReadEngineOptions(settings);
  // A database is the planner's to try.
  if (const StoreOptions store = ReadStoreOptions(settings); !store.path.empty()) {
    const Status opened = OpenStore(store, engine);
    if (!opened.ok()) settings.AddMistake(std::string(MessageOf(opened)));
  }
  return !RefuseMistakes(settings);
}

}  // namespace

int ServeMesh(kit::Settings& settings, const std::vector<std::string>& arguments) {
  if (!SettingsAreRight(settings)) return 1;
  std::map<std::string, std::string> addresses = {
      {"edge", ReadListenAddress(settings, "127.0.0.1:0")}};
  for (const char* service : {"planner", "postgres", "remote_schema", "action"}) {
    addresses[service] = StrCat("127.0.0.1:", FreePort());
  }
  std::vector<std::string> shared;
  for (const std::string& argument : arguments) {
    if (argument != "--mesh" && argument != "--mesh=true") shared.push_back(argument);
  }
  for (const auto& [flag, service] :
       std::map<std::string, std::string>{{"--planner", "planner"},
                                          {"--postgres", "postgres"},
                                          {"--remote-schema", "remote_schema"},
                                          {"--action", "action"}}) {
    shared.push_back(StrCat(flag, "=", addresses[service]));
  }
  std::map<pid_t, std::string> children;
  for (const char* service : {"postgres", "remote_schema", "action", "planner", "edge"}) {
    std::vector<std::string> command = {"joinery", "service", service};
    command.insert(command.end(), shared.begin(), shared.end());
    command.push_back(StrCat("--listen=", addresses[service]));
    children[Start(std::move(command))] = service;
  }
  // A service that ends by itself ends the mesh: whoever runs it starts it anew.
  static std::atomic<bool> stopping{false};
  static std::atomic<bool> broken{false};
  std::thread([children] {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    if (stopping) return;
    broken = true;
    if (ended > 0) {
      Log(LogLevel::kError, "mesh", {{"ended", children.at(ended)}, {"status", StrCat(status)}});
    }
    kill(getpid(), SIGTERM);
  }).detach();
  kit::AwaitShutdownSignal();
  stopping = true;
  // The edge drains first; what it waits for must still be there.
  for (const auto& [pid, service] : children) {
    if (service == "edge") {
      kill(pid, SIGTERM);
      waitpid(pid, nullptr, 0);
    }
  }
  int code = broken ? 1 : 0;
  for (const auto& [pid, service] : children) {
    if (service == "edge") continue;
    kill(pid, SIGTERM);
    int status = 0;
    if (waitpid(pid, &status, 0) == pid && !WIFEXITED(status)) code = 1;
  }
  return code;
}

}  // namespace joinery
