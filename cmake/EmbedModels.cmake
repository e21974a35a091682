# visq_embed_models(OUTPUT): a source file that holds every VMAF model of the model store.
set(VISQ_MODEL_STORE ${PROJECT_SOURCE_DIR}/models/store CACHE PATH "Where ./setup put the models")

function(visq_embed_models output)
  file(GLOB files CONFIGURE_DEPENDS ${VISQ_MODEL_STORE}/vmaf/*.json)
  list(SORT files)
  set(blobs "")
  set(rows "")
  set(number 0)
  foreach(file IN LISTS files)
    get_filename_component(version ${file} NAME_WLE)
    string(APPEND blobs "VISQ_EMBED(${number}, \"${file}\")\n")
    string(APPEND rows
      "    {\"${version}\", view(visq_model_${number}, visq_model_${number}_end)},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  list(LENGTH files count)
  file(CONFIGURE OUTPUT ${output} CONTENT
"// Made by cmake/EmbedModels.cmake from the model store.
#include <array>

#include \"models/builtin.h\"

#define VISQ_EMBED(n, file) \\
  __asm__(\".section .rodata\\n.balign 16\\n.globl visq_model_\" #n \"\\n\" \\
          \".hidden visq_model_\" #n \"\\nvisq_model_\" #n \":\\n\" \\
          \".incbin \\\"\" file \"\\\"\\n.globl visq_model_\" #n \"_end\\n\" \\
          \".hidden visq_model_\" #n \"_end\\nvisq_model_\" #n \"_end:\\n\" \\
          \".byte 0\\n.previous\\n\"); \\
  extern \"C\" const char visq_model_##n[], visq_model_##n##_end[];

@blobs@
namespace visq {
namespace {
[[maybe_unused]] std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace

std::span<const BuiltinModel> builtin_models() {
  static const std::array<BuiltinModel, @count@> kModels{{
@rows@  }};
  return kModels;
}

}  // namespace visq
" @ONLY)
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${files}")
  if(count EQUAL 0)
    message(STATUS "No VMAF models in ${VISQ_MODEL_STORE}: the library has none built in "
      "(./setup gets them)")
  endif()
endfunction()
