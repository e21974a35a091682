#include "cli/text/description.h"

#include <memory>

#include "cli/args/settings.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

struct FreeText {
  void operator()(char* text) const { vmaf_text_free(text); }
};

}  // namespace

Result<Json> take_description(int code, char* text) {
  const std::unique_ptr<char, FreeText> owned(text);
  if (code != 0) return fail(kModelError, vmaf_last_error());
  return Json::parse(owned.get());
}

}  // namespace visq::cli
