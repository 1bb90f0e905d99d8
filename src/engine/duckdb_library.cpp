// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/text.h"

namespace pinflow::engine {
namespace {

constexpr const char* kEnvironmentName = "PINFLOW_DUCKDB_LIBRARY";

// The first function that the library lacks, or nullptr.
const char* bind_functions(void* library, DuckDb& api) {
#define PINFLOW_DUCKDB_BIND(name)                                                     \
    api.name = reinterpret_cast<decltype(api.name)>(dlsym(library, "duckdb_" #name)); \
    if (api.name == nullptr) return "duckdb_" #name;
    PINFLOW_DUCKDB_FUNCTIONS(PINFLOW_DUCKDB_BIND)
#undef PINFLOW_DUCKDB_BIND
    return nullptr;
}

std::string last_dl_error() {
    const char* text = dlerror();
    return text == nullptr ? "unknown error" : text;
}

}  // namespace

std::vector<std::string> duckdb_library_places() {
    std::vector<std::string> places;
    if (const char* named = std::getenv(kEnvironmentName); named != nullptr && *named != '\0')
        places.emplace_back(named);
    std::error_code error;
    if (auto program = std::filesystem::read_symlink("/proc/self/exe", error); !error) {
        places.push_back(program.parent_path() / "libduckdb.so");
        places.push_back(program.parent_path().parent_path() / "lib" / "libduckdb.so");
    }
#ifdef PINFLOW_DUCKDB_LIBRARY
    places.emplace_back(PINFLOW_DUCKDB_LIBRARY);
#endif
    places.emplace_back("libduckdb.so");  // by the system's own search
    return places;
}

Result<std::unique_ptr<const DuckDb>> load_duckdb(const std::vector<std::string>& places) {
    std::vector<std::string> tried;
    for (const std::string& place : places) {
        void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (library == nullptr) {
            tried.push_back(fmt::format("  {} ({})", place, last_dl_error()));
            continue;
        }
        auto api = std::make_unique<DuckDb>();
        api->path = place;
        const char* missing = bind_functions(library, *api);
        if (missing == nullptr) return api;
        tried.push_back(
            fmt::format("  {} (lacks {}: DuckDB 1.4 or newer is needed)", place, missing));
    }
    return fail(Errc::unavailable,
                fmt::format("DuckDB's library could not be loaded; looked for it at\n{}\n"
                            "run ./dev setup, or set {} to the path of libduckdb.so",
                            join(tried, "\n"), kEnvironmentName));
}

}  // namespace pinflow::engine
