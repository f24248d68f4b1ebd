#include "tests/mesh/service_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace joinery {

ServiceProcess::ServiceProcess(const std::string& name, std::vector<std::string> flags) {
  std::vector<std::string> command = {"services/joinery/joinery", "service", name};
  command.insert(command.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  int output[2];
  JOINERY_CHECK(pipe(output) == 0);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output[1], STDERR_FILENO);
    close(output[0]);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(output[1]);
  std::string log;
  char buffer[4096];
  while (log.find("\"startup\"") == std::string::npos) {
    const ssize_t n = read(output[0], buffer, sizeof(buffer));
    JOINERY_CHECK(n > 0);
    log.append(buffer, static_cast<size_t>(n));
  }
  // Nobody reads further lines; the pipe takes what a short test makes it say.
  output_ = output[0];
}

ServiceProcess::~ServiceProcess() {
  Kill();
  close(output_);
}

int ServiceProcess::Terminate() {
  kill(process_, SIGTERM);
  return Wait();
}

void ServiceProcess::Kill() {
  if (process_ == 0) return;
  kill(process_, SIGKILL);
  Wait();
}

int ServiceProcess::Wait() {
  int status = 0;
  waitpid(std::exchange(process_, 0), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  JOINERY_CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  JOINERY_CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace joinery
