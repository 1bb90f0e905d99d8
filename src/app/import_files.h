// SPDX-License-Identifier: Apache-2.0
// The files that the course's users have, as settings: db_creds.yaml, Kafka's client.properties and
// kafka-rest.properties, the S3 sink connector's properties, the CSV of an access key, .env, a file
// with an invoke URL. They are known by what is in them, not by their names. No text made here
// holds a secret's value: only Secret::value does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow::app {

inline constexpr std::size_t kImportBytesMax = 1 << 20;

struct ImportedSetting {
    std::string name;  // "kafka.bootstrap_servers"
    std::string value;
    std::string place;  // "client.properties:3"
};

// What is not taken over, and why.
struct NotImported {
    std::string place;
    std::string key;  // empty: the line is no key and value
    std::string reason;
};

struct ImportedSecret {
    std::string name;   // the setting that would hold it: "kafka.password"
    std::string value;  // never printed
    std::string place;
};

struct Import {
    std::vector<std::string> read;  // "db_creds.yaml: a database's credentials"
    std::vector<ImportedSetting> settings;
    std::vector<NotImported> left;
    std::vector<ImportedSecret> secrets;
};

// Adds what a file says. A setting that an earlier file has given otherwise is left, with the
// reason. `path` is absolute; `text` is what it holds. invalid_argument, with no word of the text:
// a file of none of the kinds, or one that cannot be read as the kind that it is.
Status import_file(const std::string& path, std::string_view text, Import& import);

// The settings as YAML, under `profiles:` and that name unless it is empty.
std::string import_yaml(const Import& import, const std::string& profile);

}  // namespace pinflow::app
