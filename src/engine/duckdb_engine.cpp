// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb_engine.h"

#include <utility>

#include "engine/duckdb_library.h"
#include "engine/duckdb_session.h"

namespace pinflow::engine {

DuckDbEngine::DuckDbEngine() : DuckDbEngine(duckdb_library_places()) {}
DuckDbEngine::DuckDbEngine(std::vector<std::string> library_places)
    : places_(std::move(library_places)) {}
DuckDbEngine::~DuckDbEngine() = default;

Result<const DuckDb*> DuckDbEngine::library() {
    std::lock_guard lock(mutex_);
    if (library_ == nullptr) {
        TRY(library_, load_duckdb(places_));
    }
    return library_.get();
}

Result<std::unique_ptr<SqlSession>> DuckDbEngine::open_session(const SqlSettings& settings) {
    TRY(const DuckDb* api, library());
    TRY(auto session, DuckDbSession::open(*api, settings));
    return session;
}

}  // namespace pinflow::engine
