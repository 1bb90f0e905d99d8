// SPDX-License-Identifier: Apache-2.0
// `pinflow config …`: what the settings are, what they may be, and a file to begin with.
#include "app/commands.h"
#include "app/settings_text.h"

namespace pinflow::app {

Exit command_config_show(const ReadSettings& read, bool resolved, bool json) {
    print_out(json ? settings_json(read, resolved) : settings_shown(read, resolved));
    return Exit::ok;
}

Exit command_config_text(ConfigText what) {
    switch (what) {
        case ConfigText::schema: print_out(settings_schema()); break;
        case ConfigText::sample: print_out(settings_sample()); break;
        case ConfigText::reference: print_out(settings_reference()); break;
    }
    return Exit::ok;
}

}  // namespace pinflow::app
