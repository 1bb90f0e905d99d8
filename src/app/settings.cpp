// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/check.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

using enum SettingKind;

constexpr SettingSpec kSpecs[] = {
    {"user", "", text, "demo", "",
     "The user id in topic, stream, bucket and table names (course: twelve hex digits)."},
    {"pipeline.directory", "", text, "", "",
     "Where pipeline.yaml, clean/, questions/ and tests/ are read; empty: the built-in copy."},
    {"listen.gateway", "", address, "127.0.0.1:8082", "",
     "REST Proxy and API Gateway address; port 0 takes a free one."},
    {"listen.admin", "", address, "127.0.0.1:8080", "", "Health, metrics and the page."},
    {"listen.aws", "", address, "127.0.0.1:4566", "",
     "The Kinesis API (not built yet: not served)."},
    {"listen.kafka", "", address, "127.0.0.1:9092", "",
     "The Kafka protocol (not built yet: not served)."},
    {"threads.reactors", "", count, "0", "", "Request threads; 0: one a core."},
    {"memory.budget", "", text, "auto", "",
     "All buffers together, 16MiB at least: the sink and the stream job have an eighth each, above "
     "the rest requests are answered 503; auto: a quarter of memory."},
    {"log.durability", "", choice, "fsync", "fsync|os|memory",
     "What an answer means: on stable storage, in the system's cache, or in memory (tests)."},
    {"log.segment.bytes", "", size, "128MiB", "",
     "Size at which a partition begins a new segment file."},
    {"log.journal.file.bytes", "", size, "64MiB", "",
     "Size of the journal's files, of which there are one to six; bounds a single request too."},
    {"log.checkpoint.bytes", "", size, "256MiB", "",
     "So much journal is read again by a start after a crash, at most."},
    {"log.retention.time", "", text, "7d", "",
     "Segments go so long after their last append, once sink and stream have read them; or never."},
    {"log.retention.bytes", "", text, "never", "",
     "Oldest segments go when a partition is larger, under the same condition; or never."},
    {"log.retention.check.interval", "", duration, "5m", "",
     "How often the log looks for segments to drop."},
    {"log.scrub.rate", "", size, "4MiB", "",
     "Bytes a second that are read over in the background, once a day; 0B: none."},
    {"log.accept_data_loss", "", boolean, "false", "",
     "Open a damaged log without what is lost; said by pinflow up --accept-data-loss."},
    {"log.free_space_floor", "", text, "auto", "",
     "Below this much free disk, writes are refused with a retriable error; auto: 1 GiB or 5 %."},
    {"gateway.auto_create_topics", "", boolean, "true", "",
     "A post to an unknown topic creates it with one partition; else 404/40401."},
    {"gateway.auto_create_streams", "", boolean, "true", "",
     "A put to an unknown stream through the API Gateway road creates it with four shards."},
    {"gateway.default_response_200", "", boolean, "false", "",
     "Kinesis errors come back with HTTP 200, as the course's gateway export has it."},
    {"sink.flush.size", "flush.size", count, "1000", "",
     "Records of a partition that fill an object."},
    {"sink.rotate.schedule.interval.ms", "rotate.schedule.interval.ms", count, "5000", "",
     "Milliseconds of wall clock after which waiting records become an object all the same."},
    {"sink.topics.regex", "topics.regex", text, ".*", "",
     "Which topics are sunk (RE: whole name)."},
    {"sink.topics.dir", "topics.dir", text, "topics", "", "First component of every object's key."},
    {"sink.s3.bucket.name", "s3.bucket.name", text, "user-{user}-bucket", "",
     "The bucket: a folder under objects/."},
    {"stream.source", "", choice, "streams", "streams|topics", "What the stream job follows."},
    {"stream.commit.interval", "", duration, "1s", "",
     "How often the stream job commits to its tables while records keep coming."},
    {"engine.threads", "", count, "0", "", "DuckDB's workers in the batch job; 0: one a core."},
    {"engine.memory", "", size, "0B", "",
     "DuckDB's memory limit in the batch job; 0B: its own default."},
    {"log_level", "", choice, "info", "debug|info|warn|error",
     "Messages on stderr from this level up."},
};

// Environment names that begin with PINFLOW_ and are not settings.
constexpr std::string_view kForeignVariables[] = {"PINFLOW_DATA_DIR", "PINFLOW_DUCKDB_LIBRARY",
                                                  "PINFLOW_NO_CCACHE", "PINFLOW_CONFIG",
                                                  "PINFLOW_CRASH_POINT"};

const SettingSpec* find_spec(std::string_view name) {
    for (const SettingSpec& spec : kSpecs) {
        if (spec.name == name || (!spec.alias.empty() && spec.alias == name)) return &spec;
    }
    return nullptr;
}

std::unexpected<Error> unknown_setting(std::string_view name) {
    std::vector<std::string> known;
    for (const SettingSpec& spec : kSpecs) known.emplace_back(spec.name);
    std::string message = fmt::format("unknown setting '{}'", name);
    if (auto nearest = nearest_word(name, known))
        message += fmt::format(", did you mean '{}'?", *nearest);
    return fail(Errc::invalid_argument, message);
}

bool is_address(std::string_view value) {
    std::size_t colon = value.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    auto port = parse_int(value.substr(colon + 1));
    return port && *port >= 0 && *port <= 65535;
}

Status check_value(const SettingSpec& spec, std::string_view value) {
    auto wrong = [&](std::string_view wanted) -> Status {
        return fail(Errc::invalid_argument,
                    fmt::format("setting '{}': '{}' is not {}", spec.name, value, wanted));
    };
    switch (spec.kind) {
        case SettingKind::text: return {};
        case SettingKind::address:
            return is_address(value) ? Status{} : wrong("an address such as 127.0.0.1:8082");
        case SettingKind::boolean:
            return value == "true" || value == "false" ? Status{} : wrong("true or false");
        case SettingKind::count: {
            auto number = parse_int(value);
            return number && *number >= 0 ? Status{} : wrong("a whole number from 0 up");
        }
        case SettingKind::duration:
            return parse_duration_ms(value) ? Status{}
                                            : wrong("a duration with a unit, such as 500ms or 10s");
        case SettingKind::size:
            return parse_size_bytes(value) ? Status{} : wrong("a size with a unit, such as 64MiB");
        case SettingKind::choice:
            for (std::string_view choice : split(spec.choices, '|')) {
                if (choice == value) return {};
            }
            return wrong(fmt::format("one of {}", spec.choices));
    }
    return {};
}

Status read_node(Settings& settings, const YAML::Node& node, const std::string& prefix,
                 const std::string& path) {
    for (const auto& item : node) {
        auto at = item.first.Mark();
        auto place = fmt::format("{}:{}:{}", path, at.line + 1, at.column + 1);
        std::string name =
            prefix.empty() ? item.first.Scalar() : prefix + "." + item.first.Scalar();
        if (item.second.IsMap()) {
            TRY_STATUS(read_node(settings, item.second, name, path));
            continue;
        }
        if (!item.second.IsScalar()) {
            return fail(Errc::invalid_argument,
                        fmt::format("{}: '{}' takes one value", place, name));
        }
        if (auto set = settings.set(name, item.second.Scalar()); !set) {
            return with_context(std::move(set).error(), place);
        }
    }
    return {};
}

}  // namespace

std::span<const SettingSpec> setting_specs() { return kSpecs; }

Settings::Settings() {
    for (const SettingSpec& spec : kSpecs) values_.emplace(spec.name, spec.initial);
}

Status Settings::set(std::string_view name, std::string_view value) {
    const SettingSpec* spec = find_spec(name);
    if (spec == nullptr) return unknown_setting(name);
    TRY_STATUS(check_value(*spec, value));
    values_.find(spec->name)->second = value;
    return {};
}

Status Settings::read_file(const std::string& path) {
    try {
        YAML::Node root = YAML::LoadFile(path);
        if (root.IsNull()) return {};
        if (!root.IsMap()) {
            return fail(Errc::invalid_argument,
                        fmt::format("{}:1:1: a mapping of settings is expected", path));
        }
        return read_node(*this, root, "", path);
    } catch (const YAML::BadFile&) {
        return fail(Errc::not_found, fmt::format("configuration file {} cannot be read", path));
    } catch (const YAML::Exception& error) {
        return fail(Errc::invalid_argument, fmt::format("{}:{}:{}: {}", path, error.mark.line + 1,
                                                        error.mark.column + 1, error.msg));
    }
}

Status Settings::read_environment(const char* const* environment) {
    constexpr std::string_view kPrefix = "PINFLOW_";
    for (; *environment != nullptr; ++environment) {
        std::string_view entry(*environment);
        std::size_t equals = entry.find('=');
        std::string_view variable = entry.substr(0, equals);
        if (!variable.starts_with(kPrefix) || equals == std::string_view::npos) continue;
        bool is_foreign = false;
        for (std::string_view foreign : kForeignVariables) is_foreign |= variable == foreign;
        if (is_foreign) continue;
        std::string name = to_lower(variable.substr(kPrefix.size()));
        for (std::size_t at; (at = name.find("__")) != std::string::npos;) name.replace(at, 2, ".");
        if (auto status = set(name, entry.substr(equals + 1)); !status) {
            return with_context(std::move(status).error(), fmt::format("environment {}", variable));
        }
    }
    return {};
}

std::vector<std::string> Settings::changed() const {
    std::vector<std::string> changes;
    for (const SettingSpec& spec : kSpecs) {
        if (text(spec.name) != spec.initial)
            changes.push_back(fmt::format("{}={}", spec.name, text(spec.name)));
    }
    return changes;
}

const std::string& Settings::text(std::string_view name) const {
    auto at = values_.find(name);
    CHECK(at != values_.end(), name);
    return at->second;
}

bool Settings::boolean(std::string_view name) const { return text(name) == "true"; }

std::int64_t Settings::count(std::string_view name) const {
    auto number = parse_int(text(name));
    CHECK(number.has_value(), name);
    return *number;
}

std::int64_t Settings::duration_ms(std::string_view name) const {
    auto value = parse_duration_ms(text(name));
    CHECK(value.has_value(), name);
    return *value;
}

std::int64_t Settings::size_bytes(std::string_view name) const {
    auto value = parse_size_bytes(text(name));
    CHECK(value.has_value(), name);
    return *value;
}

}  // namespace pinflow::app
