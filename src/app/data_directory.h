// SPDX-License-Identifier: Apache-2.0
// Everything the program keeps lies under one directory; its names are written here once.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/files.h"

namespace pinflow::app {

struct DataDirectory {
    std::string root;

    std::string log() const { return root + "/log"; }
    std::string objects() const { return root + "/objects"; }
    std::string tables() const { return root + "/tables"; }
    std::string reports() const { return root + "/reports"; }
    std::string staging() const { return root + "/staging"; }
    std::string meta_database() const { return root + "/meta.sqlite"; }
    std::string source_database() const { return root + "/source.sqlite"; }
    std::string runs() const { return root + "/runs"; }  // a locked file for each process that runs
    std::string steps() const { return root + "/steps"; }  // notes of steps run one by one
    std::string addresses_file() const { return root + "/addresses.json"; }
    std::string failure_file() const { return root + "/last_failure.json"; }
    std::string demo_file() const { return root + "/demo.json"; }
};

// --data-dir, else PINFLOW_DATA_DIR, else $XDG_DATA_HOME/pinflow, else ~/.local/share/pinflow;
// absolute.
DataDirectory data_directory_named(const std::string& flag);

// What may run at once in one directory: one server, and one batch run beside it (the batch only
// reads objects and commits tables by compare-and-set).
enum class DirectoryUse { server, batch };

// Creates the directory (private to its owner) and takes its lock; busy if another process has it.
Result<std::unique_ptr<File>> take_directory(Files& files, const DataDirectory& directory,
                                             DirectoryUse use);

// For a step that runs as a process of its own: that step once, several steps side by side, and
// none beside a batch run that goes on (one that begins later is kept out by the tables' own
// commits). busy.
Result<std::unique_ptr<File>> take_directory_for_step(Files& files, const DataDirectory& directory,
                                                      const std::string& step);

// A whole small file at once: written beside, synced, renamed.
Status write_small_file(Files& files, const std::string& path, std::string_view bytes);
Result<std::string> read_small_file(Files& files, const std::string& path);  // at most 16 MiB

}  // namespace pinflow::app
