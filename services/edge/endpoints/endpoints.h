#pragma once

#include <string_view>

#include "services/edge/core.h"
#include "services/edge/exchange.h"
#include "services/edge/http/server/request.h"

// One function per endpoint: each answers `exchange`, now or later. They may move from `request`.
namespace joinery::edge {

bool IsGraphqlPath(std::string_view path);
bool IsMetadataPath(std::string_view path);

void ServeGraphql(const SharedCore& core, http::Request& request, const SharedExchange& exchange);
// GraphQL over a WebSocket.
void ServeSocket(const SharedCore& core, const http::Request& request,
                 const SharedExchange& exchange);
// `path`: below /api/rest/.
void ServeRest(const SharedCore& core, http::Request& request, const SharedExchange& exchange,
               std::string_view path);
void ServeHealth(const SharedCore& core, const SharedExchange& exchange);
void ServeVersion(const SharedCore& core, const SharedExchange& exchange);
void ServePreflight(const http::Request& request, const SharedExchange& exchange);

// For admin, whose session and body are in place.
void ServeMetadata(const SharedCore& core, const SharedExchange& exchange);
void ServeExplain(const SharedCore& core, const SharedExchange& exchange);
void ServeConfig(const SharedCore& core, const SharedExchange& exchange);

}  // namespace joinery::edge
