#include "connectors/postgres/fragment_execution.h"

#include <utility>

#include "connectors/postgres/sql/assemble.h"
#include "connectors/postgres/sql/bind.h"
#include "connectors/postgres/sql/compile.h"

namespace joinery::connectors::postgres {

struct CompiledFragment::Layout {
  CompiledSql sql;
};

StatusOr<std::shared_ptr<const CompiledFragment>> CompileFragment(const plan::Fragment& fragment) {
  ASSIGN_OR_RETURN(CompiledSql sql, Compile(fragment, ProcessMarker()));
  auto statement = std::make_shared<Statement>();
  statement->id = fragment.id;
  statement->sql = sql.text;
  statement->plan_each_time = sql.plan_each_time;
  auto layout = std::make_shared<CompiledFragment::Layout>();
  layout->sql = std::move(sql);
  auto out = std::make_shared<CompiledFragment>();
  out->statement = std::move(statement);
  out->layout = std::move(layout);
  return out;
}

StatusOr<Values> BindValues(const CompiledFragment& compiled, const plan::ExecuteRequest& request) {
  return Bind(compiled.layout->sql, request);
}

struct ResultBuilder::Assembly {
  Assembly(std::shared_ptr<const CompiledFragment> compiled,
           std::shared_ptr<const plan::Fragment> fragment, size_t slots)
      : compiled(std::move(compiled)),
        fragment(std::move(fragment)),
        assembler(this->compiled->layout->sql.layout, *this->fragment, slots) {}

  const std::shared_ptr<const CompiledFragment> compiled;
  const std::shared_ptr<const plan::Fragment> fragment;
  Assembler assembler;
};

namespace {

class ResultRow final : public RowView {
 public:
  explicit ResultRow(const PGresult& result) : result_(result) {}
  void MoveTo(int row) { row_ = row; }
  std::optional<std::string_view> Column(uint32_t column) const override {
    const int c = static_cast<int>(column);
    const auto length = static_cast<size_t>(PQgetlength(&result_, row_, c));
    if (length == 0 && PQgetisnull(&result_, row_, c) != 0) return std::nullopt;
    return std::string_view(PQgetvalue(&result_, row_, c), length);
  }

 private:
  const PGresult& result_;
  int row_ = 0;
};

}  // namespace

ResultBuilder::ResultBuilder(std::shared_ptr<const CompiledFragment> compiled,
                             const plan::ExecuteRequest& request)
    : assembly_(std::make_unique<Assembly>(
          std::move(compiled), request.fragment,
          request.batches.empty() ? 0 : request.batches.front().size())) {}

ResultBuilder::~ResultBuilder() = default;

void ResultBuilder::Add(const PGresult& rows) {
  ResultRow row(rows);
  const int count = PQntuples(&rows);
  for (int i = 0; i < count; ++i) {
    row.MoveTo(i);
    assembly_->assembler.AddRow(row);
  }
}

StatusOr<plan::ExecuteResult> ResultBuilder::Take() { return assembly_->assembler.Finish(); }

}  // namespace joinery::connectors::postgres
