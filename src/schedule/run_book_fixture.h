// SPDX-License-Identifier: Apache-2.0
// A run book in a folder of its own, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/hash.h"
#include "posix/posix_files.h"
#include "schedule/sqlite_run_book.h"

namespace pinflow::schedule {

struct BookFolder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("schedule_test." + random_uuid());
    posix::PosixFiles files;

    BookFolder() { std::filesystem::create_directory(path); }
    ~BookFolder() { std::filesystem::remove_all(path); }

    std::unique_ptr<SqliteRunBook> open() {
        auto book = SqliteRunBook::open(path / "meta.sqlite", files, path / "runs");
        EXPECT_TRUE(book) << book.error().text;
        return std::move(*book);
    }
};

}  // namespace pinflow::schedule
