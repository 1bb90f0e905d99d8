// SPDX-License-Identifier: Apache-2.0
#include "app/settings_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

constexpr std::size_t kTextColumns = 100;

std::string_view section_of(const SettingSpec& spec) {
    std::size_t dot = spec.name.find('.');
    return dot == std::string_view::npos ? "" : spec.name.substr(0, dot);
}

std::string_view name_in_section(const SettingSpec& spec) {
    std::size_t dot = spec.name.find('.');
    return dot == std::string_view::npos ? spec.name : spec.name.substr(dot + 1);
}

// Words on lines of at most kTextColumns, each after `lead`.
std::string wrapped(std::string_view text, std::string_view lead) {
    std::string lines, line(lead);
    for (std::string_view word : split(text, ' ')) {
        if (line.size() + word.size() + 1 > kTextColumns && line != lead) {
            lines += line + "\n";
            line = lead;
        }
        line += fmt::format(" {}", word);
    }
    return lines + line + "\n";
}

// A plain YAML scalar where it stays a text of that spelling, else quoted.
std::string yaml_value(std::string_view value) {
    bool is_plain = !value.empty() &&
                    value.find_first_of(":#{}[]*&!|>'\"%@`,\\ \n\t") == std::string_view::npos &&
                    !value.starts_with('-') && !value.starts_with('?') && value != "~";
    if (is_plain) return std::string(value);
    json::JsonWriter writer;  // a JSON text is a YAML text
    writer.value(value);
    return std::move(writer).take();
}

std::string facts_of(const SettingSpec& spec) {
    bool is_any_text = spec.kind == SettingKind::text || spec.kind == SettingKind::path;
    std::string facts = is_any_text ? "" : wanted_value(spec);
    if (spec.kind == SettingKind::path) facts = "a path";
    if (spec.kind == SettingKind::secret)
        facts = "a secret: from the environment, or from the file that the setting below names";
    if (!spec.alias.empty())
        facts += fmt::format("{}also spelt {}", facts.empty() ? "" : "; ", spec.alias);
    return facts;
}

}  // namespace

std::string settings_help() {
    std::string text = "\nSettings (--set key=value):\n";
    for (const SettingSpec& spec : setting_specs())
        text += fmt::format("  {:34} {} [{}]\n", spec.name, spec.text, spec.initial);
    return text;
}

std::string settings_sample() {
    std::string text =
        "# yaml-language-server: $schema=./pinflow.schema.json\n"
        "# The schema is what 'pinflow config schema' prints.\n"
        "#\n"
        "# Settings of pinflow, each with its default; take the '#' away from those to change.\n"
        "# A flag (--set key=value) is stronger than the environment (PINFLOW_SECTION__KEY), that\n"
        "# than the chosen profile, that than the rest of this file. ${NAME} and "
        "${NAME:-otherwise}\n"
        "# stand for environment variables. 'pinflow config show --resolved' tells what holds.\n";
    std::string_view section;
    for (const SettingSpec& spec : setting_specs()) {
        bool has_section = !section_of(spec).empty();
        if (section != section_of(spec) && has_section)
            text += fmt::format("\n{}:\n", section_of(spec));
        else text += "\n";
        section = section_of(spec);
        std::string indent = has_section ? "  " : "";
        text += wrapped(spec.text, indent + "#");
        if (std::string facts = facts_of(spec); !facts.empty())
            text += wrapped(fmt::format("({})", facts), indent + "#");
        text +=
            fmt::format("{}# {}: {}\n", indent, name_in_section(spec), yaml_value(spec.initial));
    }
    text +=
        "\n# Profiles overlay what stands above: --profile NAME, PINFLOW_PROFILE, or 'profile:'.\n"
        "# profile: local\n"
        "profiles:\n"
        "  local:  # everything in this one process\n";
    return text;
}

std::string settings_reference() {
    std::string text =
        "# Settings\n\n"
        "Written by `pinflow config reference` from the table in `src/app/setting_table.cpp`; a "
        "test "
        "holds them\nequal. Precedence: `--set key=value`, environment, the chosen profile, the "
        "settings file, default.\n";
    std::string_view section = "?";
    for (const SettingSpec& spec : setting_specs()) {
        if (section != section_of(spec)) {
            section = section_of(spec);
            if (!section.empty()) text += fmt::format("\n## {}\n", section);
            text += "\n| setting | default | wants | environment | |\n|---|---|---|---|---|\n";
        }
        std::string wants = facts_of(spec);
        for (std::size_t at = 0; (at = wants.find('|', at)) != std::string::npos; at += 2)
            wants.replace(at, 1, "\\|");
        std::string initial = spec.initial.empty() ? "(empty)" : fmt::format("`{}`", spec.initial);
        text += fmt::format("| `{}` | {} | {} | `{}` | {} |\n", spec.name, initial, wants,
                            environment_name(spec), spec.text);
    }
    return text;
}

std::string settings_shown(const ReadSettings& read, bool all) {
    std::string text = fmt::format("# settings file {}, profile {}\n",
                                   read.file.empty() ? "(none)" : read.file, read.profile);
    for (const SettingSpec& spec : setting_specs()) {
        if (!all && read.settings.is_default(spec.name)) continue;
        text += fmt::format(
            "{:58} # {}\n",
            fmt::format("{}: {}", spec.name, yaml_value(read.settings.shown(spec.name))),
            read.settings.origin(spec.name));
    }
    return text;
}

std::string settings_json(const ReadSettings& read, bool all) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("file", read.file);
    writer.member("profile", read.profile);
    writer.key("settings").begin_object();
    for (const SettingSpec& spec : setting_specs()) {
        if (!all && read.settings.is_default(spec.name)) continue;
        writer.key(spec.name).begin_object();
        writer.member("value", read.settings.shown(spec.name));
        writer.member("origin", read.settings.origin(spec.name));
        writer.end_object();
    }
    writer.end_object();
    writer.end_object();
    return std::move(writer).take() + "\n";
}

}  // namespace pinflow::app
