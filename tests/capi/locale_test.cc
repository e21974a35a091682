// The library serves hosts of every locale: where a comma stands before the decimals, it reads and
// writes numbers as it does everywhere.
#include <clocale>
#include <cstdlib>
#include <locale>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/shared.h"
#include "tests/support/temp_folder.h"
#include "visq/visq.hpp"

// The C library's setlocale loses its copy of LOCPATH.
extern "C" const char* __lsan_default_suppressions() { return "leak:argz_add_sep\n"; }

namespace {

// While it lives the process speaks German, in C and in C++, if the machine can make it.
class German {
 public:
  explicit German(const std::filesystem::path& folder) {
    const std::string make = "localedef -i de_DE -f UTF-8 " + (folder / "de_DE.UTF-8").string();
    if (std::system((make + " >/dev/null 2>&1").c_str()) != 0) return;
    ::setenv("LOCPATH", folder.c_str(), 1);
    spoken_ = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;
    if (spoken_) std::locale::global(std::locale("de_DE.UTF-8"));
  }
  ~German() {
    std::locale::global(std::locale::classic());
    std::setlocale(LC_ALL, "C");
    ::unsetenv("LOCPATH");
  }
  German(const German&) = delete;
  German& operator=(const German&) = delete;

  bool is_spoken() const { return spoken_; }

 private:
  bool spoken_ = false;
};

visq::picture noise(unsigned seed) {
  visq::picture picture(VMAF_PIX_FMT_YUV420P, 8, 320, 180);
  VmafPicture& p = *picture.get();
  for (int plane = 0; plane < 3; ++plane)
    for (unsigned y = 0; y < p.h[plane]; ++y)
      for (unsigned x = 0; x < p.w[plane]; ++x) {
        seed = seed * 1664525u + 1013904223u;
        static_cast<unsigned char*>(p.data[plane])[y * p.stride[plane] + x] =
            static_cast<unsigned char>(((x * 3 + y * 5) & 127) + (seed >> 26));
      }
  return picture;
}

class Locale : public visq::test::InTempFolder {
 protected:
  // All reports of a few metrics with fractional options, and of a model of each generation.
  std::string reports() const {
    visq::context context(1);
    context.use("psnr", {{"min_sse", "0.5"}});
    context.use("vif", {{"vif_enhn_gain_limit", "1.25"}});
    const visq::model v0("vmaf_v0.6.1");
    context.use(v0);
    VmafModelConfig config{};
    config.name = "v1";
    VmafModel* v1 = nullptr;
    EXPECT_EQ(vmaf_model_load_from_path(&v1, &config, kModel), 0) << vmaf_last_error();
    EXPECT_EQ(vmaf_use_features_from_model(context.get(), v1), 0) << vmaf_last_error();
    for (unsigned i = 0; i < 2; ++i) context.read(noise(i), noise(i + 9), i);
    context.flush();
    double score = 0;
    EXPECT_EQ(vmaf_score_at_index(context.get(), v1, &score, 1), 0) << vmaf_last_error();
    context.score(v0, 1);
    vmaf_model_destroy(v1);
    std::string all;
    for (const auto format : {VMAF_OUTPUT_FORMAT_XML, VMAF_OUTPUT_FORMAT_JSON,
                              VMAF_OUTPUT_FORMAT_CSV, VMAF_OUTPUT_FORMAT_SUB}) {
      const std::string path = (folder_ / "report").string();
      EXPECT_EQ(vmaf_write_output(context.get(), path.c_str(), format), 0);
      all += without_speed(read("report"));
    }
    return all;
  }

  static constexpr const char* kModel = VISQ_SOURCE_DIR "/models/store/vmaf/vmaf_v1.0.16_3d0h.json";

 private:
  static std::string without_speed(const std::string& report) {
    std::string kept;
    std::istringstream lines(report);
    for (std::string line; std::getline(lines, line);)
      if (line.find("fps") == std::string::npos) kept += line + "\n";
    return kept;
  }
};

TEST_F(Locale, ChangesNoNumber) {
  VISQ_NEED(std::filesystem::exists(kModel), "the model vmaf_v1.0.16_3d0h in the model store");
  const std::string expected = reports();
  EXPECT_NE(expected.find("vif_scale0_egl_1.25"), std::string::npos) << "options were obeyed";
  const German german(folder_);
  VISQ_NEED(german.is_spoken(), "localedef and the sources of de_DE (package locales)");
  char number[16];
  std::snprintf(number, sizeof number, "%.1f", 0.5);
  ASSERT_STREQ(number, "0,5") << "this locale has a comma";
  EXPECT_EQ(reports(), expected);
}

}  // namespace
