// SPDX-License-Identifier: Apache-2.0
#include "app/posting.h"

#include "pinterest/post_forms.h"
#include "pinterest/walk.h"

namespace pinflow::app {

std::vector<emulator::PostForm> post_forms(const Pipeline& pipeline, const std::string& user,
                                           Roads roads) {
    std::vector<emulator::Road> wanted;
    if (roads != Roads::stream) wanted.push_back(emulator::Road::batch);
    if (roads != Roads::batch) wanted.push_back(emulator::Road::stream);
    return pinterest::post_forms(pipeline, user, wanted);
}

Walk course_walk(std::int64_t dice_seed, std::int64_t source_rows) {
    auto walk = std::make_shared<pinterest::CourseWalk>(dice_seed, source_rows);
    return [walk]() -> std::optional<emulator::Draw> { return walk->next(); };
}

Walk list_walk(std::vector<std::int64_t> rows) {
    return
        [rows = std::move(rows), at = std::size_t{0}]() mutable -> std::optional<emulator::Draw> {
            if (at == rows.size()) return std::nullopt;
            return emulator::Draw{.row = rows[at++]};
        };
}

Walk sequential_walk(std::int64_t first, std::int64_t end) {
    constexpr double kCoursePause_s = 0.5;
    return [first, end]() mutable -> std::optional<emulator::Draw> {
        if (first >= end) return std::nullopt;
        return emulator::Draw{.row = first++, .sleep_s = kCoursePause_s};
    };
}

}  // namespace pinflow::app
