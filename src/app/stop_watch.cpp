// SPDX-License-Identifier: Apache-2.0
#include "app/stop_watch.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "app/terminal.h"

namespace pinflow::app {
namespace {

constexpr std::chrono::milliseconds kLook{50};  // a signal handler can set no more than a number

}  // namespace

StopWatch::StopWatch(std::function<void()> interrupt)
    : thread_([interrupt = std::move(interrupt)](const std::stop_token& over) {
          std::mutex mutex;
          std::condition_variable_any never;
          std::unique_lock lock(mutex);
          while (!never.wait_for(lock, over, kLook, [&] { return over.stop_requested(); })) {
              if (over.stop_requested()) return;
              if (stop_requested()) interrupt();
          }
      }) {}

bool wait_unless_stopped(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    for (; time.count() > 0 && !stop.stop_requested() && !stop_requested(); time -= kLook)
        never.wait_for(lock, stop, std::min(time, kLook), [] { return false; });
    return !stop.stop_requested() && !stop_requested();
}

}  // namespace pinflow::app
