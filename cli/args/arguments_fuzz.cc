// Any text as the value of any option that has a small language of its own: settings or an error
// that says something, never a crash. The first byte chooses the option, the rest is its value.
// CLI11, which takes a command line apart, is left out: slow, and fuzzed by its makers.
#include "cli/args/options.h"

namespace {

using visq::cli::Raw;

constexpr std::string Raw::* kTexts[] = {
    &Raw::precision,    &Raw::cpumask, &Raw::gpumask,         &Raw::progress, &Raw::scale,
    &Raw::scaler,       &Raw::to_bits, &Raw::to_pixel_format, &Raw::sync,     &Raw::frame_rate,
    &Raw::pixel_format, &Raw::aom_ctc, &Raw::nflx_ctc};
constexpr std::vector<std::string> Raw::* kLists[] = {&Raw::models, &Raw::features,
                                                      &Raw::feature_params};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string value(reinterpret_cast<const char*>(data) + 1, size - 1);
  visq::cli::Settings settings;
  settings.reference = "a";
  settings.distorted = {"b"};
  Raw raw;
  const std::size_t choice = data[0] % (std::size(kTexts) + std::size(kLists));
  if (choice < std::size(kTexts))
    raw.*kTexts[choice] = value;
  else
    (raw.*kLists[choice - std::size(kTexts)]).push_back(value);
  const auto settled = visq::cli::settle(raw, {"-r", "a", "-d", "b"}, settings);
  if (settled ? settings.models.empty() && settings.features.empty()
              : settled.error().message.empty())
    __builtin_trap();
  return 0;
}
