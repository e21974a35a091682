// Scores clips as the vmaf command does, from its arguments, and gives all values back.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "libvmaf/visq.h"
#include "tests/support/generated_clips.h"

namespace visq::test {

struct ClipScores {
  std::vector<std::map<std::string, double>> frames;  // NaN where a report says null
  std::map<std::string, double> aggregates, means;
};

// Fills the next pair; false at the end.
using NextPair = std::function<Result<bool>(VmafPicture* reference, VmafPicture* distorted)>;

// `arguments`: --feature, --model, --no_prediction, ... without files.
Result<ClipScores> score_clip(const std::vector<std::string>& arguments, const NextPair& next);

// A pair source over files; `raw` arguments as for the command ("-w 576 ...") may be empty.
Result<NextPair> open_pair(const std::string& reference, const std::string& distorted);

// The same over BASE_ref and BASE_dis with the extension .y4m or .yuv, as ../shared/clips has them.
Result<NextPair> open_clip(const std::string& base);

// A pair source that makes its pictures.
NextPair generated_pair(const GeneratedClip& clip);

std::vector<std::string> split_words(const std::string& text);

// How far a score may be from the reference's (shared/README.md): relative to the value where
// that is larger.
double tolerance_of(const std::string& feature);

// Whose scores a golden file has: libvmaf's, or those of another, older implementation, which
// differ a little in motion, adm and vmaf.
enum class Oracle { reference, secondary };

// Compares a frame of a golden file with ours: every value that is expected must be there.
void expect_equal(const std::map<std::string, double>& expected,
                  const std::map<std::string, double>& actual, Oracle oracle,
                  const std::string& where);

}  // namespace visq::test
