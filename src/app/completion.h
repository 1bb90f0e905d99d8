// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_tree.h"
#include "base/result.h"

namespace pinflow::app {

// The script that a shell reads: it asks `pinflow __complete` for each word, as cobra's do, so that
// it need not be written anew with each version. not_found for another shell than bash, zsh, fish.
Result<std::string> completion_script(std::string_view shell);

// Names of a kind ("topic", "table", "question", "profile", "setting"); empty when unknown.
using NamesOf = std::function<std::vector<std::string>(std::string_view kind)>;

// What may stand in place of the last of `words` (which follow "pinflow"; the last may be empty):
// one a line, "word\ttext".
std::string completions(const CommandNode& root, const std::vector<std::string>& words,
                        const NamesOf& names_of);

}  // namespace pinflow::app
