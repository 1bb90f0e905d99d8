// SPDX-License-Identifier: Apache-2.0
#include "app/import_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "app/import_tables.h"
#include "app/properties_text.h"
#include "app/setting_table.h"
#include "app/yaml_reader.h"
#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

constexpr std::size_t kKeyBytesShown = 80;
constexpr std::string_view kDatabaseKeys[] = {"host", "user", "password", "database", "port"};

// A key and its value, of whatever kind of file.
struct Entry {
    std::string key;
    std::string value;
    int line = 0;
};
using Entries = std::vector<Entry>;

bool is_plain_key(std::string_view key) {
    return !key.empty() && key.size() <= kKeyBytesShown && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
}

class Importer final {
public:
    Importer(const std::string& path, Import& import)
        : path_(path), name_(path.substr(path.rfind('/') + 1)), import_(import) {
        std::ranges::replace_if(
            name_, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
    }

    Status read(std::string_view text);

private:
    Status read_access_key(std::string_view text);
    Status read_database(const Entries& entries);
    Status read_environment(const Entries& entries);
    void read_client(const Entries& entries);
    void read_connector(const Entries& entries);
    void take_by_table(const Entry& entry, std::span<const ImportRule> rules);
    void take_sign_in(const Entry& entry);
    void take_region(const Entry& entry);
    void take_database(const std::map<std::string, Entry>& parts, bool is_course_file);

    void take(std::string name, const std::string& value, int line);
    void leave(const Entry& entry, std::string reason);
    void keep(std::string name, const Entry& entry);
    std::string place(int line) const { return fmt::format("{}:{}", name_, line); }
    void note(std::string_view what) { import_.read.push_back(fmt::format("{}: {}", name_, what)); }

    const std::string path_;
    std::string name_;
    Import& import_;
};

// Only a key that looks like one is repeated: a line without a value may be a secret by itself.
void Importer::leave(const Entry& entry, std::string reason) {
    bool is_shown = is_plain_key(entry.key) && !entry.value.empty();
    import_.left.push_back({.place = place(entry.line),
                            .key = is_shown ? entry.key : "",
                            .reason = std::move(reason)});
}

void Importer::take(std::string name, const std::string& value, int line) {
    Entry entry{.key = name, .value = value, .line = line};
    bool is_printable = std::ranges::none_of(
        value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (value.empty()) return leave(entry, "it is empty");
    if (!is_printable || value.size() > 4'096) return leave(entry, "its value is no line of text");
    if (value.contains("${"))
        return leave(entry, "its value holds ${, which a settings file would replace");
    if (holds_password(value))
        return leave(entry,
                     "it holds a password: write the URL without, and the password by a file");
    auto same = std::ranges::find(import_.settings, name, &ImportedSetting::name);
    if (same != import_.settings.end()) {
        if (same->value != value)
            leave(entry, fmt::format("{} says otherwise; that is taken", same->place));
        return;
    }
    import_.settings.push_back({.name = std::move(name), .value = value, .place = place(line)});
}

void Importer::keep(std::string name, const Entry& entry) {
    if (entry.value.empty()) return;
    import_.secrets.push_back(
        {.name = std::move(name), .value = entry.value, .place = place(entry.line)});
}

// "Access key ID,Secret access key", as AWS's console writes it, or with a user's name in front.
bool is_access_key(std::string_view text) {
    std::string first = to_lower(text.substr(0, text.find_first_of("\r\n")));
    return first.contains("access key id") && first.contains("secret access key");
}

Status Importer::read_access_key(std::string_view text) {
    auto lines = std::ranges::count(text, '\n');
    note("an AWS access key");
    take("aws.credentials_csv", path_, 1);
    if (lines > 2) {
        import_.left.push_back(
            {.place = name_, .key = "", .reason = "it may hold several keys: the first is used"});
    }
    return {};
}

// The text of a quoted value of a .env file, or what stands before a comment.
std::string environment_value(std::string_view text) {
    text = trim(text);
    if (!text.empty() && (text.front() == '\'' || text.front() == '"')) {
        std::size_t end = text.find(text.front(), 1);
        return std::string(text.substr(1, end == std::string_view::npos ? end : end - 1));
    }
    std::size_t comment = text.find(" #");
    return std::string(trim(text.substr(0, comment)));
}

// KEY=value lines; nothing when any line is something else.
std::optional<Entries> environment_of(std::string_view text) {
    Entries entries;
    int number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        if (line.starts_with("export ")) line = trim(line.substr(7));
        std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        std::string key(trim(line.substr(0, equals)));
        bool is_name = is_plain_key(key) && !key.contains('.') && !key.contains('-');
        if (!is_name) return std::nullopt;
        entries.push_back({key, environment_value(line.substr(equals + 1)), number});
    }
    return entries.empty() ? std::nullopt : std::optional(std::move(entries));
}

// A flat map of texts; nothing for any other YAML.
std::optional<Entries> yaml_of(std::string_view text) {
    auto root = parse_yaml("", std::string(text));
    if (!root || !root->node.IsMap()) return std::nullopt;
    auto members = members_of(*root);
    if (!members) return std::nullopt;
    Entries entries;
    for (const auto& [key, value] : *members) {
        if (!key.node.IsScalar() || (!value.node.IsScalar() && !value.node.IsNull()))
            return std::nullopt;
        entries.push_back({.key = key.node.Scalar(),
                           .value = value.node.IsScalar() ? value.node.Scalar() : "",
                           .line = key.node.Mark().line + 1});
    }
    return entries;
}

bool has_key(const Entries& entries, std::string_view wanted) {
    return std::ranges::any_of(entries,
                               [&](const Entry& entry) { return to_lower(entry.key) == wanted; });
}

bool is_url(std::string_view text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

void Importer::take_database(const std::map<std::string, Entry>& parts, bool is_course_file) {
    if (is_course_file) {
        take("source.credentials_file", path_, 1);
        return;
    }
    auto part = [&](const std::string& name) {
        auto found = parts.find(name);
        return found == parts.end() ? "" : found->second.value;
    };
    if (part("host").empty() || part("database").empty()) {
        for (const auto& [name, entry] : parts) leave(entry, "host and database are wanted both");
        return;
    }
    const Entry& host = parts.at("host");
    std::string user = part("user"), port = part("port");
    bool is_sound = std::ranges::none_of(user + host.value + port + part("database"), [](char c) {
        return std::string_view(":@/?#% \"'").contains(c);
    });
    if (!is_sound) return leave(host, "its parts make no URL; write source.url yourself");
    take("source.url",
         fmt::format("mysql://{}{}{}{}/{}", user.empty() ? "" : user + "@", host.value,
                     port.empty() ? "" : ":", port, part("database")),
         host.line);
    if (auto password = parts.find("password"); password != parts.end())
        keep("source.password", password->second);
}

Status Importer::read_database(const Entries& entries) {
    note("a database's credentials");
    std::map<std::string, Entry> parts;
    bool has_others = false;
    for (const Entry& entry : entries) {
        std::string key = to_lower(entry.key);
        if (std::ranges::count(kDatabaseKeys, key) > 0) {
            parts[key] = entry;
        } else {
            has_others = true;
            leave(entry, "no setting of the database");
        }
    }
    take_database(parts, !has_others);
    return {};
}

Status Importer::read_environment(const Entries& entries) {
    note("variables of an environment");
    std::map<std::string, Entry> parts;
    for (const Entry& entry : entries) {
        const EnvironmentRule* rule = find_environment_rule(entry.key);
        if (rule == nullptr) {
            leave(entry, is_url(entry.value) && !holds_password(entry.value)
                             ? "a URL to post to: give it to pinflow emulate --url"
                             : "no setting of that meaning is known");
        } else if (!rule->database_part.empty()) {
            parts[std::string(rule->database_part)] = entry;
        } else if (!rule->setting.empty()) {
            for (std::string_view name : split(rule->setting, ' '))
                take(std::string(name), entry.value, entry.line);
        } else {
            leave(entry, std::string(rule->reason));
        }
    }
    if (!parts.empty()) take_database(parts, false);
    return {};
}

// "…Module required name=\"value\" …;" of sasl.jaas.config: the quoted value of a name.
std::string module_option(std::string_view config, std::string_view name) {
    for (std::size_t at = config.find(name); at != std::string_view::npos;
         at = config.find(name, at + 1)) {
        std::string_view rest = config.substr(at + name.size());
        bool is_word = at > 0 && (config[at - 1] == ' ' || config[at - 1] == '\t');
        while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        if (!is_word || !rest.starts_with('=')) continue;
        rest.remove_prefix(1);
        while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
        if (!rest.starts_with('"')) return std::string(rest.substr(0, rest.find_first_of(" ;")));
        std::string value;
        for (std::size_t i = 1; i < rest.size() && rest[i] != '"'; ++i)
            value += rest[i] == '\\' && i + 1 < rest.size() ? rest[++i] : rest[i];
        return value;
    }
    return "";
}

void Importer::take_sign_in(const Entry& entry) {
    auto option = [&](std::string_view name) { return module_option(entry.value, name); };
    if (entry.value.contains("IAMLoginModule")) {
        take("kafka.sasl_mechanism", "AWS_MSK_IAM", entry.line);
        if (std::string profile = option("awsProfileName"); !profile.empty())
            take("aws.profile", profile, entry.line);
        if (!option("awsRoleArn").empty()) {
            leave(entry,
                  "its awsRoleArn belongs into the AWS configuration file: role_arn of a "
                  "profile, which aws.profile names");
        }
        return;
    }
    bool has_account =
        entry.value.contains("ScramLoginModule") || entry.value.contains("PlainLoginModule");
    if (!has_account) return leave(entry, "a sign-in that is not known here");
    take("kafka.user", option("username"), entry.line);
    keep("kafka.password", {.key = entry.key, .value = option("password"), .line = entry.line});
}

// b-1.name.abc.c2.kafka.us-east-1.amazonaws.com:9098
void Importer::take_region(const Entry& entry) {
    constexpr std::string_view kService = ".kafka.";
    std::size_t at = entry.value.find(kService), end = entry.value.find(".amazonaws.com");
    if (at == std::string::npos || end == std::string::npos) return;
    at = entry.value.find(kService) + kService.size();
    if (at < end) take("aws.region", entry.value.substr(at, end - at), entry.line);
}

void Importer::take_by_table(const Entry& entry, std::span<const ImportRule> rules) {
    auto rule = std::ranges::find(rules, entry.key, &ImportRule::key);
    if (rule == rules.end()) return leave(entry, "no setting of that meaning is known");
    if (!rule->setting.empty()) return take(std::string(rule->setting), entry.value, entry.line);
    leave(entry, std::string(rule->reason));
}

// What stands with "client." in front is the REST proxy's own sign-in, which is what we replace.
void Importer::read_client(const Entries& entries) {
    note("a Kafka client's properties");
    constexpr std::string_view kPrefix = "client.";
    for (bool is_prefixed : {true, false}) {
        for (Entry entry : entries) {
            if (entry.key.starts_with(kPrefix) != is_prefixed) continue;
            if (is_prefixed) entry.key.erase(0, kPrefix.size());
            if (entry.key == "sasl.jaas.config") take_sign_in(entry);
            else take_by_table(entry, client_rules());
            if (entry.key == "bootstrap.servers") take_region(entry);
        }
    }
}

void Importer::read_connector(const Entries& entries) {
    note("the S3 sink connector's properties");
    for (const Entry& entry : entries) {
        if (entry.key == "s3.bucket.name") take("objects.url", "s3://" + entry.value, entry.line);
        else take_by_table(entry, connector_rules());
    }
}

Status Importer::read(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (is_access_key(text)) return read_access_key(text);
    auto refuse = [this](std::string_view reason) {
        return fail(Errc::invalid_argument, fmt::format("{}: {}", path_, reason));
    };
    if (text.contains('\0')) return refuse("it is no text");
    if (is_url(trim(text)) && trim(text).find_first_of(" \r\n") == std::string_view::npos) {
        import_.left.push_back({.place = place(1),
                                .key = "",
                                .reason = "a URL to post to: give it to pinflow emulate --url"});
        note("an invoke URL");
        return {};
    }
    if (auto yaml = yaml_of(text); yaml && has_key(*yaml, "host")) return read_database(*yaml);
    auto properties = parse_properties(text);
    if (properties) {
        Entries entries;
        for (const Property& one : *properties) {  // of one key, Java takes the last
            std::erase_if(entries, [&](const Entry& entry) { return entry.key == one.key; });
            entries.push_back({.key = one.key, .value = one.value, .line = one.line});
        }
        if (has_key(entries, "connector.class")) return read_connector(entries), Status{};
        for (std::string_view key : {"security.protocol", "client.security.protocol",
                                     "bootstrap.servers", "sasl.mechanism"})
            if (has_key(entries, key)) return read_client(entries), Status{};
    }
    if (auto environment = environment_of(text)) return read_environment(*environment);
    return refuse(
        "it is none of the files that are known: db_creds.yaml, client.properties, "
        "kafka-rest.properties, the S3 sink connector's, an access key's CSV, .env");
}

std::string yaml_text(std::string_view value) {
    bool is_plain = !value.empty() && std::ranges::all_of(value, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_./:@,-").contains(c);
    });
    bool is_other = value == "true" || value == "false" || value == "null" || value == "yes" ||
                    value == "no" || value.starts_with('-') || value.starts_with('@') ||
                    value.starts_with(',') || value.ends_with(':');
    std::string out;
    if (is_plain && !is_other) out = value;
    else json::append_string(out, value);
    return out;
}

}  // namespace

Status import_file(const std::string& path, std::string_view text, Import& import) {
    if (text.size() > kImportBytesMax) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: larger than any of the files that are known", path));
    }
    return Importer(path, import).read(text);
}

std::string import_yaml(const Import& import, const std::string& profile) {
    std::map<std::string, std::vector<const ImportedSetting*>> sections;
    for (const ImportedSetting& setting : import.settings)
        sections[setting.name.substr(0, setting.name.find('.'))].push_back(&setting);
    std::string indent = profile.empty() ? "" : "    ";
    std::string text = profile.empty() ? "" : fmt::format("profiles:\n  {}:\n", yaml_text(profile));
    for (const auto& [section, settings] : sections) {
        bool is_single = settings.size() == 1 && settings.front()->name == section;
        if (!is_single) text += fmt::format("{}{}:\n", indent, section);
        for (const ImportedSetting* setting : settings) {
            std::string key = is_single ? section : setting->name.substr(section.size() + 1);
            text += fmt::format("{}{}{}: {}  # {}\n", indent, is_single ? "" : "  ", key,
                                yaml_text(setting->value), setting->place);
        }
    }
    return text;
}

}  // namespace pinflow::app
