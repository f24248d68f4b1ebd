#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/status.h"
#include "connectors/postgres/pool/statement.h"
#include "plan/connector.h"

// The seam between the connector and sql/: what happens to a fragment before and after the
// database.
namespace joinery::connectors::postgres {

// A fragment as SQL, one statement unless it writes, and what reading its answer needs. Immutable,
// shared by all executions.
struct CompiledFragment {
  struct Layout;  // sql/'s own.
  std::shared_ptr<const Program> program;
  std::shared_ptr<const Layout> layout;
  // Its answer is one list of rows without holes, so its text may leave as the rows come.
  bool streams = false;
  // How many roots share the statement, each with keys of its own; 0: there is one root, or they
  // have no keys.
  uint32_t roots_together = 0;

  // About what it takes in memory.
  size_t bytes() const;
};

// InvalidArgument: not a relational fragment, or one that cannot be said in SQL.
StatusOr<std::shared_ptr<const CompiledFragment>> CompileFragment(const plan::Fragment& fragment);

// InvalidArgument: values or batches that do not fit the fragment.
StatusOr<ProgramValues> BindValues(const CompiledFragment& compiled,
                                   const plan::ExecuteRequest& request);

// One of the roots that share a statement, as a statement of its own. The builder takes its rows as
// the fragment's.
struct RootApart {
  std::shared_ptr<const Program> program;
  std::shared_ptr<const ProgramValues> values;
};
StatusOr<RootApart> TakeApart(const plan::ExecuteRequest& request, uint32_t root);

// What the server's refusal means to the fragment: where a write failed, and whether it was our own
// check.
plan::SourceError FragmentError(const CompiledFragment& compiled, const plan::Fragment& fragment,
                                const ProgramValues& values, const ServerError& error);

// Makes the answer of the rows as they come. Belongs to one execution.
class ResultBuilder {
 public:
  ResultBuilder(std::shared_ptr<const CompiledFragment> compiled,
                const plan::ExecuteRequest& request, uint64_t most_rows);
  ~ResultBuilder();
  ResultBuilder(const ResultBuilder&) = delete;
  ResultBuilder& operator=(const ResultBuilder&) = delete;

  // Rows of one statement of the program.
  void Add(size_t statement, const PGresult& rows);
  // All values of the root are null, whatever rows it had.
  void FailRoot(uint32_t root);
  // The root with which there are more rows than `most_rows`.
  std::optional<uint32_t> FindExcess() const;
  // How long the answer's text is so far.
  uint64_t bytes() const;
  // The answer's text so far once it is at least `enough` bytes long, else nothing; Take gives what
  // follows. Only for fragments that stream.
  std::string TakeText(size_t enough);
  // Internal: the rows were not what the statement promises.
  StatusOr<plan::ExecuteResult> Take();

 private:
  struct Assembly;
  std::unique_ptr<Assembly> assembly_;
};

}  // namespace joinery::connectors::postgres
