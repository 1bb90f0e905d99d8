// SPDX-License-Identifier: Apache-2.0
// Which topics and streams there are: the file log/catalog. The format: docs/formats/log_layout.md.
#pragma once

#include <map>

#include "ports/event_log.h"
#include "ports/files.h"

namespace pinflow::eventlog {

// Topics and streams are named apart: a stream is not seen as a topic, nor the reverse.
enum class Space { topics, streams };

std::string_view name_of(Space space);  // "topics": the folder's name too

struct CatalogEntry {
    TopicInfo topic;
    bool is_removing = false;  // its files may be half gone; the next open finishes it
};

using Catalog = std::map<std::pair<Space, std::string>, CatalogEntry>;

std::string encode_catalog(const Catalog& catalog);
Result<Catalog> decode_catalog(std::string_view text);

// Makes an empty one, durably, if there is no file and no folder of topics or streams: so from then
// on a missing file is damage (corrupt), whatever moment the power goes.
Result<Catalog> open_catalog(Files& files, const std::string& directory);
Status save_catalog(Files& files, const std::string& directory, const Catalog& catalog);

// "log/topics/u.pin-0"
std::string partition_directory(const std::string& directory, Space space, std::string_view name,
                                std::int32_t partition);

}  // namespace pinflow::eventlog
