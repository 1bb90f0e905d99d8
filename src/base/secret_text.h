// SPDX-License-Identifier: Apache-2.0
// Texts that came from outside, where whoever answers may repeat what was sent to him.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace pinflow {

// The text with *** for each of the secrets, as they are and as URLs write them, and for what
// stands behind "Signature=", "Security-Token=", "Bearer " and "Basic ". A text that was cut in a
// secret loses the secret's beginning too. Secrets of less than four bytes are passed over. Control
// characters, which would move the cursor of whoever reads it, become blanks.
std::string without_secrets(std::string_view text, std::initializer_list<std::string_view> secrets);

}  // namespace pinflow
