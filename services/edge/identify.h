#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/event_loop.h"
#include "base/issue.h"
#include "services/edge/caller.h"
#include "services/edge/core.h"
#include "services/edge/exchange.h"
#include "services/edge/http/server/request.h"
#include "services/edge/http/server/response_writer.h"

namespace joinery::edge {

// Finds out who asks; `then` goes on with the exchange's session in place, or `fault`. `graphql`:
// the request's body, where it is one of GraphQL.
void Identify(const SharedCore& core, const http::Request& request, const SharedExchange& exchange,
              std::string_view graphql, std::function<void(const Issue* fault)> then);

// The same for headers that came by a WebSocket, as SocketHost::Authenticate.
void IdentifyByHeaders(const SharedCore& core, http::HeaderSpan headers, EventLoop& loop,
                       std::function<void(IssueOr<Caller>)> done);

std::span<const http::HeaderField> FieldsOf(const http::Request& request);

// What may be forwarded to sources: all but the secrets of Joinery itself.
std::shared_ptr<const plan::Headers> ForwardedHeaders(http::HeaderSpan headers);

}  // namespace joinery::edge
