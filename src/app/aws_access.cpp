// SPDX-License-Identifier: Apache-2.0
#include "app/aws_access.h"

#include <cstdlib>
#include <memory>

#include "remote/aws/credentials.h"

namespace pinflow::app {
namespace {

aws::CredentialsPlaces places_of(const Settings& settings) {
    return {.csv_file = settings.text("aws.credentials_csv"),
            .profile = settings.text("aws.profile"),
            .environment = [](std::string_view name) -> std::optional<std::string> {
                const char* value = std::getenv(std::string(name).c_str());
                return value == nullptr ? std::nullopt : std::optional<std::string>(value);
            }};
}

}  // namespace

AwsCredentials aws_credentials(const Settings& settings) {
    auto chain = std::make_shared<aws::CredentialsChain>(places_of(settings));
    return [chain] { return chain->get(); };
}

std::string aws_region(const Settings& settings) {
    const std::string& said = settings.text("aws.region");
    return said.empty() ? aws::CredentialsChain(places_of(settings)).region() : said;
}

}  // namespace pinflow::app
