// SPDX-License-Identifier: Apache-2.0
// config import: the files that a user has already, as a profile of the settings file.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "app/commands.h"
#include "app/data_directory.h"
#include "app/import_files.h"
#include "app/yaml_reader.h"
#include "codec/json/writer.h"
#include "posix/posix_error.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

Result<Import> read_all(const std::vector<std::string>& paths) {
    posix::PosixFiles files;
    Import import;
    for (const std::string& path : paths) {
        std::error_code ignored;
        TRY(std::string text, read_small_file(files, path));
        TRY_STATUS(
            import_file(fs::absolute(path, ignored).lexically_normal().string(), text, import));
    }
    return import;
}

// Read by nobody else from its first byte on; what was there under that name is replaced.
Status write_secret(const std::string& path, const std::string& value) {
    ::unlink(path.c_str());
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return posix::fail_errno(errno, "write", path);
    std::string line = value + "\n";
    bool is_written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                      ::fsync(fd) == 0;
    ::close(fd);
    return is_written ? Status{} : Status(posix::fail_errno(errno, "write", path));
}

// <data dir>/secrets/<setting>, which the setting <setting>_file then names.
Status keep_secrets(const DataDirectory& directory, Import& import) {
    posix::PosixFiles files;
    std::string folder = directory.root + "/secrets";
    TRY_STATUS(files.make_directories(folder));
    if (::chmod(folder.c_str(), 0700) != 0)
        return posix::fail_errno(errno, "keep from others", folder);
    for (const ImportedSecret& secret : import.secrets) {
        if (secret.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
            return fail(Errc::invalid_argument,
                        fmt::format("{}: a secret of several lines cannot be kept", secret.place));
        }
        std::string path = folder + "/" + secret.name;
        TRY_STATUS(write_secret(path, secret.value));
        import.settings.push_back(
            {.name = secret.name + "_file", .value = path, .place = secret.place});
    }
    import.secrets.clear();
    return {};
}

// A file of its own, or behind what is there, if nothing there would be replaced by it.
Status write_into(const std::string& path, const std::string& profile, const std::string& text) {
    posix::PosixFiles files;
    auto there = read_small_file(files, path);
    if (!there && there.error().code != Errc::not_found)
        return std::unexpected(std::move(there).error());
    std::string whole = there ? *there : "";
    if (there && whole.find_first_not_of(" \t\r\n") != std::string::npos) {
        TRY(YamlPlace root, parse_yaml(path, whole));
        bool may_append = !profile.empty() && (root.node.IsMap() || root.node.IsNull()) &&
                          (root.node.IsNull() || !root.node["profiles"].IsDefined());
        if (!may_append) {
            return fail(
                Errc::already_exists,
                fmt::format("{}: {}; print it without --into, and put it there by hand", path,
                            profile.empty() ? "there are settings in it already (a "
                                              "profile of its own, by --profile, would "
                                              "go behind them)"
                                            : "there are profiles in it already"));
        }
        if (!whole.ends_with('\n')) whole += '\n';
        whole += '\n';
    }
    whole += text;
    TRY(YamlPlace sound, parse_yaml(path, whole));
    (void)sound;
    return write_small_file(files, path, whole);
}

void tell(const Import& import) {
    for (const std::string& read : import.read) print_message(read);
    for (const NotImported& left : import.left) {
        print_message(fmt::format("  {}: {}{}not taken over: {}", left.place, left.key,
                                  left.key.empty() ? "" : " ", left.reason));
    }
    for (const ImportedSecret& secret : import.secrets) {
        print_message(fmt::format(
            "  {}: a secret, left where it is: --keep-secrets puts it into a file of the data "
            "directory, or name one by {}_file",
            secret.place, secret.name));
    }
}

std::string import_json(const Import& import) {
    json::JsonWriter writer;
    writer.begin_object().key("settings").begin_object();
    for (const ImportedSetting& setting : import.settings)
        writer.member(setting.name, std::string_view(setting.value));
    writer.end_object().key("not_taken_over").begin_array();
    for (const NotImported& left : import.left) {
        writer.begin_object().member("place", std::string_view(left.place));
        writer.member("key", std::string_view(left.key));
        writer.member("reason", std::string_view(left.reason)).end_object();
    }
    writer.end_array().key("secrets").begin_array();
    for (const ImportedSecret& secret : import.secrets) {
        writer.begin_object().member("place", std::string_view(secret.place));
        writer.member("setting", std::string_view(secret.name)).end_object();
    }
    writer.end_array().end_object();
    return std::move(writer).take() + "\n";
}

}  // namespace

Exit command_config_import(const ConfigImportOptions& options) {
    auto import = read_all(options.files);
    if (!import) return report(import.error());
    if (options.keeps_secrets) {
        auto kept = keep_secrets(data_directory_named(options.data_dir), *import);
        if (!kept) return report(kept.error());
    }
    if (!options.is_quiet) tell(*import);
    std::string text = import_yaml(*import, options.profile);
    if (import->settings.empty()) {
        print_message("pinflow: nothing there is a setting");
        return Exit::failed;
    }
    if (!options.into.empty()) {
        auto written = write_into(options.into, options.profile, text);
        if (!written) return report(written.error());
    }
    if (options.json) print_out(import_json(*import));
    else if (options.into.empty()) print_out(text);
    return Exit::ok;
}

}  // namespace pinflow::app
