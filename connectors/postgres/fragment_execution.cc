#include "connectors/postgres/fragment_execution.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "connectors/postgres/errors.h"
#include "connectors/postgres/sql/assemble.h"
#include "connectors/postgres/sql/bind.h"
#include "connectors/postgres/sql/compile.h"

namespace joinery::connectors::postgres {

struct CompiledFragment::Layout {
  CompiledSql sql;
};

StatusOr<std::shared_ptr<const CompiledFragment>> CompileFragment(const plan::Fragment& fragment) {
  ASSIGN_OR_RETURN(CompiledSql sql, Compile(fragment, ProcessMarker()));
  auto program = std::make_shared<Program>();
  for (size_t i = 0; i < sql.statements.size(); ++i) {
    program->statements.push_back({.id = i == 0 ? fragment.id : StrCat(fragment.id, i),
                                   .sql = sql.statements[i].text,
                                   .plan_each_time = sql.statements[i].plan_each_time});
  }
  auto layout = std::make_shared<CompiledFragment::Layout>();
  layout->sql = std::move(sql);
  auto out = std::make_shared<CompiledFragment>();
  const Layout& rows = layout->sql.layout;
  program->row_by_row =
      std::ranges::find(rows.rows, plan::RootShape::kArray, &RowLayout::shape) != rows.rows.end();
  out->streams = program->row_by_row && !rows.slot_column && fragment.joins.empty();
  if (rows.root_column) out->roots_together = static_cast<uint32_t>(rows.rows.size());
  out->program = std::move(program);
  out->layout = std::move(layout);
  return out;
}

size_t CompiledFragment::bytes() const {
  size_t out = 1024;
  for (const Statement& statement : program->statements) out += 256 + 2 * statement.sql.size();
  return out;
}

StatusOr<ProgramValues> BindValues(const CompiledFragment& compiled,
                                   const plan::ExecuteRequest& request) {
  ProgramValues out;
  out.reserve(compiled.layout->sql.statements.size());
  for (const SqlStatement& statement : compiled.layout->sql.statements) {
    ASSIGN_OR_RETURN(Values values, Bind(statement, request));
    out.push_back(std::move(values));
  }
  return out;
}

StatusOr<RootApart> TakeApart(const plan::ExecuteRequest& request, uint32_t root) {
  const SqlStatement apart = CompileApart(*request.fragment, ProcessMarker(), root);
  ASSIGN_OR_RETURN(Values values, Bind(apart, request));
  auto program = std::make_shared<Program>();
  program->row_by_row = true;
  program->statements.push_back({.id = StrCat(request.fragment->id, "r", root),
                                 .sql = apart.text,
                                 .plan_each_time = apart.plan_each_time});
  return RootApart{std::move(program),
                   std::make_shared<const ProgramValues>(ProgramValues{std::move(values)})};
}

plan::SourceError FragmentError(const CompiledFragment& compiled, const plan::Fragment& fragment,
                                const ProgramValues& values, const ServerError& error) {
  const size_t at = error.statement < values.size() ? error.statement : values.size() - 1;
  plan::SourceError out = SourceErrorOf(compiled.program->statements[at], values[at], error);
  const SqlStatement& statement = compiled.layout->sql.statements[at];
  if (!statement.write) return out;
  const plan::Write& write =
      std::get<plan::RelationalFragment>(fragment.body).writes[*statement.write];
  out.hasura_path = write.path;
  const std::string& marker = compiled.layout->sql.layout.marker;
  if (error.message.find(StrCat(marker, kCheckFailed)) != std::string::npos) {
    out = {.message = "check constraint of an insert/update permission has failed",
           .code = "permission-error",
           .hasura_path = write.path};
  } else if (error.message.find(StrCat(marker, kTooFew)) != std::string::npos) {
    out = {.message = write.too_few, .code = "not-supported", .hasura_path = write.too_few_path};
  }
  return out;
}

struct ResultBuilder::Assembly {
  Assembly(std::shared_ptr<const CompiledFragment> compiled,
           std::shared_ptr<const plan::Fragment> fragment, const std::vector<size_t>& slots,
           uint64_t most_rows)
      : compiled(std::move(compiled)),
        fragment(std::move(fragment)),
        assembler(this->compiled->layout->sql.layout, *this->fragment, slots, most_rows) {}

  const std::shared_ptr<const CompiledFragment> compiled;
  const std::shared_ptr<const plan::Fragment> fragment;
  Assembler assembler;
};

namespace {

std::vector<size_t> KeysByRoot(const plan::ExecuteRequest& request) {
  std::vector<size_t> out;
  for (const auto& root : std::get<plan::RelationalFragment>(request.fragment->body).roots) {
    out.push_back(root.batch ? request.batches[*root.batch].size() : 0);
  }
  return out;
}

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
                             const plan::ExecuteRequest& request, uint64_t most_rows)
    : assembly_(std::make_unique<Assembly>(std::move(compiled), request.fragment,
                                           KeysByRoot(request), most_rows)) {}

ResultBuilder::~ResultBuilder() = default;

void ResultBuilder::Add(size_t statement, const PGresult& rows) {
  const SqlStatement& told = assembly_->compiled->layout->sql.statements[statement];
  if (told.write) return;
  ResultRow row(rows);
  const int count = PQntuples(&rows);
  for (int i = 0; i < count; ++i) {
    row.MoveTo(i);
    if (told.root) {
      assembly_->assembler.AddRoot(*told.root, row);
    } else {
      assembly_->assembler.AddRow(row);
    }
  }
}

void ResultBuilder::FailRoot(uint32_t root) { assembly_->assembler.FailRoot(root); }

std::optional<uint32_t> ResultBuilder::FindExcess() const {
  return assembly_->assembler.FindExcess();
}

uint64_t ResultBuilder::bytes() const { return assembly_->assembler.bytes(); }

std::string ResultBuilder::TakeText(size_t enough) { return assembly_->assembler.TakeText(enough); }

StatusOr<plan::ExecuteResult> ResultBuilder::Take() { return assembly_->assembler.Finish(); }

}  // namespace joinery::connectors::postgres
