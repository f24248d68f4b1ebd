#pragma once

#include <string>
#include <vector>

#include "services/kit/settings.h"

// The commands of the one binary. Each runs until a shutdown signal and returns the exit code.
namespace joinery {

// All services in this process, over direct calls.
int ServeInProcess(kit::Settings& settings);

// One service of the mesh: "edge", "planner", "postgres", "remote_schema" or "action".
int RunService(const std::string& service, kit::Settings& settings);

// The five services as processes of this binary on loopback; `arguments` go on to each.
int ServeMesh(kit::Settings& settings, const std::vector<std::string>& arguments);

// Prints the mistakes in the settings; true when there are any.
bool RefuseMistakes(const kit::Settings& settings);

}  // namespace joinery
