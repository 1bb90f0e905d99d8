// SPDX-License-Identifier: Apache-2.0
// The crash points of a folder's sources by name, so that a test can see that it reached each.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace pinflow {

// `folder` is one of src/: "eventlog".
inline std::set<std::string> named_crash_points(const std::string& folder) {
    std::set<std::string> names;
    constexpr std::string_view kUse = "crash_point(\"";
    for (const auto& entry :
         std::filesystem::directory_iterator(PINFLOW_SOURCE_DIR "/src/" + folder)) {
        std::string path = entry.path().string();
        if (!path.ends_with(".cpp") || path.ends_with("_test.cpp")) continue;
        std::ifstream file(path);
        std::string text((std::istreambuf_iterator<char>(file)), {});
        for (auto at = text.find(kUse); at != text.npos; at = text.find(kUse, at)) {
            at += kUse.size();
            names.insert(text.substr(at, text.find('"', at) - at));
        }
    }
    return names;
}

}  // namespace pinflow
