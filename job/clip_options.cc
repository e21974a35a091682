#include "job/clip_options.h"

#include <array>

#include "job/words.h"

namespace visq::job {
namespace {

constexpr Word<Damaged> kDamaged[] = {
    {"stop", Damaged::stop}, {"skip", Damaged::skip}, {"conceal", Damaged::conceal}};
constexpr Word<bool> kSwitch[] = {{"on", true}, {"off", false}};
constexpr Word<bool> kInterlaced[] = {{"treat-as-progressive", true}};

Status set_stream(std::optional<unsigned>& stream, const std::string& text) {
  constexpr unsigned kMost = 1000;
  stream = plain_number<unsigned>(text);
  if (!stream || *stream > kMost)
    return wrong(fmt::format("\"{}\" is not the number of a video stream, from 0", text));
  return {};
}

// As FFmpeg's crop filter has it.
Status set_crop(std::optional<io::Crop>& crop, const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  std::array<std::optional<unsigned>, 4> numbers;
  for (std::size_t i = 0; i < numbers.size() && parts.size() == numbers.size(); ++i)
    numbers[i] = plain_number<unsigned>(parts[i]);
  const auto [width, height, x, y] = numbers;
  if (!width || !height || !x || !y || *width == 0 || *height == 0)
    return wrong(fmt::format("\"{}\" is not WIDTH:HEIGHT:X:Y, such as 1920:800:0:140", text));
  crop = io::Crop{*width, *height, *x, *y};
  return {};
}

}  // namespace

Status set_interlaced(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.decoding.as_progressive, choice(kInterlaced, text));
  return {};
}

Status set_film_grain(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.decoding.film_grain, choice(kSwitch, text));
  return {};
}

Status set_damaged(Job& job, const std::string& text) {
  VISQ_ASSIGN(job.damaged, choice(kDamaged, text));
  return {};
}

Status set_reference_stream(Job& job, const std::string& text) {
  return set_stream(job.stream_reference, text);
}

Status set_distorted_stream(Job& job, const std::string& text) {
  return set_stream(job.stream_distorted, text);
}

Status set_reference_crop(Job& job, const std::string& text) {
  return set_crop(job.crop_reference, text);
}

Status set_distorted_crop(Job& job, const std::string& text) {
  return set_crop(job.crop_distorted, text);
}

std::vector<std::string_view> damaged_words() { return words_of(kDamaged); }
std::vector<std::string_view> film_grain_words() { return words_of(kSwitch); }
std::vector<std::string_view> interlaced_words() { return words_of(kInterlaced); }

}  // namespace visq::job
