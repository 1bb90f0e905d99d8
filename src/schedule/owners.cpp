// SPDX-License-Identifier: Apache-2.0
#include "schedule/owners.h"

#include "base/hash.h"

namespace pinflow::schedule {

Owners::~Owners() {
    if (lock_) (void)files_.remove(path_of(mine_));
}

Result<std::string> Owners::mine() {
    if (lock_) return mine_;
    TRY_STATUS(files_.make_directories(directory_));
    std::string name = random_uuid();
    TRY(lock_, files_.lock(path_of(name)));
    mine_ = name;
    return mine_;
}

bool Owners::is_alive(const std::string& owner) {
    if (owner == mine_) return true;
    auto there = files_.examine(path_of(owner));
    if (!there) return there.error().code != Errc::not_found;
    auto lock = files_.lock(path_of(owner));
    if (!lock) return true;  // held; or it cannot be told, and then nothing is taken from it
    (void)files_.remove(path_of(owner));
    return false;
}

}  // namespace pinflow::schedule
