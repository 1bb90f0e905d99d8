// SPDX-License-Identifier: Apache-2.0
// The values of all settings and where each came from. Only app/ reads them; stations get plain
// structs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/setting_table.h"
#include "base/result.h"

namespace pinflow::app {

class Settings {
public:
    Settings();  // the defaults

    // A wrong name (with the nearest right one) or value is invalid_argument. `origin` is shown to
    // the user: "pinflow.yaml:3:5", "environment PINFLOW_USER", "--set". A secret from "--set" is
    // refused: other users of the machine see a command line.
    Status set(std::string_view name, std::string_view value, std::string_view origin = kByFlag);

    // name=value for every setting that anybody set, for a process started with the same; secrets
    // are left out (the environment and the files that hold them are the child's too).
    std::vector<std::string> changed() const;

    // The name must be in the table and of that kind: CHECKed.
    const std::string& text(std::string_view name) const;  // of any kind, as written
    bool boolean(std::string_view name) const;
    std::int64_t count(std::string_view name) const;
    std::int64_t duration_ms(std::string_view name) const;
    std::int64_t size_bytes(std::string_view name) const;

    bool is_default(std::string_view name) const { return origin(name) == kByDefault; }
    const std::string& origin(std::string_view name) const;
    // As it may be printed: a secret that is set is "***".
    std::string shown(std::string_view name) const;

    static constexpr std::string_view kByFlag = "--set";
    static constexpr std::string_view kByDefault = "default";

private:
    struct Value {
        std::string text;
        std::string origin;
    };
    const Value& value_of(std::string_view name) const;

    std::map<std::string, Value, std::less<>> values_;
};

}  // namespace pinflow::app
