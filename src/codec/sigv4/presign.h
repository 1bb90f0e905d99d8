// SPDX-License-Identifier: Apache-2.0
// A request signed in its query, good for a while for whoever holds it: a link to an S3 object, and
// the sign-in tokens of RDS and MSK.
#pragma once

#include <string>

#include "codec/sigv4/signer.h"

namespace pinflow::sigv4 {

// "host/path?query&X-Amz-Signature=…", without a scheme. Only the host is signed of the headers;
// request.payload_hash as the service wants it: kUnsignedPayload for S3, that of no body elsewhere.
std::string presign(const SignableRequest& request, const Scope& scope,
                    const Credentials& credentials, Timestamp time_ms, int expires_s);

// What RDS takes as the password of `user`, for 15 minutes; it travels only over TLS.
// Source: "Connecting to your DB instance using IAM authentication", Amazon RDS User Guide.
std::string rds_token(const std::string& host, int port, const std::string& user,
                      const std::string& region, const Credentials& credentials, Timestamp time_ms);

struct MskToken {
    std::string text;  // for SASL/OAUTHBEARER
    Timestamp expires_ms = 0;
};

// Source: aws/aws-msk-iam-auth, IAMOAuthBearerLoginCallbackHandler: URL-safe base64 without padding
// of a presigned GET of kafka.<region>.amazonaws.com, with the user agent added after signing.
MskToken msk_token(const std::string& region, const Credentials& credentials, Timestamp time_ms);

}  // namespace pinflow::sigv4
