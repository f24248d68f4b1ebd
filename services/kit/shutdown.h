#pragma once

#include <csignal>

namespace joinery::kit {

// Blocks SIGTERM and SIGINT in this thread and all that it starts. First thing in main.
void BlockShutdownSignals();

// Waits for SIGTERM or SIGINT; returns which.
int AwaitShutdownSignal();

}  // namespace joinery::kit
