// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::mysql {
namespace {

using testing::HasSubstr;

TEST(MysqlFailure, what_a_server_said_before_tls_counts_by_its_own_number) {
    constexpr const char* kBefore =
        "Received error packet before completion of TLS handshake. The authenticity of the "
        "following error cannot be verified: ";
    Failure busy = failure_of(2002, std::string(kBefore) + "1040 - Too many connections", "here");
    EXPECT_EQ(busy.number, 1040u);
    EXPECT_EQ(busy.cure, Cure::reconnect);
    EXPECT_THAT(busy.error.text, HasSubstr("no more connections"));
    Failure barred = failure_of(2002, std::string(kBefore) + "1130 - Host 'h' is not allowed", "x");
    EXPECT_EQ(barred.error.code, Errc::permission);
    EXPECT_EQ(barred.cure, Cure::none);
    EXPECT_EQ(failure_of(2002, std::string(kBefore) + "7 - odd", "x").number, 2002u);
    EXPECT_EQ(failure_of(2002, std::string(kBefore), "x").number, 2002u);
}

}  // namespace
}  // namespace pinflow::mysql
