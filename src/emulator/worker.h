// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/judgement.h"
#include "emulator/run.h"

namespace pinflow::emulator {

// One thread's part of a run: takes draws and posts each in every form, until there are no more.
class Worker final {
public:
    static Result<std::unique_ptr<Worker>> open(Run& run);

    Status work();

private:
    Worker(Run& run, std::unique_ptr<SourceDb> source, std::unique_ptr<net::HttpClient> client);

    Status post_draw(const Draw& draw);
    Result<std::string> body_of(const PostForm& form, std::int64_t row);
    Status post(std::size_t form, std::int64_t row, HttpRequest request);
    Result<Judgement> attempt_to_the_end(const PostForm& form, const HttpRequest& request);
    void conclude(std::size_t form, std::int64_t row, const Judgement& judgement);

    struct DrawnRow {
        std::string table;
        SourceRow row;
    };

    Run& run_;
    std::unique_ptr<SourceDb> source_;
    std::unique_ptr<net::HttpClient> client_;
    std::vector<DrawnRow> drawn_;  // of the draw under way: forms of one table share its row
};

}  // namespace pinflow::emulator
