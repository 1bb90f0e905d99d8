// SPDX-License-Identifier: Apache-2.0
// YAML with places: every complaint says file, line and column.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace pinflow::app {

// A node and where it came from.
struct YamlPlace {
    std::string file;
    YAML::Node node;

    // "file:12:5: problem", invalid_argument.
    std::unexpected<Error> complain(std::string_view problem) const;
    YamlPlace at(YAML::Node other) const { return {file, std::move(other)}; }
};

Result<YamlPlace> parse_yaml(const std::string& file, const std::string& text);

// A map whose keys must all be among `known`; "required" ones are asked for by member().
Status check_keys(const YamlPlace& map, const std::vector<std::string>& known);

Result<YamlPlace> required_member(const YamlPlace& map, const std::string& key);
Result<std::string> text_of(const YamlPlace& scalar);
Result<std::string> text_member(const YamlPlace& map, const std::string& key);
Result<std::vector<std::string>> texts_of(const YamlPlace& list);
// An absent key is an empty list.
Result<std::vector<std::string>> texts_member(const YamlPlace& map, const std::string& key);
Result<std::vector<YamlPlace>> items_of(const YamlPlace& list);
// (key, value) in the order of the file; the key's own place is in the pair's first.
Result<std::vector<std::pair<YamlPlace, YamlPlace>>> members_of(const YamlPlace& map);

}  // namespace pinflow::app
