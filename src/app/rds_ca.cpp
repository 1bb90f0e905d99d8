// SPDX-License-Identifier: Apache-2.0
#include "app/rds_ca.h"

#include <filesystem>

#include "base/embedded.h"
#include "posix/posix_files.h"

#ifdef PINFLOW_RDS_CA
namespace pinflow::embedded {
std::span<const pinflow::EmbeddedFile> rds_certificates();
}
#endif

namespace pinflow::app {
namespace {

std::string_view carried() {
#ifdef PINFLOW_RDS_CA
    return embedded::rds_certificates().front().bytes;
#else
    return {};
#endif
}

}  // namespace

Result<std::string> rds_ca_file(const DataDirectory& directory) {
    if (carried().empty()) {
        return fail(Errc::unsupported,
                    "this build carries no certificates of Amazon RDS (./dev setup fetches them "
                    "before building): download RDS's global-bundle.pem and name it in "
                    "source.tls_ca");
    }
    std::string path = directory.staging() + "/rds-ca.pem";
    posix::PosixFiles files;
    if (read_small_file(files, path).value_or("") == carried()) return path;
    std::error_code error;
    std::filesystem::create_directories(directory.staging(), error);
    TRY_STATUS(write_small_file(files, path, carried()));
    return path;
}

}  // namespace pinflow::app
