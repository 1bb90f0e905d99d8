// SPDX-License-Identifier: Apache-2.0
// What nearly every unit includes, parsed once. It only saves time: each file still includes what it
// uses, and the `dev` preset builds without this header, so that a forgotten include is seen there.
#pragma once

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
