// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "base/hash.h"
#include "contract/clock_contract.h"
#include "contract/files_contract.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::contract {
namespace {

FilesUnderTest make_posix_files() {
    auto directory = std::filesystem::temp_directory_path() / ("pinflow-" + random_uuid());
    std::filesystem::create_directory(directory);
    std::shared_ptr<void> scratch(nullptr,
                                  [directory](void*) { std::filesystem::remove_all(directory); });
    return {std::make_shared<posix::PosixFiles>(), scratch, directory.string()};
}

INSTANTIATE_TEST_SUITE_P(Posix, FilesContract, testing::Values(make_posix_files));
INSTANTIATE_TEST_SUITE_P(Posix, ClockContract,
                         testing::Values([] { return std::make_shared<posix::SystemClock>(); }));

// /dev/full takes every open and no byte.
TEST(PosixFiles, a_full_disk_is_no_space_and_names_the_file) {
    posix::PosixFiles files;
    auto full = files.open("/dev/full", OpenMode::read_write).value();
    auto refused = full->write_at(0, {{"x"}});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::no_space);
    EXPECT_EQ(refused.error().text, "cannot write /dev/full: No space left on device");
}

TEST(PosixFiles, the_holder_of_a_lock_is_named) {
    auto under = make_posix_files();
    auto held = under.files->lock(under.directory + "/lock");
    auto second = under.files->lock(under.directory + "/lock");
    ASSERT_FALSE(second.has_value());
    std::string holder = "process " + std::to_string(::getpid());
    EXPECT_NE(second.error().text.find(holder), std::string::npos) << second.error().text;
}

TEST(PosixFiles, paths_relative_to_the_working_directory_are_made) {
    std::string name = "pinflow-" + random_uuid();
    posix::PosixFiles files;
    ASSERT_TRUE(files.make_directories(name + "/below").has_value());
    EXPECT_TRUE(files.remove(name + "/below").has_value());
    EXPECT_TRUE(files.remove(name).has_value());
}

}  // namespace
}  // namespace pinflow::contract
