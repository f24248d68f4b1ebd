#pragma once

#include <string_view>

#include "base/status.h"
#include "plan/catalog.h"

namespace joinery::planner {

// A database catalog from a short text, for tests. Names are in schema public unless written `s.t`.
//
//   table author -- people who write
//     id int4! default pk
//     name text
//     boss int4 -> author(id)
//     mood enum:mood
//     email domain:email/text
//     tags text[]
//     pk (id, name)
//     unique author_name_key (name)
//     fk (a, b) -> other(x, y)
//   view v                          nothing can be written to it
//     id int4
//   function search(term text, session json, n int4 =) -> setof article stable -- comment
//   function fullname(row author) -> text stable
//   enum colors red "the color" green
//
// `!`: not null; `=` after an argument: it has a default. Volatility is stable, immutable or, by
// default, volatile. Types named after a table of the text are composite.
StatusOr<plan::DatabaseCatalog> CatalogFromText(std::string_view text);

}  // namespace joinery::planner
