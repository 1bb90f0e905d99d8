// SPDX-License-Identifier: Apache-2.0
#include "record/pipeline.h"

namespace pinflow {
namespace {

constexpr std::string_view kUser = "{user}";

}  // namespace

std::string expand_user(std::string_view pattern, std::string_view user) {
    std::string text(pattern);
    if (std::size_t at = text.find(kUser); at != std::string::npos)
        text.replace(at, kUser.size(), user);
    return text;
}

std::optional<std::string> match_user(std::string_view pattern, std::string_view text) {
    std::size_t at = pattern.find(kUser);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view before = pattern.substr(0, at);
    std::string_view after = pattern.substr(at + kUser.size());
    if (text.size() <= before.size() + after.size()) return std::nullopt;
    if (!text.starts_with(before) || !text.ends_with(after)) return std::nullopt;
    return std::string(text.substr(before.size(), text.size() - before.size() - after.size()));
}

std::string_view name_of(Load load) {
    switch (load) {
        case Load::all: return "all";
        case Load::only_new: return "new";
        case Load::by_date: return "by_date";
    }
    return "";
}

std::optional<Load> load_named(std::string_view name) {
    for (Load load : {Load::all, Load::only_new, Load::by_date})
        if (name == name_of(load)) return load;
    return std::nullopt;
}

}  // namespace pinflow
