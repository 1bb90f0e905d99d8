// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/application.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>

#include "base/embedded.h"
#include "codec/json/writer.h"

namespace pinflow::embedded {
std::span<const EmbeddedFile> spark_application();
}

namespace pinflow::spark {
namespace {

std::string clean_name(const PipelineKind& kind) { return fmt::format("clean/{}.sql", kind.name); }

std::string question_name(const Question& question) {
    return fmt::format("questions/{}.sql", question.name);
}

void write_columns(json::JsonWriter& writer, const char* name, const Schema& columns) {
    writer.key(name).begin_array();
    for (const Field& field : columns) {
        writer.begin_array().value(std::string_view(field.name)).value(name_of(field.type));
        writer.end_array();
    }
    writer.end_array();
}

void write_kind(json::JsonWriter& writer, const PipelineKind& kind) {
    auto text = [&](const char* name, const std::string& value) {
        writer.member(name, std::string_view(value));
    };
    writer.begin_object();
    text("name", kind.name);
    text("topic", kind.topic);
    text("stream", kind.stream);
    text("table", kind.table);
    text("stream_table", kind.stream_table);
    text("view", kind.view);
    writer.member("load", name_of(kind.load));
    text("key", kind.shape.key);
    writer.key("key_fallbacks").begin_array();
    for (const std::string& name : kind.shape.key_fallbacks) writer.value(std::string_view(name));
    writer.end_array();
    writer.key("unwrap").begin_array();
    for (Unwrap wrapping : kind.shape.unwrap) {
        writer.value(std::string_view(wrapping == Unwrap::base64 ? "base64" : "json_string"));
    }
    writer.end_array();
    write_columns(writer, "record", kind.shape.columns);
    text("clean", clean_name(kind));
    write_columns(writer, "cleaned", kind.cleaned);
    writer.end_object();
}

// The README names packages by these words, so that versions are written once.
std::string with_packages(std::string text) {
    for (auto [word, package] : {std::pair{"@spark@", kSparkVersion},
                                 {"@delta@", kDeltaPackage},
                                 {"@kafka@", kKafkaPackage},
                                 {"@s3@", kS3Packages},
                                 {"@bundle@", kS3PackageLeftOut}}) {
        for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at))
            text.replace(at, std::string_view(word).size(), package);
    }
    return text;
}

Status write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (error || !file) {
        return fail(Errc::io, fmt::format("{} cannot be written: check that its folder exists and "
                                          "that you may write there",
                                          path.string()));
    }
    return {};
}

}  // namespace

std::string pipeline_json(const Pipeline& pipeline) {
    json::JsonWriter writer;
    writer.begin_object().member("format", 1).member("name", std::string_view(pipeline.name));
    writer.key("kinds").begin_array();
    for (const PipelineKind& kind : pipeline.kinds) write_kind(writer, kind);
    writer.end_array();
    writer.key("questions").begin_array();
    for (const Question& question : pipeline.questions) {
        writer.begin_object()
            .member("name", std::string_view(question.name))
            .member("title", std::string_view(question.title))
            .member("file", std::string_view(question_name(question)))
            .end_object();
    }
    writer.end_array().end_object();
    return std::move(writer).take() + '\n';
}

std::vector<ApplicationFile> application_files(const Pipeline& pipeline) {
    std::vector<ApplicationFile> files;
    for (const EmbeddedFile& file : embedded::spark_application()) {
        std::string bytes(file.bytes);
        bool is_readme = file.name == "README.md";
        files.push_back({std::string(file.name), is_readme ? with_packages(bytes) : bytes});
    }
    files.push_back({"pipeline.json", pipeline_json(pipeline)});
    for (const PipelineKind& kind : pipeline.kinds)
        files.push_back({clean_name(kind), kind.clean_sql});
    for (const Question& question : pipeline.questions)
        files.push_back({question_name(question), question.sql});
    return files;
}

Status write_application(const Pipeline& pipeline, const std::string& folder) {
    for (const ApplicationFile& file : application_files(pipeline))
        TRY_STATUS(write_file(std::filesystem::path(folder) / file.name, file.bytes));
    return {};
}

std::string original_file(const Pipeline& pipeline, const std::string& name) {
    for (const PipelineKind& kind : pipeline.kinds)
        if (name == clean_name(kind)) return kind.clean_file;
    for (const Question& question : pipeline.questions)
        if (name == question_name(question)) return question.file;
    return name;
}

}  // namespace pinflow::spark
