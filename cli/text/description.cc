#include "cli/text/description.h"

#include "visq/visq.hpp"

namespace visq::cli {
Result<Json> take_description(int code, char* text) {
  const owned<char> taken(text);
  if (code != 0) return fail(-code, vmaf_last_error(), ErrorKind::model);
  return Json::parse(taken.get());
}

}  // namespace visq::cli
