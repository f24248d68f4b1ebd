#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

using Fragment = ast::FragmentDefinition;
using Spreads = std::vector<const ast::FragmentSpread*>;

void CollectSpreads(const ast::SelectionSet& selections, Spreads& out) {
  for (const ast::Selection& selection : selections) {
    if (const ast::Field* field = selection.field()) {
      CollectSpreads(field->selections, out);
    } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
      CollectSpreads(fragment->selections, out);
    } else {
      out.push_back(selection.spread());
    }
  }
}

// Which fragment spreads which; each fragment is looked into once.
class SpreadGraph {
 public:
  explicit SpreadGraph(Context& context) : context_(context) {
    for (const Fragment* fragment : context.document().fragments()) {
      CollectSpreads(fragment->selections, spreads_[fragment]);
    }
  }

  void CheckUsed();
  void CheckCycles();

 private:
  struct Frame {
    const Fragment* fragment;
    size_t next;  // Position in its spreads.
  };

  void MarkUsed(const Spreads& spreads);
  void FindCyclesFrom(const Fragment* fragment);
  void ReportCycle(const std::vector<Frame>& stack, size_t start);
  const Fragment* Target(const ast::FragmentSpread* spread) const {
    return context_.document().fragment(spread->name);
  }

  Context& context_;
  std::unordered_map<const Fragment*, Spreads> spreads_;
  std::unordered_set<const Fragment*> used_;
  std::unordered_map<const Fragment*, bool> finished_;  // Present: visited.
};

void SpreadGraph::MarkUsed(const Spreads& spreads) {
  std::vector<const ast::FragmentSpread*> waiting(spreads);
  while (!waiting.empty()) {
    const Fragment* fragment = Target(waiting.back());
    waiting.pop_back();
    if (fragment == nullptr || !used_.insert(fragment).second) continue;
    const Spreads& more = spreads_[fragment];
    waiting.insert(waiting.end(), more.begin(), more.end());
  }
}

void SpreadGraph::CheckUsed() {
  for (const ast::Operation* operation : context_.document().operations()) {
    Spreads spreads;
    CollectSpreads(operation->selections, spreads);
    MarkUsed(spreads);
  }
  for (const Fragment* fragment : context_.document().fragments()) {
    // A second fragment of the same name is reported as such, not as unused.
    if (used_.contains(fragment)) continue;
    if (context_.document().fragment(fragment->name) != fragment) continue;
    context_.Report(Rule::kUnusedFragments,
                    StrCat("Fragment \"", fragment->name, "\" is never used."),
                    {fragment->location});
  }
}

void SpreadGraph::ReportCycle(const std::vector<Frame>& stack, size_t start) {
  std::string via;
  for (size_t i = start + 1; i < stack.size(); ++i) {
    StrAppend(via, via.empty() ? " via \"" : ", \"", stack[i].fragment->name, '"');
  }
  const Frame& first = stack[start];
  context_.Report(
      Rule::kFragmentCycles,
      StrCat("Cannot spread fragment \"", first.fragment->name, "\" within itself", via, '.'),
      {spreads_[first.fragment][first.next - 1]->location});
}

// Depth first, with a stack of its own: chains of fragments can be as long as the document.
void SpreadGraph::FindCyclesFrom(const Fragment* fragment) {
  if (finished_.contains(fragment)) return;
  std::vector<Frame> stack{{fragment, 0}};
  finished_[fragment] = false;
  while (!stack.empty()) {
    Frame& top = stack.back();
    const Spreads& spreads = spreads_[top.fragment];
    if (top.next == spreads.size()) {
      finished_[top.fragment] = true;
      stack.pop_back();
      continue;
    }
    const Fragment* target = Target(spreads[top.next++]);
    if (target == nullptr) continue;
    const auto [state, is_new] = finished_.emplace(target, false);
    if (is_new) {
      stack.push_back({target, 0});
    } else if (!state->second && !context_.full()) {
      const auto start = std::ranges::find(stack, target, &Frame::fragment);
      ReportCycle(stack, static_cast<size_t>(start - stack.begin()));
    }
  }
}

void SpreadGraph::CheckCycles() {
  for (const Fragment* fragment : context_.document().fragments()) FindCyclesFrom(fragment);
}

}  // namespace

void CheckFragments(Context& context) {
  const auto& fragments = context.document().fragments();
  ForEachDuplicate(
      fragments, [](const Fragment* fragment) { return fragment->name; },
      [&](const Fragment* fragment, const Fragment* first) {
        context.Report(Rule::kUniqueFragmentNames,
                       StrCat("There can be only one fragment named \"", fragment->name, "\"."),
                       {first->location, fragment->location});
      });
  if (fragments.empty()) return;
  SpreadGraph graph(context);
  graph.CheckUsed();
  graph.CheckCycles();
}

}  // namespace joinery::graphql::validation
