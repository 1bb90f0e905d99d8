// SPDX-License-Identifier: Apache-2.0
// Reads a pipeline's folder (pipeline.yaml, its SQL and its test cases) into a Pipeline. Strict: an
// unknown key, a wrong type or a missing file is an error with file, line and column, and the
// nearest known word where there is one.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/embedded.h"
#include "base/result.h"
#include "record/pipeline.h"

namespace pinflow::app {

// Gives the text of a file by its name within the pipeline's folder ("clean/pin.sql").
using ReadText = std::function<Result<std::string>(const std::string& name)>;

// `label` stands before file names in messages: "pipelines/mine".
Result<Pipeline> load_pipeline_from(const std::string& label, const ReadText& read);

Result<Pipeline> load_pipeline_directory(const std::string& directory);

// The copy carried in the binary; not_found names what it carries.
Result<Pipeline> load_pipeline_embedded(const std::string& label,
                                        std::span<const EmbeddedFile> files);

}  // namespace pinflow::app
