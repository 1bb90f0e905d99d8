// SPDX-License-Identifier: Apache-2.0
#include "app/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace pinflow::app {
namespace {

std::string place_of(const std::string& file, const YAML::Mark& mark) {
    if (mark.is_null()) return file;
    return fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

std::string_view kind_of(const YAML::Node& node) {
    if (node.IsMap()) return "a map";
    if (node.IsSequence()) return "a list";
    return node.IsScalar() ? "a text" : "nothing";
}

}  // namespace

std::unexpected<Error> YamlPlace::complain(std::string_view problem) const {
    return fail(Errc::invalid_argument,
                fmt::format("{}: {}", place_of(file, node.Mark()), problem));
}

// yaml-cpp throws on what is no YAML: caught here, once.
Result<YamlPlace> parse_yaml(const std::string& file, const std::string& text) {
    try {
        return YamlPlace{file, YAML::Load(text)};
    } catch (const YAML::Exception& error) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: {}", place_of(file, error.mark), error.msg));
    }
}

Result<std::vector<std::pair<YamlPlace, YamlPlace>>> members_of(const YamlPlace& map) {
    if (!map.node.IsMap())
        return map.complain(
            fmt::format("a map of keys and values is wanted here, not {}", kind_of(map.node)));
    std::vector<std::pair<YamlPlace, YamlPlace>> members;
    std::set<std::string> seen;
    for (const auto& entry : map.node) {
        YamlPlace key = map.at(entry.first);
        TRY(std::string name, text_of(key));
        if (!seen.insert(name).second) return key.complain(fmt::format("`{}` is here twice", name));
        members.emplace_back(key, map.at(entry.second));
    }
    return members;
}

Status check_keys(const YamlPlace& map, const std::vector<std::string>& known) {
    TRY(auto members, members_of(map));
    for (const auto& [key, value] : members) {
        std::string name = key.node.Scalar();
        if (std::ranges::count(known, name) > 0) continue;
        std::string hint = fmt::format("known here: {}", join(known, ", "));
        if (auto nearest = nearest_word(name, known))
            hint = fmt::format("did you mean `{}`?", *nearest);
        return key.complain(fmt::format("unknown key `{}`; {}", name, hint));
    }
    return {};
}

Result<YamlPlace> required_member(const YamlPlace& map, const std::string& key) {
    YAML::Node found = map.node[key];
    if (!found.IsDefined() || found.IsNull())
        return map.complain(fmt::format("`{}` is missing", key));
    return map.at(found);
}

Result<std::string> text_of(const YamlPlace& scalar) {
    if (!scalar.node.IsScalar())
        return scalar.complain(fmt::format("a text is wanted here, not {}", kind_of(scalar.node)));
    return scalar.node.Scalar();
}

Result<std::string> text_member(const YamlPlace& map, const std::string& key) {
    TRY(YamlPlace found, required_member(map, key));
    return text_of(found);
}

Result<std::vector<YamlPlace>> items_of(const YamlPlace& list) {
    if (!list.node.IsSequence())
        return list.complain(fmt::format("a list is wanted here, not {}", kind_of(list.node)));
    std::vector<YamlPlace> items;
    for (const YAML::Node& item : list.node) items.push_back(list.at(item));
    return items;
}

Result<std::vector<std::string>> texts_of(const YamlPlace& list) {
    TRY(std::vector<YamlPlace> items, items_of(list));
    std::vector<std::string> texts;
    for (const YamlPlace& item : items) {
        TRY(std::string text, text_of(item));
        texts.push_back(std::move(text));
    }
    return texts;
}

Result<std::vector<std::string>> texts_member(const YamlPlace& map, const std::string& key) {
    YAML::Node found = map.node[key];
    if (!found.IsDefined() || found.IsNull()) return std::vector<std::string>{};
    return texts_of(map.at(found));
}

}  // namespace pinflow::app
