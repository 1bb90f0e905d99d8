// SPDX-License-Identifier: Apache-2.0
#include "base/resumption.h"

#include "base/post_by_reactor.h"

namespace pinflow {

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

}  // namespace pinflow
