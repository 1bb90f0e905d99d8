// SPDX-License-Identifier: Apache-2.0
#include "schedule/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"

namespace pinflow::schedule {
namespace {

using Names = std::map<std::string, std::size_t, std::less<>>;
using Needs = std::vector<std::vector<std::size_t>>;

Result<Names> number_names(const std::vector<Step>& steps) {
    Names names;
    for (std::size_t at = 0; at < steps.size(); ++at) {
        if (!names.emplace(steps[at].name, at).second) {
            return fail(Errc::invalid_argument,
                        fmt::format("two steps are called '{}'", steps[at].name));
        }
    }
    return names;
}

Result<Needs> number_needs(const std::vector<Step>& steps, const Names& names) {
    Needs needs(steps.size());
    for (std::size_t at = 0; at < steps.size(); ++at) {
        for (const std::string& need : steps[at].needs) {
            auto found = names.find(need);
            if (found != names.end()) {
                needs[at].push_back(found->second);
                continue;
            }
            std::vector<std::string> known;
            for (const auto& [name, number] : names) known.push_back(name);
            auto nearest = nearest_word(need, known);
            return fail(Errc::invalid_argument,
                        fmt::format("step '{}' needs '{}', which is no step{}", steps[at].name,
                                    need, nearest ? "; did you mean '" + *nearest + "'?" : ""));
        }
    }
    return needs;
}

// Follows unmet needs from a step that can never run: it must come upon one twice.
std::string tell_cycle(const std::vector<Step>& steps, const Needs& needs,
                       const std::vector<bool>& is_placed) {
    auto unplaced = [&](std::size_t step) { return !is_placed[step]; };
    std::size_t at = 0;
    while (is_placed[at]) ++at;
    std::vector<std::size_t> way;
    while (std::ranges::count(way, at) == 0) {
        way.push_back(at);
        at = *std::ranges::find_if(needs[at], unplaced);
    }
    std::string text;
    for (auto step = std::ranges::find(way, at); step != way.end(); ++step) {
        text += steps[*step].name + " -> ";
    }
    return text + steps[at].name;
}

Result<std::vector<std::size_t>> order(const std::vector<Step>& steps, const Needs& needs) {
    std::vector<std::size_t> placed;
    std::vector<bool> is_placed(steps.size());
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        for (std::size_t at = 0; at < steps.size(); ++at) {
            auto is_met = [&](std::size_t need) { return is_placed[need]; };
            if (is_placed[at] || !std::ranges::all_of(needs[at], is_met)) continue;
            is_placed[at] = has_moved = true;
            placed.push_back(at);
        }
    }
    if (placed.size() == steps.size()) return placed;
    return fail(Errc::invalid_argument,
                "the steps need one another in a circle: " + tell_cycle(steps, needs, is_placed));
}

}  // namespace

Result<Graph> Graph::make(std::vector<Step> steps) {
    if (steps.size() > kStepsMax) {
        return fail(Errc::invalid_argument,
                    fmt::format("a graph of {} steps; {} at most", steps.size(), kStepsMax));
    }
    TRY(Names names, number_names(steps));
    TRY(Needs needs, number_needs(steps, names));
    TRY(auto placed, order(steps, needs));
    Graph graph;
    for (std::size_t at : placed) graph.steps_.push_back(std::move(steps[at]));
    TRY(names, number_names(graph.steps_));
    TRY(graph.needs_, number_needs(graph.steps_, names));
    return graph;
}

bool is_worth_retrying(Errc code) {
    switch (code) {
        case Errc::invalid_argument:
        case Errc::unsupported:
        case Errc::failed_check:
        case Errc::internal:
        case Errc::cancelled: return false;
        default: return true;
    }
}

}  // namespace pinflow::schedule
