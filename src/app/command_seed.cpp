// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/seeding.h"
#include "base/text.h"

namespace pinflow::app {

Exit command_seed(const Context& context, const SeedOptions& options) {
    std::string path = options.file.empty() ? context.directory.source_database() : options.file;
    Stage stage("seed", context.quiet);
    auto seeded = seed_source(path, options.seed, options.rows);
    if (!seeded) return report(seeded.error());
    stage.finish(fmt::format("{} rows a table in {}", with_thousands(options.rows), path));
    if (context.json) {
        print_out(fmt::format("{{\"file\":\"{}\",\"rows\":{},\"seed\":{}}}\n", path, options.rows,
                              options.seed));
    }
    return Exit::ok;
}

}  // namespace pinflow::app
