// SPDX-License-Identifier: Apache-2.0
#include "app/pipeline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "app/yaml_reader.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr const char* kMainFile = "pipeline.yaml";
constexpr std::int64_t kRetriesMax = 100;

std::vector<std::string> type_names() {
    return {"bigint", "int", "double", "string", "boolean", "timestamp", "binary", "array<double>"};
}

std::string place_text(const YamlPlace& map, const std::string& key) {
    YAML::Mark mark = map.node[key].Mark();
    return fmt::format("{}:{}:{}", map.file, mark.line + 1, mark.column + 1);
}

Result<std::int64_t> load_duration(const YamlPlace& map, const std::string& key,
                                   std::int64_t otherwise_ms) {
    if (!map.node[key].IsDefined()) return otherwise_ms;
    TRY(std::string text, text_member(map, key));
    auto duration_ms = parse_duration_ms(text);
    if (!duration_ms) return map.at(map.node[key]).complain(duration_ms.error().text);
    return *duration_ms;
}

class PipelineLoader {
public:
    PipelineLoader(const std::string& label, const ReadText& read) : label_(label), read_(read) {}

    Result<Pipeline> load();

private:
    std::string shown(const std::string& name) const { return label_ + "/" + name; }
    Result<YamlPlace> read_yaml(const std::string& name);
    // The text of a file that `place` names.
    Result<std::string> read_named(const YamlPlace& place, std::string& name);

    Result<PipelineKind> load_kind(const YamlPlace& name, const YamlPlace& map);
    Result<RecordShape> load_shape(const YamlPlace& map);
    Result<Schema> load_columns(const YamlPlace& map, const std::string& key);
    Result<Load> load_load(const YamlPlace& map);
    Result<std::string> load_pattern(const YamlPlace& map, const std::string& key);
    Result<Question> load_question(const YamlPlace& map);
    Result<PipelineSchedule> load_schedule(const YamlPlace& map);
    Status load_tests(const YamlPlace& place, const std::vector<PipelineKind>& kinds,
                      std::vector<PipelineTest>& tests);
    Result<PipelineTest> load_case(const YamlPlace& map, const std::string& kind);
    Status check_unique(const YamlPlace& place, const char* what, const std::string& name);

    std::string label_;
    const ReadText& read_;
    std::set<std::string> names_;  // "view pin", "question q4": each once
};

Result<YamlPlace> PipelineLoader::read_yaml(const std::string& name) {
    TRY(std::string text, read_(name));
    return parse_yaml(shown(name), text);
}

Result<std::string> PipelineLoader::read_named(const YamlPlace& place, std::string& name) {
    TRY(name, text_of(place));
    if (name.empty() || name.starts_with('/') || name.contains(".."))
        return place.complain("a file inside the pipeline's folder is wanted here");
    Result<std::string> text = read_(name);
    if (!text) return place.complain(text.error().text);
    return text;
}

Status PipelineLoader::check_unique(const YamlPlace& place, const char* what,
                                    const std::string& name) {
    if (names_.insert(fmt::format("{} {}", what, to_lower(name))).second) return {};
    return place.complain(fmt::format("{} `{}` is here twice", what, name));
}

Result<Pipeline> PipelineLoader::load() {
    TRY(YamlPlace root, read_yaml(kMainFile));
    TRY_STATUS(check_keys(root, {"name", "kinds", "questions", "schedule", "tests"}));
    Pipeline pipeline;
    TRY(pipeline.name, text_member(root, "name"));
    TRY(YamlPlace kinds, required_member(root, "kinds"));
    TRY(auto members, members_of(kinds));
    for (const auto& [name, map] : members) {
        TRY(PipelineKind kind, load_kind(name, map));
        pipeline.kinds.push_back(std::move(kind));
    }
    if (pipeline.kinds.empty()) return kinds.complain("a pipeline needs at least one kind");
    if (root.node["questions"].IsDefined()) {
        TRY(auto questions, items_of(root.at(root.node["questions"])));
        for (const YamlPlace& map : questions) {
            TRY(Question question, load_question(map));
            pipeline.questions.push_back(std::move(question));
        }
    }
    if (root.node["schedule"].IsDefined()) {
        TRY(pipeline.schedule, load_schedule(root.at(root.node["schedule"])));
    }
    if (root.node["tests"].IsDefined()) {
        TRY(auto files, items_of(root.at(root.node["tests"])));
        for (const YamlPlace& file : files) {
            TRY_STATUS(load_tests(file, pipeline.kinds, pipeline.tests));
        }
    }
    return pipeline;
}

Result<PipelineKind> PipelineLoader::load_kind(const YamlPlace& name, const YamlPlace& map) {
    TRY_STATUS(
        check_keys(map, {"source_table", "topic", "stream", "table", "stream_table", "view", "key",
                         "key_fallbacks", "unwrap", "record", "clean", "cleaned", "load"}));
    PipelineKind kind{.name = name.node.Scalar()};
    TRY(kind.source_table, text_member(map, "source_table"));
    TRY(kind.topic, load_pattern(map, "topic"));
    TRY(kind.stream, load_pattern(map, "stream"));
    TRY(kind.stream_table, load_pattern(map, "stream_table"));
    TRY(kind.table, text_member(map, "table"));
    TRY(kind.view, text_member(map, "view"));
    TRY_STATUS(check_unique(map, "table", kind.table));
    TRY_STATUS(check_unique(map, "view", kind.view));
    TRY_STATUS(check_unique(map, "topic", kind.topic));
    TRY_STATUS(check_unique(map, "stream", kind.stream));
    TRY(kind.shape, load_shape(map));
    TRY(YamlPlace clean, required_member(map, "clean"));
    std::string file;
    TRY(kind.clean_sql, read_named(clean, file));
    kind.clean_file = shown(file);
    TRY(kind.cleaned, load_columns(map, "cleaned"));
    TRY(kind.load, load_load(map));
    return kind;
}

Result<Load> PipelineLoader::load_load(const YamlPlace& map) {
    if (!map.node["load"].IsDefined()) return Load::all;
    YamlPlace place = map.at(map.node["load"]);
    TRY(std::string spelling, text_of(place));
    if (auto load = load_named(spelling)) return *load;
    return place.complain(fmt::format("unknown `load: {}`; known: all, new, by_date", spelling));
}

// A name with {user} in it, which is how one pipeline serves many users.
Result<std::string> PipelineLoader::load_pattern(const YamlPlace& map, const std::string& key) {
    TRY(YamlPlace place, required_member(map, key));
    TRY(std::string pattern, text_of(place));
    std::size_t first = pattern.find("{user}");
    if (first == std::string::npos || pattern.find("{user}", first + 1) != std::string::npos)
        return place.complain(
            fmt::format("`{}` must hold {{user}} once, as in \"{{user}}.pin\"", key));
    return pattern;
}

Result<RecordShape> PipelineLoader::load_shape(const YamlPlace& map) {
    RecordShape shape;
    TRY(shape.columns, load_columns(map, "record"));
    TRY(YamlPlace key, required_member(map, "key"));
    TRY(shape.key, text_of(key));
    auto column = std::ranges::find(shape.columns, shape.key, &Field::name);
    bool is_whole = column != shape.columns.end() &&
                    (column->type == ColumnType::int64 || column->type == ColumnType::int32);
    if (!is_whole)
        return key.complain(
            fmt::format("key `{}` must be a column of `record` of type bigint or int", shape.key));
    TRY(shape.key_fallbacks, texts_member(map, "key_fallbacks"));
    TRY(std::vector<std::string> wrappings, texts_member(map, "unwrap"));
    for (const std::string& wrapping : wrappings) {
        if (wrapping == "json_string") {
            shape.unwrap.push_back(Unwrap::json_string);
        } else if (wrapping == "base64") {
            shape.unwrap.push_back(Unwrap::base64);
        } else {
            return map.at(map.node["unwrap"])
                .complain(
                    fmt::format("unknown wrapping `{}`; known: json_string, base64", wrapping));
        }
    }
    return shape;
}

Result<Schema> PipelineLoader::load_columns(const YamlPlace& map, const std::string& key) {
    TRY(YamlPlace columns, required_member(map, key));
    TRY(auto members, members_of(columns));
    Schema schema;
    for (const auto& [name, type] : members) {
        TRY(std::string spelling, text_of(type));
        std::optional<ColumnType> found = column_type_named(spelling);
        if (!found) {
            auto nearest = nearest_word(spelling, type_names());
            return type.complain(fmt::format("unknown type `{}`; {}", spelling,
                                             nearest ? fmt::format("did you mean `{}`?", *nearest)
                                                     : "known: " + join(type_names(), ", ")));
        }
        schema.push_back({.name = name.node.Scalar(), .type = *found});
    }
    if (schema.empty()) return columns.complain("at least one column is needed");
    return schema;
}

Result<Question> PipelineLoader::load_question(const YamlPlace& map) {
    TRY_STATUS(check_keys(map, {"name", "title", "file"}));
    Question question;
    TRY(question.name, text_member(map, "name"));
    TRY_STATUS(check_unique(map, "question", question.name));
    TRY(question.title, text_member(map, "title"));
    TRY(YamlPlace file, required_member(map, "file"));
    std::string name;
    TRY(question.sql, read_named(file, name));
    question.file = shown(name);
    return question;
}

// Whether the cron line and the zone are sound is the schedule's to say (app/daily_schedule.h).
Result<PipelineSchedule> PipelineLoader::load_schedule(const YamlPlace& map) {
    TRY_STATUS(check_keys(
        map, {"cron", "time_zone", "retries", "retry_delay", "step_timeout", "catch_up"}));
    PipelineSchedule schedule;
    TRY(schedule.cron, text_member(map, "cron"));
    schedule.cron_place = place_text(map, "cron");
    if (map.node["time_zone"].IsDefined()) {
        TRY(schedule.time_zone, text_member(map, "time_zone"));
        schedule.zone_place = place_text(map, "time_zone");
    }
    if (map.node["retries"].IsDefined()) {
        TRY(std::string text, text_member(map, "retries"));
        auto retries = parse_int(text);
        if (!retries || *retries < 0 || *retries > kRetriesMax) {
            return map.at(map.node["retries"])
                .complain(fmt::format("retries are a whole number from 0 to {}", kRetriesMax));
        }
        schedule.retries = static_cast<int>(*retries);
    }
    TRY(schedule.retry_delay_ms, load_duration(map, "retry_delay", schedule.retry_delay_ms));
    TRY(schedule.step_timeout_ms, load_duration(map, "step_timeout", schedule.step_timeout_ms));
    if (map.node["catch_up"].IsDefined()) {
        TRY(std::string text, text_member(map, "catch_up"));
        if (text != "true" && text != "false")
            return map.at(map.node["catch_up"]).complain("catch_up is true or false");
        schedule.catch_up = text == "true";
    }
    return schedule;
}

Status PipelineLoader::load_tests(const YamlPlace& place, const std::vector<PipelineKind>& kinds,
                                  std::vector<PipelineTest>& tests) {
    std::string name;
    TRY(std::string text, read_named(place, name));
    TRY(YamlPlace root, parse_yaml(shown(name), text));
    TRY_STATUS(check_keys(root, {"kind", "cases"}));
    TRY(YamlPlace kind, required_member(root, "kind"));
    TRY(std::string kind_name, text_of(kind));
    if (std::ranges::count(kinds, kind_name, &PipelineKind::name) == 0)
        return kind.complain(fmt::format("the pipeline has no kind `{}`", kind_name));
    TRY(YamlPlace list, required_member(root, "cases"));
    TRY(auto cases, items_of(list));
    for (const YamlPlace& map : cases) {
        TRY(PipelineTest test, load_case(map, kind_name));
        test.file = fmt::format("{}:{}", root.file, map.node.Mark().line + 1);
        tests.push_back(std::move(test));
    }
    return {};
}

Result<PipelineTest> PipelineLoader::load_case(const YamlPlace& map, const std::string& kind) {
    TRY_STATUS(check_keys(map, {"name", "records", "rows", "quarantined"}));
    PipelineTest test{.kind = kind};
    TRY(test.name, text_member(map, "name"));
    TRY(YamlPlace records, required_member(map, "records"));
    TRY(test.records, texts_of(records));
    TRY(test.rows, texts_member(map, "rows"));
    TRY(test.quarantined, texts_member(map, "quarantined"));
    return test;
}

Result<std::string> read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(Errc::not_found, path + ": no such file, or it cannot be read");
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

Result<Pipeline> load_pipeline_from(const std::string& label, const ReadText& read) {
    return PipelineLoader(label, read).load();
}

Result<Pipeline> load_pipeline_directory(const std::string& directory) {
    ReadText read = [&](const std::string& name) { return read_whole(directory + "/" + name); };
    return load_pipeline_from(directory, read);
}

Result<Pipeline> load_pipeline_embedded(const std::string& label,
                                        std::span<const EmbeddedFile> files) {
    ReadText read = [&](const std::string& name) -> Result<std::string> {
        auto found = std::ranges::find(files, name, &EmbeddedFile::name);
        if (found != files.end()) return std::string(found->bytes);
        std::vector<std::string> known;
        for (const EmbeddedFile& file : files) known.emplace_back(file.name);
        return fail(Errc::not_found, fmt::format("no file {} in the program; it carries {}", name,
                                                 join(known, ", ")));
    };
    return load_pipeline_from(label, read);
}

}  // namespace pinflow::app
