// SPDX-License-Identifier: Apache-2.0
// A settings file's JSON Schema. A name's dots may be levels of the file at any place, so the
// schema has one definition for each section ("sink", "sink.flush" …), and each definition lists
// what may follow it.
#include <fmt/format.h>

#include <map>
#include <set>

#include "app/settings_text.h"
#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

std::string escaped_for_pattern(std::string_view text) {
    std::string escaped;
    for (char c : text) {
        if (c == '.') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// Values may hold ${VARIABLES}, so every kind takes a text that holds one.
void write_value_schema(json::JsonWriter& writer, const SettingSpec& spec) {
    writer.begin_object();
    writer.member("description", fmt::format("{} ({})", spec.text, wanted_value(spec)));
    if (spec.kind != SettingKind::secret) writer.member("default", spec.initial);
    std::string words = escaped_for_pattern(spec.choices);
    auto pattern = [&](std::string own) {
        if (!own.empty() && !words.empty()) own += "|";
        writer.member("type", "string");
        writer.member("pattern", fmt::format("^({}{})$|\\$\\{{", own, words));
    };
    auto either = [&](std::string_view type, std::string_view own) {
        writer.key("type").begin_array();
        writer.value(type);
        writer.value("string");
        writer.end_array();
        writer.member("pattern", fmt::format("^({})$|\\$\\{{", own));
    };
    switch (spec.kind) {
        case SettingKind::text:
        case SettingKind::path:
        case SettingKind::url:
        case SettingKind::cron:
        case SettingKind::time_zone:
        case SettingKind::pattern: {
            writer.key("type").begin_array();  // a YAML 42 is the text "42"
            for (std::string_view type : {"string", "number", "boolean"}) writer.value(type);
            writer.end_array();
            break;
        }
        case SettingKind::secret: pattern(""); break;
        case SettingKind::address: pattern(".+:[0-9]{1,5}"); break;
        case SettingKind::boolean: either("boolean", "true|false"); break;
        case SettingKind::count: either("integer", "[0-9]+"); break;
        case SettingKind::duration: pattern("[0-9]+(ms|s|m|h|d)"); break;
        case SettingKind::size: pattern("[0-9]+(B|KiB|MiB|GiB)"); break;
        case SettingKind::choice: pattern(""); break;
    }
    writer.end_object();
}

// What may follow a section: the rest of each name below it, cut at any of its dots.
struct Follower {
    const SettingSpec* setting = nullptr;
    std::string section;  // its full name, when it is one
};

std::map<std::string, std::map<std::string, Follower>> followers_by_section() {
    std::map<std::string, std::map<std::string, Follower>> sections;
    auto add = [&](std::string_view name, const SettingSpec& spec) {
        std::vector<std::size_t> starts{0};
        for (std::size_t at = name.find('.'); at != std::string_view::npos;
             at = name.find('.', at + 1))
            starts.push_back(at + 1);
        for (std::size_t start : starts) {
            std::string section(start == 0 ? "" : name.substr(0, start - 1));
            sections[section][std::string(name.substr(start))].setting = &spec;
            for (std::size_t end : starts) {
                if (end <= start) continue;
                auto& follower =
                    sections[section][std::string(name.substr(start, end - 1 - start))];
                follower.section = std::string(name.substr(0, end - 1));
            }
        }
    };
    for (const SettingSpec& spec : setting_specs()) {
        add(spec.name, spec);
        if (!spec.alias.empty()) add(spec.alias, spec);
    }
    return sections;
}

void write_reference(json::JsonWriter& writer, const std::string& section) {
    writer.begin_object();
    writer.member("$ref", "#/$defs/" + section);
    writer.end_object();
}

void write_follower(json::JsonWriter& writer, const Follower& follower) {
    if (follower.setting == nullptr) return write_reference(writer, follower.section);
    if (follower.section.empty()) return write_value_schema(writer, *follower.setting);
    writer.begin_object();
    writer.key("anyOf").begin_array();
    write_value_schema(writer, *follower.setting);
    write_reference(writer, follower.section);
    writer.end_array();
    writer.end_object();
}

void write_properties(json::JsonWriter& writer, const std::map<std::string, Follower>& followers) {
    writer.key("properties").begin_object();
    for (const auto& [name, follower] : followers) {
        writer.key(name);
        write_follower(writer, follower);
    }
}

void write_profile_properties(json::JsonWriter& writer) {
    writer.key("profile").begin_object();
    writer.member("type", "string");
    writer.member("description", "The profile that is taken when none is named.");
    writer.end_object();
    writer.key("profiles").begin_object();
    writer.member("type", "object");
    writer.member("description", "Layers over the settings above, by name.");
    writer.key("additionalProperties");
    write_reference(writer, "layer");
    writer.end_object();
}

}  // namespace

std::string settings_schema() {
    auto sections = followers_by_section();
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("$schema", "https://json-schema.org/draft/2020-12/schema");
    writer.member("title", "pinflow settings");
    writer.member("type", "object");
    write_properties(writer, sections[""]);
    write_profile_properties(writer);
    writer.end_object();
    writer.member("additionalProperties", false);
    writer.key("$defs").begin_object();
    for (const auto& [section, followers] : sections) {
        writer.key(section.empty() ? "layer" : section).begin_object();
        writer.key("type").begin_array();
        writer.value("object");
        writer.value("null");
        writer.end_array();
        write_properties(writer, followers);
        writer.end_object();
        writer.member("additionalProperties", false);
        writer.end_object();
    }
    writer.end_object();
    writer.end_object();
    return std::move(writer).take() + "\n";
}

}  // namespace pinflow::app
