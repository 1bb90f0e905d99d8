// SPDX-License-Identifier: Apache-2.0
#include "eventlog/resumption.h"

#include "eventlog/post_by_reactor.h"

namespace pinflow::eventlog {

void resume_all(std::vector<Resumption> waiting) {
    std::erase_if(waiting, [](Resumption& one) {
        if (one.context != nullptr) return false;
        std::exchange(one.handler, nullptr)();
        return true;
    });
    post_by_reactor(
        std::move(waiting), [](const Resumption& one) { return one.context; },
        [](Resumption& one) { std::exchange(one.handler, nullptr)(); });
}

}  // namespace pinflow::eventlog
