// SPDX-License-Identifier: Apache-2.0
#include "app/settings_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "app/yaml_reader.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr std::uintmax_t kFileBytesMax = 1 << 20;

bool is_section(std::string_view name) {
    return std::ranges::any_of(setting_specs(), [&](const SettingSpec& spec) {
        return (spec.name.starts_with(name) && spec.name.substr(name.size()).starts_with('.')) ||
               (spec.alias.starts_with(name) && spec.alias.substr(name.size()).starts_with('.'));
    });
}

// One layer of a file: its base, or one profile.
class LayerReader {
public:
    LayerReader(const std::string& label, bool is_chosen, const Environment& environment,
                Settings& settings, std::vector<std::string>& complaints)
        : label_(label),
          is_chosen_(is_chosen),
          environment_(environment),
          settings_(settings),
          complaints_(complaints) {}

    void read_members(const YamlPlace& map, const std::string& prefix);

private:
    void complain(const YamlPlace& place, std::string_view problem) {
        complaints_.push_back(place.complain(problem).error().text);
    }
    void read_member(const YamlPlace& key, const YamlPlace& value, const std::string& name);
    void read_value(const YamlPlace& key, const YamlPlace& value, const SettingSpec& spec);
    Result<std::string> expanded(const YamlPlace& value, const SettingSpec& spec) const;

    const std::string& label_;
    bool is_chosen_;
    const Environment& environment_;
    Settings& settings_;
    std::vector<std::string>& complaints_;
    std::map<std::string_view, int> lines_;  // where each setting was first set
};

void LayerReader::read_members(const YamlPlace& map, const std::string& prefix) {
    auto members = members_of(map);
    if (!members) {
        complaints_.push_back(members.error().text);
        return;
    }
    for (const auto& [key, value] : *members) {
        std::string name = prefix.empty() ? key.node.Scalar() : prefix + "." + key.node.Scalar();
        bool is_file_key = prefix.empty() && (name == "profile" || name == "profiles");
        if (is_file_key && label_.empty()) continue;  // the base's own, read before
        read_member(key, value, name);
    }
}

void LayerReader::read_member(const YamlPlace& key, const YamlPlace& value,
                              const std::string& name) {
    const SettingSpec* spec = find_setting(name);
    if (value.node.IsMap() && is_section(name)) return read_members(value, name);
    if (value.node.IsNull() && is_section(name)) return;  // all its lines are commented out
    if (spec == nullptr && is_section(name)) {
        return complain(key, fmt::format("'{}' is a section: its settings follow, indented", name));
    }
    if (spec == nullptr) return complain(key, unknown_setting(name).error().text);
    if (!value.node.IsScalar())
        return complain(key, fmt::format("'{}' takes one value: {}", name, wanted_value(*spec)));
    read_value(key, value, *spec);
}

void LayerReader::read_value(const YamlPlace& key, const YamlPlace& value,
                             const SettingSpec& spec) {
    int line = key.node.Mark().line + 1;
    if (auto [first, is_new] = lines_.emplace(spec.name, line); !is_new)
        return complain(key,
                        fmt::format("'{}' is set in line {} already", spec.name, first->second));
    const std::string& written = value.node.Scalar();
    bool has_variables = written.contains("${");
    bool is_secret = spec.kind == SettingKind::secret ||
                     (spec.kind == SettingKind::url && holds_password(written));
    if (is_secret && !has_variables && !written.empty())
        return complain(
            value,
            fmt::format("'{}' holds a secret, which a settings file does not: name a file of "
                        "it by {}, or write ${{VARIABLE}} in its place",
                        spec.name, secret_file_setting(spec)));
    if (!is_chosen_) {
        auto right = has_variables ? Status{} : check_setting_value(spec, written);
        if (!right) complain(value, right.error().text);
        return;
    }
    auto text = expanded(value, spec);
    if (!text) return complain(value, text.error().text);
    std::string origin = fmt::format("{}{}:{}:{}", label_, value.file, value.node.Mark().line + 1,
                                     value.node.Mark().column + 1);
    if (auto set = settings_.set(spec.name, *text, origin); !set) complain(value, set.error().text);
}

Result<std::string> LayerReader::expanded(const YamlPlace& value, const SettingSpec& spec) const {
    TRY(std::string text, expand_variables(value.node.Scalar(), environment_));
    bool is_path =
        spec.kind == SettingKind::path || (spec.kind == SettingKind::url && !text.contains(':'));
    bool is_relative = is_path && !text.empty() && text.front() != '/';
    if (!is_relative) return text;
    return (std::filesystem::path(value.file).parent_path() / text).string();
}

Result<YamlPlace> load(const std::string& path) {
    std::error_code error;
    std::uintmax_t bytes = std::filesystem::file_size(path, error);
    if (!error && bytes > kFileBytesMax)
        return fail(Errc::too_large, path + ": a settings file of more than 1 MiB is none");
    std::ifstream file(path, std::ios::binary);
    if (error || !file)
        return fail(Errc::not_found, fmt::format("settings file {} cannot be read", path));
    std::string text(std::istreambuf_iterator<char>(file), {});
    TRY(YamlPlace root, parse_yaml(path, text));
    if (root.node.IsNull()) root.node = YAML::Node(YAML::NodeType::Map);
    if (!root.node.IsMap())
        return fail(Errc::invalid_argument,
                    fmt::format("{}:1:1: a mapping of settings is expected", path));
    return root;
}

Result<std::vector<std::pair<YamlPlace, YamlPlace>>> profiles_of(const YamlPlace& root) {
    YAML::Node profiles = root.node["profiles"];
    if (!profiles.IsDefined() || profiles.IsNull())
        return std::vector<std::pair<YamlPlace, YamlPlace>>{};
    return members_of(root.at(profiles));
}

Result<std::string> choose(const YamlPlace& root, const std::string& wanted,
                           std::vector<std::string> declared) {
    YAML::Node own = root.node["profile"];
    std::string chosen = wanted;
    if (chosen.empty() && own.IsDefined()) {
        TRY(chosen, text_of(root.at(own)));
    }
    if (chosen.empty() || chosen == kLocalProfile) return std::string(kLocalProfile);
    if (std::ranges::count(declared, chosen) > 0) return chosen;
    declared.emplace_back(kLocalProfile);
    auto nearest = nearest_word(chosen, declared);
    std::string hint = nearest ? fmt::format("did you mean '{}'?", *nearest)
                               : "there are: " + join(declared, ", ");
    std::string problem = fmt::format("no profile '{}'; {}", chosen, hint);
    if (wanted.empty()) return root.at(own).complain(problem);
    return fail(Errc::invalid_argument, fmt::format("{}: {}", root.file, problem));
}

Status all_of(std::vector<std::string> complaints) {
    if (complaints.empty()) return {};
    if (complaints.size() > kComplaintsMax) {
        std::size_t more = complaints.size() - kComplaintsMax;
        complaints.resize(kComplaintsMax);
        complaints.push_back(fmt::format("… and {} more", more));
    }
    return fail(Errc::invalid_argument, join(complaints, "\n"));
}

}  // namespace

Result<FileProfiles> read_settings_file(const std::string& path, const std::string& wanted,
                                        const Environment& environment, Settings& settings) {
    TRY(YamlPlace root, load(path));
    TRY(auto profiles, profiles_of(root));
    FileProfiles found;
    for (const auto& [name, layer] : profiles) found.declared.push_back(name.node.Scalar());
    TRY(found.chosen, choose(root, wanted, found.declared));
    std::vector<std::string> complaints;
    LayerReader("", true, environment, settings, complaints).read_members(root, "");
    for (const auto& [name, layer] : profiles) {
        if (layer.node.IsNull()) continue;
        std::string label = fmt::format("profile {}, ", name.node.Scalar());
        bool is_chosen = name.node.Scalar() == found.chosen;
        LayerReader(label, is_chosen, environment, settings, complaints).read_members(layer, "");
    }
    TRY_STATUS(all_of(std::move(complaints)));
    return found;
}

}  // namespace pinflow::app
