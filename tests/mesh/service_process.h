#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace joinery {

// One process of the mesh, from the binary under test: `joinery service NAME FLAGS…`. Killed with
// this object.
class ServiceProcess {
 public:
  // Returns once it serves; stops the test process with a message when it does not.
  ServiceProcess(const std::string& name, std::vector<std::string> flags);
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  // Asks it to end (SIGTERM); its exit code, or -1 when a signal ended it.
  int Terminate();
  // Ends it at once.
  void Kill();

 private:
  int Wait();

  pid_t process_ = 0;
  int output_ = -1;
};

// A loopback port that was free a moment ago.
int FreePort();

}  // namespace joinery
