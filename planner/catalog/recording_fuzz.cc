// Any text: what reads as a recording is written as one that reads the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "planner/catalog/recording.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace joinery::planner;
  const auto recording = ReadRecording(std::string(reinterpret_cast<const char*>(data), size));
  if (!recording.ok()) return 0;
  const std::string text = WriteRecording(*recording);
  const auto back = ReadRecording(text);
  JOINERY_CHECK(back.ok());
  JOINERY_CHECK(WriteRecording(*back) == text);
  return 0;
}
