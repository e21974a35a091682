# visq_embed_report(OUTPUT): a source file that holds the parts of the HTML report, the plotting
# library among them where ./setup put it.
set(VISQ_UPLOT ${PROJECT_SOURCE_DIR}/.deps/uplot
  CACHE PATH "Where ./setup put uPlot, which the HTML report draws with")

function(visq_embed_report output)
  set(page ${CMAKE_CURRENT_SOURCE_DIR}/page)
  set(files ${page}/page.html ${page}/style.css ${page}/script.js ${page}/plots.js)
  if(EXISTS ${VISQ_UPLOT}/uPlot.iife.min.js AND EXISTS ${VISQ_UPLOT}/uPlot.min.css)
    list(APPEND files ${VISQ_UPLOT}/uPlot.min.css ${VISQ_UPLOT}/uPlot.iife.min.js)
  else()
    message(STATUS "No uPlot in ${VISQ_UPLOT}: vmaf --report will not be available "
      "(./setup gets it)")
  endif()
  set(blobs "")
  set(views "")
  set(number 0)
  foreach(file IN LISTS files)
    string(APPEND blobs "VISQ_EMBED(${number}, \"${file}\")\n")
    string(APPEND views "view(visq_report_${number}, visq_report_${number}_end), ")
    math(EXPR number "${number} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${output} CONTENT
"// Made by cmake/EmbedReport.cmake from cli/page and uPlot.
#include \"cli/page/html_report.h\"

#define VISQ_EMBED(n, file) \\
  __asm__(\".section .rodata\\n.balign 16\\n.globl visq_report_\" #n \"\\n\" \\
          \".hidden visq_report_\" #n \"\\nvisq_report_\" #n \":\\n\" \\
          \".incbin \\\"\" file \"\\\"\\n.globl visq_report_\" #n \"_end\\n\" \\
          \".hidden visq_report_\" #n \"_end\\nvisq_report_\" #n \"_end:\\n\" \\
          \".byte 0\\n.previous\\n\"); \\
  extern \"C\" const char visq_report_##n[], visq_report_##n##_end[];

@blobs@
namespace visq::cli {
namespace {
std::string_view view(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}
}  // namespace

ReportAssets report_assets() { return {@views@}; }

}  // namespace visq::cli
" @ONLY)
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${files}")
endfunction()
