// SPDX-License-Identifier: Apache-2.0
#include "app/pipeline_source.h"

#include "app/daily_schedule.h"
#include "app/pipeline_file.h"
#include "base/embedded.h"

namespace pinflow::embedded {
std::span<const EmbeddedFile> pipeline_files();
}

namespace pinflow::app {

Result<Pipeline> pipeline_of(const std::string& directory) {
    auto pipeline = directory.empty()
                        ? load_pipeline_embedded("pipelines/pinterest", embedded::pipeline_files())
                        : load_pipeline_directory(directory);
    if (pipeline) TRY_STATUS(check_schedule(pipeline->schedule));
    return pipeline;
}

}  // namespace pinflow::app
