// SPDX-License-Identifier: Apache-2.0
#include "app/completion.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinflow::app {
namespace {

constexpr std::string_view kBash =
    R"(# bash completion for pinflow: source <(pinflow completion bash)
_pinflow() {
    local word="${COMP_WORDS[COMP_CWORD]}" line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ ${#COMPREPLY[@]} -eq 0 ]; then
        compopt -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
    elif [ ${#COMPREPLY[@]} -eq 1 ] && [[ ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace
    fi
}
complete -F _pinflow pinflow
)";

constexpr std::string_view kZsh = R"(#compdef pinflow
# zsh completion for pinflow: source <(pinflow completion zsh)
_pinflow() {
    local -a found
    local line
    while IFS= read -r line; do
        found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then _describe pinflow found; else _files; fi
}
compdef _pinflow pinflow
)";

constexpr std::string_view kFish =
    R"(# fish completion for pinflow: pinflow completion fish | source
function __pinflow_complete
    set -l words (commandline -opc) (commandline -ct)
    pinflow __complete -- $words[2..-1] 2>/dev/null
end
complete -c pinflow -a '(__pinflow_complete)'
)";

const OptionNode* find_option(const CommandNode& command, std::string_view word) {
    for (const OptionNode& option : command.options)
        if (std::ranges::count(option.names, word) > 0) return &option;
    return nullptr;
}

// Where the words before the last one lead.
struct Spot {
    std::vector<const CommandNode*> path;  // the root first: its options hold everywhere
    const OptionNode* awaited = nullptr;   // an option whose value comes next
    std::size_t positionals = 0;           // values given to the last command already
};

const OptionNode* option_anywhere(const Spot& spot, std::string_view word) {
    for (const CommandNode* command : spot.path)
        if (const OptionNode* option = find_option(*command, word)) return option;
    return nullptr;
}

Spot walk(const CommandNode& root, const std::vector<std::string>& words) {
    Spot spot{.path = {&root}};
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string& word = words[i];
        if (spot.awaited != nullptr) {
            spot.awaited = nullptr;
        } else if (word.starts_with("-")) {
            const OptionNode* option = option_anywhere(spot, word);
            if (option != nullptr && option->takes_value) spot.awaited = option;
        } else if (const CommandNode* child = spot.path.back()->find(word)) {
            spot.path.push_back(child);
        } else {
            ++spot.positionals;
        }
    }
    return spot;
}

struct Offer {
    std::string word;
    std::string text;
};

void offer_values(const OptionNode& option, const NamesOf& names_of, std::vector<Offer>& offers) {
    for (const std::string& choice : option.choices) offers.push_back({choice, ""});
    if (option.value_of.empty()) return;
    for (std::string& name : names_of(option.value_of)) offers.push_back({std::move(name), ""});
}

void offer_options(const Spot& spot, std::vector<Offer>& offers) {
    for (const CommandNode* command : spot.path)
        for (const OptionNode& option : command->options)
            for (const std::string& name : option.names) offers.push_back({name, option.text});
}

void offer_words(const Spot& spot, const NamesOf& names_of, std::vector<Offer>& offers) {
    const CommandNode& here = *spot.path.back();
    for (const CommandNode& command : here.commands) offers.push_back({command.name, command.text});
    std::size_t positional = 0;
    for (const OptionNode& option : here.options)
        if (option.names.empty() && positional++ == spot.positionals)
            offer_values(option, names_of, offers);
}

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
    if (shell == "bash") return std::string(kBash);
    if (shell == "zsh") return std::string(kZsh);
    if (shell == "fish") return std::string(kFish);
    return fail(Errc::not_found,
                fmt::format("no completion for '{}'; there is bash, zsh and fish", shell));
}

std::string completions(const CommandNode& root, const std::vector<std::string>& words,
                        const NamesOf& names_of) {
    std::string begun = words.empty() ? "" : words.back();
    Spot spot = walk(root, words);
    std::vector<Offer> offers;
    if (spot.awaited != nullptr) {
        offer_values(*spot.awaited, names_of, offers);
    } else if (begun.starts_with("-")) {
        offer_options(spot, offers);
    } else {
        offer_words(spot, names_of, offers);
    }
    std::string text;
    for (const Offer& offer : offers)
        if (offer.word.starts_with(begun)) text += fmt::format("{}\t{}\n", offer.word, offer.text);
    return text;
}

}  // namespace pinflow::app
