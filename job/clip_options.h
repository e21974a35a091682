// Options that say how the frames of clips are got.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/job.h"

namespace visq::job {

Status set_reference_stream(Job& job, const std::string& text);
Status set_distorted_stream(Job& job, const std::string& text);
Status set_reference_crop(Job& job, const std::string& text);  // "1920:800:0:140"
Status set_distorted_crop(Job& job, const std::string& text);
Status set_damaged(Job& job, const std::string& text);
Status set_film_grain(Job& job, const std::string& text);
Status set_interlaced(Job& job, const std::string& text);

std::vector<std::string_view> damaged_words();
std::vector<std::string_view> film_grain_words();
std::vector<std::string_view> interlaced_words();

}  // namespace visq::job
