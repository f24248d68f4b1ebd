#include "services/kit/rpc/target.h"

#include <string_view>

#include "base/strings.h"

namespace joinery::kit::rpc {
namespace {

constexpr std::string_view kDefaultPort = "443";

StatusOr<HostPort> ParseHostPort(std::string_view text) {
  HostPort out;
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == text.npos) return InvalidArgument("a bracket without its end");
    out.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const size_t colon = text.rfind(':');
    out.host = text.substr(0, colon);
    port = colon == text.npos ? std::string_view() : text.substr(colon);
  }
  if (out.host.empty()) return InvalidArgument("an address without a host");
  if (port == ":") return InvalidArgument("an address without a port behind its colon");
  out.port = port.empty() ? kDefaultPort : port.substr(1);
  return out;
}

}  // namespace

StatusOr<std::vector<HostPort>> ParseTarget(const std::string& target) {
  std::string_view rest = target;
  bool several = false;
  if (rest.starts_with("dns:")) {
    rest.remove_prefix(4);
    // "dns://authority/name" names a name server, which the system's resolver does not take.
    if (rest.starts_with("///")) {
      rest.remove_prefix(3);
    } else if (rest.starts_with("//")) {
      return InvalidArgument(StrCat("target \"", target, "\": a name server cannot be chosen"));
    }
  } else if (rest.starts_with("ipv4:") || rest.starts_with("ipv6:")) {
    rest.remove_prefix(5);
    several = true;
  } else if (rest.find("://") != rest.npos || rest.starts_with("unix:")) {
    return InvalidArgument(StrCat("target \"", target, "\": only dns, ipv4 and ipv6 are known"));
  }
  std::vector<HostPort> out;
  while (!rest.empty() || out.empty()) {
    const size_t comma = several ? rest.find(',') : rest.npos;
    StatusOr<HostPort> one = ParseHostPort(rest.substr(0, comma));
    if (!one.ok())
      return InvalidArgument(StrCat("target \"", target, "\": ", MessageOf(one.status())));
    out.push_back(*std::move(one));
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  return out;
}

}  // namespace joinery::kit::rpc
