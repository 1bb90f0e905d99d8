# pinflow_embed(<target> <function> <folder> <file>...)
# Carries files in the binary: generates `std::span<const pinflow::EmbeddedFile> <function>()`, in
# namespace pinflow::embedded, and adds it to the target.
function(pinflow_embed target function folder)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp")
    set(arrays "")
    set(entries "")
    set(paths "")
    set(index 0)
    foreach(file IN LISTS ARGN)
        set(path "${CMAKE_SOURCE_DIR}/${folder}/${file}")
        list(APPEND paths "${path}")
        # ccache does not look at what #embed names: the hash makes a changed file another source.
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
        file(SHA256 "${path}" hash)
        string(APPEND arrays "// ${hash}\nconstexpr char file_${index}[] = {\n#embed \"${path}\" suffix(,)\n0};\n")
        string(APPEND entries "    {\"${file}\", {file_${index}, sizeof file_${index} - 1}},\n")
        math(EXPR index "${index} + 1")
    endforeach()
    file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT
"#include \"base/embedded.h\"

namespace pinflow::embedded {
namespace {
@arrays@
constexpr pinflow::EmbeddedFile kFiles[] = {
@entries@};
}  // namespace
std::span<const pinflow::EmbeddedFile> @function@();
std::span<const pinflow::EmbeddedFile> @function@() { return kFiles; }
}  // namespace pinflow::embedded
")
    target_sources(${target} PRIVATE "${source}")
    set_source_files_properties("${source}" PROPERTIES
        OBJECT_DEPENDS "${paths}" COMPILE_OPTIONS "-Wno-c23-extensions;-Wno-pedantic")
endfunction()
