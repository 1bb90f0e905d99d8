// SPDX-License-Identifier: Apache-2.0
#include "app/object_places.h"

#include "record/pipeline.h"
#include "store/folder_store.h"

namespace pinflow::app {
namespace {

struct BucketPath {
    std::string root;
    std::string name;
};

// A path without a parent is in ".".
BucketPath split_bucket(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

std::string objects_place(const Settings& settings, const DataDirectory& directory) {
    return directory.objects() + "/" +
           expand_user(settings.text("sink.s3.bucket.name"), settings.text("user"));
}

std::string tables_place(const Settings&, const DataDirectory& directory) {
    return directory.tables();
}

Result<std::unique_ptr<ObjectStore>> open_place(const Settings&, Files& files, Clock& clock,
                                                const std::string& place) {
    BucketPath path = split_bucket(place);
    return store::FolderStore::open(files, clock, path.root, path.name);
}

Result<std::unique_ptr<ObjectStore>> open_place_to_read(const Settings& settings, Files& files,
                                                        Clock& clock, const std::string& place) {
    if (!files.list(place)) {
        return fail(Errc::not_found,
                    "there are no objects in " + place +
                        ": post some to a running 'pinflow up', or name a folder that "
                        "holds topics/ with --objects");
    }
    return open_place(settings, files, clock, place);
}

}  // namespace pinflow::app
