// SPDX-License-Identifier: Apache-2.0
// `pinflow topic …` and `pinflow stream …`: what the running server's log holds.
#include "app/commands.h"
#include "app/server_query.h"

namespace pinflow::app {

Exit command_topic_list(const Context& context) {
    return print_server_rows(context, "/api/v1/topics",
                             "no topics yet: the first post makes one ('pinflow emulate')");
}

Exit command_topic_describe(const Context& context, const NameOptions& options) {
    return print_server_rows(context, "/api/v1/topics/" + options.name, "no partitions");
}

Exit command_stream_list(const Context& context) {
    return print_server_rows(
        context, "/api/v1/streams",
        "no streams yet: the first put makes one ('pinflow emulate --road stream')");
}

Exit command_stream_describe(const Context& context, const NameOptions& options) {
    return print_server_rows(context, "/api/v1/streams/" + options.name, "no shards");
}

}  // namespace pinflow::app
