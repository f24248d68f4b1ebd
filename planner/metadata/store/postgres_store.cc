#include "planner/metadata/store/postgres_store.h"

#include <mutex>
#include <thread>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/metadata/export.h"
#include "planner/metadata/store/catalog_schema.h"
#include "planner/metadata/store/notification.h"
#include "planner/metadata/store/postgres_session.h"

namespace joinery::metadata {
namespace {

using json::Value;
using Transaction = PostgresSession::Transaction;

constexpr std::chrono::milliseconds kReadPatience{1'000};
constexpr std::chrono::milliseconds kWritePatience{10'000};
constexpr char kChannel[] = "joinery_metadata";
constexpr int kMaxDepth = 2000;

// The document only when it is another than the known one. No row of hdb_metadata: a catalog that
// nobody has written to yet.
constexpr char kLoad[] = R"sql(
select v.version, v.hasura_uuid, m.resource_version, n.notification, n.resource_version,
  case when m.resource_version is distinct from $1::integer
    or v.hasura_uuid::text is distinct from $2 then m.metadata end
from hdb_catalog.hdb_version v
left join hdb_catalog.hdb_metadata m on m.id = 1
left join hdb_catalog.hdb_schema_notifications n on n.id = 1)sql";

constexpr char kReplace[] = R"sql(
update hdb_catalog.hdb_metadata set metadata = $1::json, resource_version = resource_version + 1
where id = 1 and resource_version = $2::integer
  and exists (select from hdb_catalog.hdb_version where hasura_uuid::text = $3)
returning resource_version)sql";

constexpr char kNotify[] = R"sql(
insert into hdb_catalog.hdb_schema_notifications
  (id, notification, resource_version, instance_id, updated_at)
values (1, $1::json, $2::integer, $3::uuid, now())
on conflict (id) do update set notification = excluded.notification,
  resource_version = excluded.resource_version, instance_id = excluded.instance_id,
  updated_at = excluded.updated_at)sql";

uint64_t Number(const std::optional<std::string>& text) {
  return static_cast<uint64_t>(ParseInt64(text.value_or("0")).value_or(0));
}

std::string Encoded(const Value& document) { return json::ToString(ExportDocument(document)); }

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(const std::string& url) : session_(url), listening_(url) {}

  Status Open(const Value& first) {
    std::lock_guard lock(mutex_);
    RETURN_IF_ERROR(session_.Transact(kWritePatience, [&](Transaction& transaction) {
      RETURN_IF_ERROR(PrepareCatalog(transaction));
      return Begin(transaction, first, 1).status();
    }));
    ASSIGN_OR_RETURN(const auto rows, session_.Read(kReadPatience, "select gen_random_uuid()"));
    instance_ = rows[0][0].value();
    return OkStatus();
  }

  StatusOr<std::optional<StoredDocument>> LoadOther(const Revision& known) override {
    std::lock_guard lock(mutex_);
    return Load(known);
  }

  StatusOr<Revision> Replace(const Revision& known, const Value& document,
                             const Invalidations& invalidations) override {
    std::lock_guard lock(mutex_);
    const std::string text = Encoded(document);
    std::optional<Revision> written;
    const Status status = session_.Transact(kWritePatience, [&](Transaction& transaction) {
      return Write(transaction, known, text, invalidations, written);
    });
    if (status.code() == StatusCode::kNotFound) return Recreate(known, document);
    if (status.code() == StatusCode::kDataLoss) return Settle(known);
    if (!status.ok()) return status;
    if (!written) return Conflict();
    return *std::move(written);
  }

  StatusOr<CatalogState> LoadCatalogState() override {
    std::lock_guard lock(mutex_);
    ASSIGN_OR_RETURN(const auto rows,
                     session_.Read(kReadPatience,
                                   "select hasura_uuid, cli_state, console_state from "
                                   "hdb_catalog.hdb_version"));
    if (rows.empty()) return NotFound("hdb_catalog.hdb_version is empty");
    CatalogState out;
    out.database_id = rows[0][0].value();
    ASSIGN_OR_RETURN(out.cli, json::Parse(rows[0][1].value(), kMaxDepth));
    ASSIGN_OR_RETURN(out.console, json::Parse(rows[0][2].value(), kMaxDepth));
    return out;
  }

  Status SaveCatalogState(const std::string& part, const Value& state) override {
    std::lock_guard lock(mutex_);
    const std::string column = part == "cli" ? "cli_state" : "console_state";
    return session_
        .Read(kWritePatience, StrCat("update hdb_catalog.hdb_version set ", column, " = $1::jsonb"),
              {json::ToString(state)})
        .status();
  }

  void AwaitChange(std::chrono::milliseconds patience) override {
    const auto until = std::chrono::steady_clock::now() + patience;
    const StatusOr<bool> heard = listening_.AwaitNotification(kChannel, patience);
    if (!heard.ok()) std::this_thread::sleep_until(until);
  }

  bool shared() const override { return true; }

 private:
  static Status Conflict() {
    return MakeStatus(StatusCode::kAborted, "the metadata was changed by another writer");
  }

  // Gives a catalog without a document its first one. nullopt: it has one.
  static StatusOr<std::optional<Revision>> Begin(Transaction& transaction, const Value& document,
                                                 uint64_t version) {
    ASSIGN_OR_RETURN(const auto rows,
                     transaction.Run("insert into hdb_catalog.hdb_metadata "
                                     "(id, metadata, resource_version) "
                                     "values (1, $1::json, $2::integer) on conflict (id) do "
                                     "nothing returning "
                                     "(select hasura_uuid from hdb_catalog.hdb_version)",
                                     {Encoded(document), StrCat(version)}));
    if (rows.empty()) return std::optional<Revision>();
    return std::optional<Revision>({version, rows[0][0].value()});
  }

  StatusOr<std::optional<StoredDocument>> Load(const Revision& known) {
    const auto rows =
        session_.Read(kReadPatience, kLoad, {StrCat(known.resource_version), known.lineage});
    // Whoever dropped the catalog said nothing about what to serve.
    if (rows.status().code() == StatusCode::kNotFound && !known.lineage.empty()) {
      return std::optional<StoredDocument>();
    }
    if (!rows.ok()) return rows.status();
    if (rows->empty() || !rows->front()[2]) return std::optional<StoredDocument>();
    const PostgresSession::Row& row = rows->front();
    RETURN_IF_ERROR(CheckCatalogVersion(row[0].value()));
    if (!row[5]) return std::optional<StoredDocument>();
    StoredDocument out;
    out.revision = {Number(row[2]), row[1].value()};
    ASSIGN_OR_RETURN(out.document, json::Parse(*row[5], kMaxDepth));
    if (out.revision.lineage != known.lineage) {
      out.invalidations.all = !known.lineage.empty();
    } else if (row[3]) {
      out.invalidations = ReadNotification(*row[3], Number(row[4]), known.resource_version,
                                           out.revision.resource_version);
    }
    return std::optional<StoredDocument>(std::move(out));
  }

  // `written` stays empty on a conflict.
  Status Write(Transaction& transaction, const Revision& known, const std::string& document,
               const Invalidations& invalidations, std::optional<Revision>& written) {
    ASSIGN_OR_RETURN(
        const auto rows,
        transaction.Run(kReplace, {document, StrCat(known.resource_version), known.lineage}));
    if (rows.empty()) return OkStatus();
    const uint64_t version = Number(rows[0][0]);
    // The row that was just updated is locked: writers come here one at a time.
    ASSIGN_OR_RETURN(
        const auto before,
        transaction.Run("select notification from hdb_catalog.hdb_schema_notifications"));
    const std::string text = before.empty() ? std::string() : before[0][0].value();
    RETURN_IF_ERROR(transaction
                        .Run(kNotify, {WriteNotification(text, version, invalidations),
                                       StrCat(version), instance_})
                        .status());
    RETURN_IF_ERROR(transaction.Run(StrCat("notify ", kChannel)).status());
    written = Revision{version, known.lineage};
    return OkStatus();
  }

  // The catalog was dropped: a new one goes on from what was known.
  StatusOr<Revision> Recreate(const Revision& known, const Value& document) {
    std::optional<Revision> begun;
    RETURN_IF_ERROR(session_.Transact(kWritePatience, [&](Transaction& transaction) {
      RETURN_IF_ERROR(PrepareCatalog(transaction));
      ASSIGN_OR_RETURN(begun, Begin(transaction, document, known.resource_version + 1));
      return transaction.Run(StrCat("notify ", kChannel)).status();
    }));
    if (!begun) return Conflict();
    return *std::move(begun);
  }

  // The connection was lost while a change was committed: asks whether it was.
  StatusOr<Revision> Settle(const Revision& known) {
    uint64_t version = 0;
    bool ours = false;
    const Status asked = session_.Transact(kWritePatience, [&](Transaction& transaction) {
      // The lock waits for a commit that is still on its way.
      ASSIGN_OR_RETURN(const auto held,
                       transaction.Run("select resource_version from hdb_catalog.hdb_metadata "
                                       "where id = 1 for update"));
      ASSIGN_OR_RETURN(const auto last, transaction.Run("select resource_version, instance_id from "
                                                        "hdb_catalog.hdb_schema_notifications"));
      if (!held.empty()) version = Number(held[0][0]);
      ours = !last.empty() && Number(last[0][0]) == version && last[0][1] == instance_;
      return OkStatus();
    });
    if (asked.ok() && version == known.resource_version) {
      return Unavailable("the connection was lost; nothing was stored");
    }
    if (asked.ok() && ours) return Revision{version, known.lineage};
    return MakeStatus(
        StatusCode::kDataLoss,
        "the connection was lost while the change was stored; it may or may not be stored");
  }

  std::mutex mutex_;
  PostgresSession session_;
  std::string instance_;  // A UUID that tells this process's writes from others'.
  PostgresSession listening_;
};

}  // namespace

StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const std::string& url, const Value& first) {
  auto store = std::make_unique<PostgresStore>(url);
  RETURN_IF_ERROR(store->Open(first));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace joinery::metadata
