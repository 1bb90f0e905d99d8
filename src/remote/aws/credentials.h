// SPDX-License-Identifier: Apache-2.0
// The account with which AWS requests are signed, looked for where AWS's own tools look.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/sigv4/signer.h"

namespace pinflow::aws {

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

struct CredentialsPlaces {
    std::string csv_file;  // if named, it alone: the two keys as AWS's console downloads them
    std::string profile;   // if named, or by AWS_PROFILE: only that profile of the shared files
    Environment environment;
};

// In this order: the CSV file; a profile that is named; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
// and AWS_SESSION_TOKEN; the profile "default" of AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials)
// and AWS_CONFIG_FILE (~/.aws/config). Single sign-on, roles and metadata services are not spoken:
// `aws configure export-credentials` brings theirs into the environment.
class CredentialsChain final {
public:
    explicit CredentialsChain(CredentialsPlaces places) : places_(std::move(places)) {}

    // Any thread. Read again after kFreshFor, so that a file that was renewed is heard of.
    // permission: nobody has keys; the text says where was looked, never a key. A file that does
    // not read is invalid_argument or io.
    Result<sigv4::Credentials> get();

    // AWS_REGION, AWS_DEFAULT_REGION, or the profile's; empty: nobody says.
    std::string region() const;

    static constexpr std::chrono::seconds kFreshFor{30};

private:
    Result<sigv4::Credentials> find() const;

    const CredentialsPlaces places_;
    std::mutex mutex_;
    std::optional<sigv4::Credentials> known_;
    std::chrono::steady_clock::time_point known_since_;
};

}  // namespace pinflow::aws
